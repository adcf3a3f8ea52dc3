use std::collections::{BTreeMap, BTreeSet};
use std::iter;

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

    /// Whether it leaves something out, and no other part is of any of the same files, unless it leaves out as much.
    fn is_apart(&self, parts: &BTreeSet<Self>) -> bool {
        // Most leave out nothing, and need not be compared with all others.
        if self.include.is_empty() && self.exclude.is_empty() {
            return false;
        }
        let same = || parts.iter().filter(|other| other.overlaps(self));
        let is_alone = same().all(|it| (it.paths, &it.path) == (Paths::One, &self.path));
        let leaves_out = same().all(|it| !it.include.is_empty())
            || same().count() == 1 && !self.exclude.is_empty();
        is_alone && leaves_out
    }

    fn included(&self) -> impl Iterator<Item = String> {
        self.include.iter().map(|pattern| pattern.trim().to_owned())
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

/// What a client transfers with one op.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// The parts that it is for.
    pub parts: BTreeSet<Part>,
    /// The one directory of all of them, relative to the root, if not all of it is transferred; else empty.
    pub directory: String,
    /// Everything if these and the next two are empty.
    pub follow_paths: Vec<String>,
    pub follow_patterns: Vec<String>,
    pub include: Vec<String>,
    /// Excludes what is below the directory, then excepts what is wanted of it. The directory itself is not excluded, so that
    /// it is there even if nothing in it is.
    pub only: Vec<String>,
    pub exclude: Vec<String>,
}

impl Transfer {
    /// The transfers for all of some parts. Their order is that of the texts, whatever the program's is.
    ///
    /// Parts that leave something out have one of their own: what they leave out, a link among the paths of others may lead
    /// to. If others are of the same files, all is transferred.
    pub fn of(parts: &BTreeSet<Part>) -> Vec<Self> {
        let mut together = BTreeSet::new();
        let mut apart: BTreeMap<&str, BTreeSet<Part>> = BTreeMap::new();
        for part in parts {
            let to = match part.is_apart(parts) {
                true => apart.entry(&part.path).or_default(),
                false => &mut together,
            };
            to.insert(part.clone());
        }
        let together = Some(together).filter(|parts| !parts.is_empty()).map(Self::together);
        together.into_iter().chain(apart.into_values().map(Self::apart)).collect()
    }

    /// All of some parts, but for patterns of the root.
    fn together(parts: BTreeSet<Part>) -> Self {
        let mut transfer = Self::default();
        let is_whole = |part: &Part| part.path.is_empty() && part.include.is_empty();
        if !parts.iter().any(is_whole) {
            let mut include = BTreeSet::new();
            let (mut paths, mut patterns) = (BTreeSet::new(), BTreeSet::new());
            for part in &parts {
                match part.paths {
                    _ if part.path.is_empty() => include.extend(part.included()),
                    Paths::Wildcard => _ = patterns.insert(part.path.clone()),
                    Paths::One => _ = paths.insert(part.path.clone()),
                }
            }
            transfer.include = include.into_iter().collect();
            transfer.follow_paths = paths.into_iter().collect();
            transfer.follow_patterns = patterns.into_iter().collect();
        }
        Self { parts, ..transfer }
    }

