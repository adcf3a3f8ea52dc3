use std::collections::BTreeSet;

use super::local::literal;

/// Some files of a directory of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// A file or directory, relative to the root and clean; empty is the root.
    path: String,
    paths: Paths,
    /// Of what is at the root, only what matches one of these is wanted; everything if empty.
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
    /// Below the root it stays all of it: a client sends no directory in which nothing matches, and that it is there would be
    /// lost. So it does for patterns with exceptions, which depend on their order among others.
    pub fn including(self, patterns: &[String]) -> Self {
        match self.path.is_empty() && plain(patterns) {
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
        let is_in = |path: &str, directory: &str| {
            let rest = path.strip_prefix(directory);
            directory.is_empty()
                || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        [self, other].iter().any(|it| it.paths == Paths::Wildcard)
            || is_in(&self.path, &other.path)
            || is_in(&other.path, &self.path)
    }

    /// The patterns of what is left out, as those of the whole directory.
    fn excluded(&self) -> impl Iterator<Item = String> {
        let patterns = self.exclude.iter().map(|pattern| pattern.trim());
        // Those that lead up match nothing below the path.
        let leads_up =
            |pattern: &str| pattern.starts_with('/') || pattern.split('/').any(|it| it == "..");
        patterns.filter(move |it| !leads_up(it)).map(|pattern| match self.path.is_empty() {
            true => pattern.to_owned(),
            false => format!("{}/{pattern}", literal(&self.path)),
        })
    }
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
        let mut include = BTreeSet::new();
        let (mut paths, mut patterns) = (BTreeSet::new(), BTreeSet::new());
        for part in parts {
            include.extend(part.include.iter().map(|pattern| pattern.trim().to_owned()));
            match part.paths {
                _ if part.path.is_empty() => {}
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
        let below = [Part::of("src").including(&strings(&["*.go"]))];
        assert_eq!(transfer(&below), transfer(&[Part::of("src")]));
        let exception = [Part::of("").including(&strings(&["*", "!x"]))];
        assert_eq!(transfer(&exception), Transfer::default());
    }

    #[test]
    fn what_one_part_leaves_out_is_sent_if_another_may_need_it() {
        let src = Part::of("src").excluding(&strings(&["*.o", "/tmp", "../x"]));
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
