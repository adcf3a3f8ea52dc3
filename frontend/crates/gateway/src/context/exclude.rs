//! What a client leaves out of a transfer: what an ignore file excludes, and what the program has no use for.

use llb::Transfer;

use super::ignore::{IgnoreFile, Rule, ancestors};
use super::pattern::Pattern;

/// The patterns for the client, in their order.
///
/// They exclude all that the ignore file does, and nothing that the transfer wants and the ignore file lets through. What is
/// wanted of a directory goes before the lines of the ignore file, or after the exception among them that lets the whole
/// directory through, which would undo it.
///
/// While a client walks a directory, it does not note which patterns match it once one has, and takes what is below it for
/// not matched by them; but when it opens a file, it compares all of them with all directories above, and sends an empty file
/// if one matches (`tonistiigi/fsutil`, `filter.go` and `send.go`; `moby/patternmatcher` 0.6, `MatchesUsingParentResults`).
/// What is wanted stands below what is excluded, so each pattern after it is also there as one for what is below.
pub(super) fn exclude_patterns(ignore: &IgnoreFile, transfer: &Transfer) -> Vec<String> {
    let rules = ignore.rules();
    let lines = || rules.iter().map(Rule::to_string);
    let excluded = transfer.exclude.iter();
    let Some(place) = place(rules, transfer) else {
        return lines().chain(excluded.cloned()).collect();
    };
    let mut patterns: Vec<String> = lines().take(place).collect();
    patterns.extend(transfer.only.iter().cloned());
    for rule in rules.iter().skip(place) {
        patterns.push(rule.to_string());
        patterns.extend(below(&rule.pattern).filter(|_| !rule.is_exception));
    }
    for pattern in excluded {
        patterns.push(pattern.clone());
        patterns.extend(below(pattern));
    }
    patterns
}

/// How many lines go before what is wanted of a directory: those up to the last exception that lets all of it through.
///
/// `None` if all of it is wanted, and if a later exception may match something in the directory: whether a client notes it
/// depends on what is excluded before, so that more would be let through than the ignore file does.
fn place(rules: &[Rule], transfer: &Transfer) -> Option<usize> {
    if transfer.only.is_empty() {
        return None;
    }
    let noted = noted(rules, &transfer.directory);
    let through = noted.iter().zip(rules).rposition(|(noted, rule)| *noted && rule.is_exception);
    let place = through.map_or(0, |last| last + 1);
    let mut later = rules.iter().skip(place).filter(|rule| rule.is_exception);
    let may_match = |rule: &Rule| Pattern::new(&rule.pattern).may_match_below(&transfer.directory);
    (!later.any(may_match)).then_some(place)
}

/// Which lines a client notes as matching a directory, and so everything below it.
///
/// `moby/patternmatcher` 0.6, `patternmatcher.go`, `MatchesUsingParentResults`.
fn noted(rules: &[Rule], directory: &str) -> Vec<bool> {
    let patterns: Vec<_> = rules.iter().map(|rule| Pattern::new(&rule.pattern)).collect();
    let mut paths: Vec<_> = ancestors(directory).collect();
    paths.reverse();
    let mut noted = vec![false; rules.len()];
    for path in paths {
        let mut is_excluded = false;
        for ((noted, rule), pattern) in noted.iter_mut().zip(rules).zip(&patterns) {
            // What would change nothing is not compared.
            *noted = *noted || (rule.is_exception == is_excluded && pattern.matches(path));
            if *noted {
                is_excluded = !rule.is_exception;
            }
        }
    }
    noted
}