    /// What is wanted of one directory.
    fn apart(parts: BTreeSet<Part>) -> Self {
        let mut transfer = Self::together(parts);
        if let Some(part) = transfer.parts.first() {
            transfer.directory = part.path.clone();
            if !part.path.is_empty() && transfer.parts.iter().all(|it| !it.include.is_empty()) {
                let wanted = transfer.parts.iter().flat_map(Part::included);
                let wanted = wanted.map(|pattern| format!("!{}", part.below(&pattern)));
                transfer.only = iter::once(part.below("**")).chain(wanted).collect();
            }
            if transfer.parts.len() == 1 {
                transfer.exclude = part.excluded().collect();
            }
        }
        transfer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::strings;

    fn transfers(parts: &[Part]) -> Vec<Transfer> {
        Transfer::of(&parts.iter().cloned().collect())
    }

    /// The only one, without what it is for.
    fn transfer(parts: &[Part]) -> Transfer {
        let [transfer] = &transfers(parts)[..] else { panic!("not one transfer") };
        Transfer { parts: BTreeSet::new(), ..transfer.clone() }
    }

    fn including(path: &str, patterns: &[&str]) -> Part {
        Part::of(path).including(&strings(patterns))
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
        let parts = [Part::of("src"), Part::of(""), including("", &["*.go"])];
        assert_eq!(transfer(&parts), Transfer::default());
    }

    #[test]
    fn patterns_of_the_root_are_sent_on() {
        let parts = [including("", &["*.go", " go.mod "]), Part::of("src")];
        let (include, follow_paths) = (strings(&["*.go", "go.mod"]), strings(&["src"]));
        assert_eq!(transfer(&parts), Transfer { include, follow_paths, ..Transfer::default() });
        assert_eq!(transfer(&[including("", &["*", "!x"])]), Transfer::default());
    }

    #[test]
    fn patterns_below_a_path_leave_out_the_rest_of_it() {
        let only = |parts: &[Part], directory: &str, only: &[&str]| {
            let (directory, only) = (directory.to_owned(), strings(only));
            let follow_paths = vec![directory.clone()];
            let expected = Transfer { directory, follow_paths, only, ..Transfer::default() };
            assert_eq!(transfer(parts), expected);
        };
        let go = including("src", &["*.go", " go.mod "]);
        only(std::slice::from_ref(&go), "src", &["src/**", "!src/*.go", "!src/go.mod"]);
        only(&[including("[x]", &["*"])], "[x]", &[r"[\[]x]/**", r"![\[]x]/*"]);
        let both = [including("src", &["*.md"]), go.clone()];
        only(&both, "src", &["src/**", "!src/*.go", "!src/go.mod", "!src/*.md"]);
        for pattern in ["/a", "../a", "a/..", ".", "./", "!a", ""] {
            assert_eq!(including("src", &["*.go", pattern]), Part::of("src"), "{pattern}");
        }
        let without = go.excluding(&strings(&["x.go"]));
        assert_eq!(transfer(&[without]).exclude, ["src/x.go"]);
    }

    /// A path may be a link to what another part leaves out.
    #[test]
    fn parts_that_leave_something_out_have_a_transfer_of_their_own() {
        let go = including("src", &["*.go"]);
        let docs = Part::of("docs").excluding(&strings(&["*.png"]));
        let parts = [go.clone(), Part::of("current"), docs.clone(), Part::of("srcs")];
        let transfers = transfers(&parts);
        let of: Vec<_> = transfers.iter().map(|it| (&*it.directory, it.parts.len())).collect();
        assert_eq!(of, [("", 2), ("docs", 1), ("src", 1)]);
        let follow: Vec<_> = transfers.iter().flat_map(|it| &it.follow_paths).collect();
        assert_eq!(follow, ["current", "srcs", "docs", "src"]);
        assert!(transfers[0].only.is_empty() && transfers[0].exclude.is_empty());
        assert_eq!(transfers[1].exclude, ["docs/*.png"]);
        assert_eq!(transfers[2].only, ["src/**", "!src/*.go"]);
    }

    #[test]
    fn what_one_part_leaves_out_is_sent_if_another_may_need_it() {
        let src = Part::of("src").excluding(&strings(&["*.o", "/tmp", "../x", "."]));
        assert_eq!(transfer(std::slice::from_ref(&src)).exclude, ["src/*.o"]);
        for part in [src, including("src", &["*.o"])] {
            for other in [Part::of("src/a"), Part::of(""), Part::of("src"), Part::matching("s*")] {
                let both = transfer(&[part.clone(), other]);
                assert_eq!(both, Transfer { only: vec![], exclude: vec![], ..both.clone() });
            }
        }
        let all = [Part::of("").excluding(&strings(&["docs"]))];
        assert_eq!(transfer(&all).exclude, ["docs"]);
        let exception = [Part::of("").excluding(&strings(&["docs", "!docs/a"]))];
        assert_eq!(transfer(&exception), Transfer::default());
    }
}
