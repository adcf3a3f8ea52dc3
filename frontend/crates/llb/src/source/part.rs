use std::collections::BTreeSet;

use super::local::literal;

/// Some files of a directory of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// A file or directory, relative to the root and clean; empty is the root.
    path: String,
    paths: Paths,
    /// Of what is below the path, only what matches one of these, relative to it, is wanted; everything if empty.
    include: Vec<String>,
    /// What matches these, relative to the path, is not wanted.
    exclude: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Paths {
    /// The path is that of one thing.
    #[default]
    One,
    /// Its `*`, `?` and `[…]` match names.
    Wildcard,
}

impl Part {
    /// A path and everything below it; `/` is everything.
    pub fn of(path: &str) -> Self {
        let path = path.trim_matches('/');
        let path = if path == "." { "" } else { path };
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// All paths that a pattern matches, as Go's `filepath.Match` reads it, and everything below them.
    pub fn matching(pattern: &str) -> Self {
        Self { paths: Paths::Wildcard, ..Self::of(pattern) }
    }

    /// Of this only what matches patterns in the syntax of a `.dockerignore`, which are relative to the path.
    ///
    /// It stays all of it for patterns with exceptions, which depend on their order among others, and for those that match
    /// nothing below the path.
    pub fn including(self, patterns: &[String]) -> Self {
        let is_below = |pattern: &String| !leads_out(pattern.trim());
        let can_be_sent = self.path.is_empty() || patterns.iter().all(is_below);
        match self.paths == Paths::One && plain(patterns) && can_be_sent {
            true => Self { include: patterns.to_vec(), ..self },
            false => self,
        }
    }

    /// The same without what matches patterns; those with exceptions leave nothing out.
    pub fn excluding(self, patterns: &[String]) -> Self {
        match self.paths == Paths::One && plain(patterns) {
            true => Self { exclude: patterns.to_vec(), ..self },
            false => self,
        }
    }

    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// The path, if it is that of one thing.
    pub fn path(&self) -> Option<&str> {
        (self.paths == Paths::One).then_some(&*self.path)
    }

    /// Whether two parts may have files in common.
    fn overlaps(&self, other: &Self) -> bool {
        [self, other].iter().any(|it| it.paths == Paths::Wildcard)
            || is_in(&self.path, &other.path)
            || is_in(&other.path, &self.path)
    }

    /// The patterns of what is left out, as those of the whole directory.
    fn excluded(&self) -> impl Iterator<Item = String> {
        let patterns = self.exclude.iter().map(|pattern| pattern.trim());
        patterns.filter(|it| !leads_out(it)).map(|pattern| self.below(pattern))
    }

    /// A pattern that is relative to the path, as one of the whole directory.
    fn below(&self, pattern: &str) -> String {
        match self.path.is_empty() {
            true => pattern.to_owned(),
            false => format!("{}/{pattern}", literal(&self.path)),
        }
    }
}

/// Whether a path is a directory or below it.
fn is_in(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory);
    directory.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a pattern matches nothing below the directory that it is relative to.
fn leads_out(pattern: &str) -> bool {
    pattern.starts_with('/')
        || pattern.split('/').all(|it| matches!(it, "" | "."))
        || pattern.split('/').any(|it| it == "..")
}

/// Whether there is something to match, and no exception.
fn plain(patterns: &[String]) -> bool {
    !patterns.is_empty()
        && patterns.iter().all(|it| !it.trim().is_empty() && !it.trim().starts_with('!'))
}

/// What a client transfers for some parts, all that none of them wants left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Everything if these and the next two are empty.
    pub follow_paths: Vec<String>,
    pub follow_patterns: Vec<String>,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// Directories among the paths of which only some files are wanted, none in another.
    pub filters: Vec<Filter>,
}

/// Of what is below a directory, only some files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Relative to the root.
    pub directory: String,
    /// Excludes what is below the directory, then excepts what is wanted. The directory itself is not excluded: that it is
    /// there is sent even if nothing in it is.
    pub exclude: Vec<String>,
}

impl Filter {
    /// What is wanted of the directory of a part; `None` if that is all of it, or can't be said in patterns.
    fn of(part: &Part, parts: &BTreeSet<Part>) -> Option<Self> {
        let is_filtered = !part.path.is_empty() && !part.include.is_empty();
        let mut exclude = vec![is_filtered.then(|| part.below("**"))?];
        for other in parts.iter().filter(|other| other.overlaps(part)) {
            match other.path.strip_prefix(&part.path) {
                _ if other.paths == Paths::Wildcard => return None,
                Some("") if !other.include.is_empty() => {
                    let wanted = other.include.iter().map(|pattern| pattern.trim());
                    exclude.extend(wanted.map(|pattern| format!("!{}", part.below(pattern))));
                }
                Some(below) if !below.is_empty() => {
                    exclude.push(format!("!{}", literal(&other.path)));
                }
                _ => return None,
            }
        }
        Some(Self { directory: part.path.clone(), exclude })
    }
}