/// What matches everything below what a pattern matches; `None` if that matches nothing.
fn below(pattern: &str) -> Option<String> {
    (!matches!(pattern, "." | "/")).then(|| format!("{pattern}/**"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use llb::Part;

    use super::*;

    const FILES: &[&str] =
        &["d/a.go", "d/a.md", "d/e/a.go", "d/e/a.md", "d/e/f/a.go", "d/g/a.go", "x/a.go", "a.go"];

    fn ignore(lines: &[&str]) -> IgnoreFile {
        IgnoreFile::parse(".dockerignore", lines.join("\n").as_bytes()).expect("valid")
    }

    fn transfer(part: Part) -> Transfer {
        Transfer::of(&BTreeSet::from([part])).remove(0)
    }

    fn of_d(patterns: &[&str]) -> Part {
        let patterns: Vec<_> = patterns.iter().map(|it| (*it).to_owned()).collect();
        Part::of("d").including(&patterns)
    }

    /// Whether a client that walks to a file leaves it out.
    fn is_skipped(rules: &[Rule], file: &str) -> bool {
        let noted = noted(rules, file);
        let last = noted.iter().zip(rules).rfind(|(noted, _)| **noted);
        last.is_some_and(|(_, rule)| !rule.is_exception)
    }

    /// Whether a client that opens a file refuses to: `MatchesOrParentMatches`.
    fn is_refused(rules: &[Rule], file: &str) -> bool {
        let matches = |rule: &&Rule| {
            let pattern = Pattern::new(&rule.pattern);
            ancestors(file).any(|path| pattern.matches(path))
        };
        rules.iter().rfind(matches).is_some_and(|rule| !rule.is_exception)
    }

    fn sent(patterns: &[String]) -> Vec<&'static str> {
        let patterns: Vec<_> = patterns.iter().map(String::as_str).collect();
        let ignore = ignore(&patterns);
        FILES.iter().copied().filter(|file| !is_skipped(ignore.rules(), file)).collect()
    }

    #[test]
    fn what_is_wanted_stands_where_nothing_undoes_it() {
        for (lines, expected) in [
            (&[][..], &["d/**", "!d/*.go"][..]),
            (&["*.md"], &["d/**", "!d/*.go", "*.md", "*.md/**"]),
            (&["*", "!d"], &["*", "!d", "d/**", "!d/*.go"]),
            (&["*", "!d", "d/e"], &["*", "!d", "d/**", "!d/*.go", "d/e", "d/e/**"]),
            // That would be noted where it is not otherwise.
            (&["**/*.go", "!d/e"], &["**/*.go", "!d/e"]),
            (&["*", "!d/**"], &["*", "!d/**"]),
            // Nothing is excluded there, so that it lets nothing through.
            (&["**/*.md", "!d"], &["d/**", "!d/*.go", "**/*.md", "**/*.md/**", "!d"]),
        ] {
            let patterns = exclude_patterns(&ignore(lines), &transfer(of_d(&["*.go"])));
            assert_eq!(patterns, expected, "{lines:?}");
        }
        let whole = exclude_patterns(&ignore(&["*", "!d"]), &transfer(Part::of("d")));
        assert_eq!(whole, ["*", "!d"]);
    }

    /// Of all ignore files with up to three lines of these: nothing that is wanted is left out, nothing that is ignored is
    /// sent, and no file is sent empty that was not.
    #[test]
    fn what_is_wanted_and_what_is_ignored_do_not_undo_each_other() {
        let lines =
            ["*", "!d", "d", "!d/e", "d/e", "!d/**", "**/*.go", "!**/*.go", "d/*", "!d/*/f"];
        let wants: &[(&[&str], &[&str])] = &[
            (&["*.go"], &["d/a.go"]),
            (&["**/*.go"], &["d/a.go", "d/e/a.go", "d/e/f/a.go", "d/g/a.go"]),
            (&["e"], &["d/e/a.go", "d/e/a.md", "d/e/f/a.go"]),
        ];
        let mut narrowed = 0;
        let count = lines.len() + 1;
        for index in 0..count.pow(3) {
            let chosen = (0..3_u32).filter_map(|at| lines.get(index / count.pow(at) % count));
            let chosen: Vec<&str> = chosen.copied().collect();
            let file = ignore(&chosen);
            let before = exclude_patterns(&file, &Transfer::default());
            let without = sent(&before);
            for (include, wanted) in wants {
                let patterns = exclude_patterns(&file, &transfer(of_d(include)));
                let with = sent(&patterns);
                let patterns: Vec<_> = patterns.iter().map(String::as_str).collect();
                let rules = ignore(&patterns);
                for file in FILES {
                    let (was, is) = (without.contains(file), with.contains(file));
                    let is_wanted = !file.starts_with("d/") || wanted.contains(file);
                    let about = format!("{chosen:?} {include:?} {file} {patterns:?}");
                    assert!(was || !is, "ignored, but sent: {about}");
                    let was_empty = was && is_refused(ignore(&chosen).rules(), file);
                    assert!(is || !was || !is_wanted || was_empty, "not sent: {about}");
                    assert!(!is || was_empty || !is_refused(rules.rules(), file), "empty: {about}");
                }
                narrowed += usize::from(with.len() < without.len());
            }
        }
        assert!(narrowed > 100, "{narrowed} are narrowed");
    }
}