impl Transfer {
    /// The order is that of the texts, whatever the program's is.
    pub fn of(parts: &BTreeSet<Part>) -> Self {
        let mut transfer = Self::default();
        for part in parts {
            let others = || parts.iter().filter(|other| *other != part);
            // What one part leaves out another may need.
            if !others().any(|other| other.overlaps(part)) {
                transfer.exclude.extend(part.excluded());
            }
        }
        let is_whole = |part: &Part| part.path.is_empty() && part.include.is_empty();
        if parts.iter().any(is_whole) {
            return transfer;
        }
        transfer.filters = parts.iter().filter_map(|part| Filter::of(part, parts)).collect();
        // Parts of one directory have one filter.
        transfer.filters.dedup();
        let mut include = BTreeSet::new();
        let (mut paths, mut patterns) = (BTreeSet::new(), BTreeSet::new());
        for part in parts {
            match part.paths {
                _ if part.path.is_empty() => {
                    include.extend(part.include.iter().map(|pattern| pattern.trim().to_owned()));
                }
                Paths::Wildcard => _ = patterns.insert(part.path.clone()),
                Paths::One => _ = paths.insert(part.path.clone()),
            }
        }
        transfer.include = include.into_iter().collect();
        transfer.follow_paths = paths.into_iter().collect();
        transfer.follow_patterns = patterns.into_iter().collect();
        transfer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::strings;

    fn transfer(parts: &[Part]) -> Transfer {
        Transfer::of(&parts.iter().cloned().collect())
    }

    #[test]
    fn paths_are_followed_in_order() {
        let parts = [Part::of("/src/"), Part::of("a[b]"), Part::matching("*.go"), Part::of("src")];
        let expected = Transfer {
            follow_paths: strings(&["a[b]", "src"]),
            follow_patterns: strings(&["*.go"]),
            ..Transfer::default()
        };
        assert_eq!(transfer(&parts), expected);
    }

    #[test]
    fn one_part_that_is_everything_makes_it_all() {
        assert!(Part::of("/").is_everything() && Part::of(".").is_everything());
        let parts = [Part::of("src"), Part::of(""), Part::of("").including(&strings(&["*.go"]))];
        assert_eq!(transfer(&parts), Transfer::default());
    }

    #[test]
    fn patterns_of_the_root_are_sent_on() {
        let parts = [Part::of("").including(&strings(&["*.go", " go.mod "])), Part::of("src")];
        let (include, follow_paths) = (strings(&["*.go", "go.mod"]), strings(&["src"]));
        assert_eq!(transfer(&parts), Transfer { include, follow_paths, ..Transfer::default() });
        let exception = [Part::of("").including(&strings(&["*", "!x"]))];
        assert_eq!(transfer(&exception), Transfer::default());
    }

    #[test]
    fn patterns_below_a_path_are_a_filter() {
        let of = |path: &str, patterns: &[&str]| Part::of(path).including(&strings(patterns));
        let filter = |parts: &[Part], directory: &str, exclude: &[&str]| {
            let transfer = transfer(parts);
            assert!(transfer.include.is_empty() && transfer.exclude.is_empty());
            assert!(transfer.follow_paths.contains(&directory.to_owned()));
            let exclude = strings(exclude);
            assert_eq!(transfer.filters, [Filter { directory: directory.to_owned(), exclude }]);
        };
        let go = of("src", &["*.go", " go.mod "]);
        filter(std::slice::from_ref(&go), "src", &["src/**", "!src/*.go", "!src/go.mod"]);
        filter(&[of("[x]", &["*"])], "[x]", &[r"[\[]x]/**", r"![\[]x]/*"]);
        // What else is wanted of the directory.
        let both = [of("src", &["*.md"]), go.clone()];
        filter(&both, "src", &["src/**", "!src/*.go", "!src/go.mod", "!src/*.md"]);
        let below = [go.clone(), Part::of("src/a*"), Part::of("srcs")];
        filter(&below, "src", &["src/**", "!src/*.go", "!src/go.mod", r"!src/a[\*]"]);
        let nested = [go.clone(), of("src/a", &["*.c"])];
        filter(&nested, "src", &["src/**", "!src/*.go", "!src/go.mod", "!src/a"]);
        for other in [Part::of("src"), of("", &["**/*.c"]), Part::matching("s*")] {
            assert_eq!(transfer(&[go.clone(), other]).filters, []);
        }
        for pattern in ["/a", "../a", "a/..", ".", "./", "!a", ""] {
            assert_eq!(of("src", &["*.go", pattern]), Part::of("src"), "{pattern}");
        }
    }

    #[test]
    fn what_one_part_leaves_out_is_sent_if_another_may_need_it() {
        let src = Part::of("src").excluding(&strings(&["*.o", "/tmp", "../x", "."]));
        let (follow_paths, exclude) = (strings(&["src", "srcs"]), strings(&["src/*.o"]));
        let apart = [src.clone(), Part::of("srcs")];
        assert_eq!(transfer(&apart), Transfer { follow_paths, exclude, ..Transfer::default() });
        for other in [Part::of("src/a"), Part::of(""), Part::of("src"), Part::matching("s*")] {
            assert_eq!(transfer(&[src.clone(), other]).exclude, Vec::<String>::new());
        }
        let all = [Part::of("").excluding(&strings(&["docs"]))];
        assert_eq!(transfer(&all).exclude, ["docs"]);
        let exception = [Part::of("").excluding(&strings(&["docs", "!docs/a"]))];
        assert_eq!(transfer(&exception), Transfer::default());
    }
}
