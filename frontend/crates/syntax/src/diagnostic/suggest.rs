//! "Did you mean": the known name that is nearest to an unknown one.

use super::Diagnostic;

/// The value of the candidate whose name is nearest to an unknown name, if one is near enough to be meant.
///
/// Of equally near candidates the one with the least value wins, so the value says which ones the caller prefers, such as
/// those of the nearest scope. Names that differ only in case count as the same.
pub fn nearest<'c, T: Ord>(
    name: &str,
    candidates: impl IntoIterator<Item = (&'c str, T)>,
) -> Option<T> {
    if name.len() > MAX_NAME_LEN {
        return None;
    }
    let near = candidates.into_iter().filter_map(|(candidate, value)| {
        let max = max_edit_distance(name, candidate);
        // The distance is at least the difference in length, and costs more to find.
        let may_be_near = candidate.len().abs_diff(name.len()) <= max * MAX_CHAR_LEN;
        let distance = may_be_near.then(|| distance(name, candidate))?;
        (distance <= max).then_some((distance, value))
    });
    near.min().map(|(_, value)| value)
}

/// [`nearest`] where the candidates are nothing but names; of equally near ones the first wins.
pub fn nearest_name<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let numbered = candidates.into_iter().enumerate();
    nearest(name, numbered.map(|(number, candidate)| (candidate, (number, candidate))))
        .map(|(_, candidate)| candidate)
}

/// Most edits that are between a name and a candidate that was meant.
///
/// Two letters of four make another word, unless the two are only missing at the end: `lock` for `locked`.
fn max_edit_distance(name: &str, candidate: &str) -> usize {
    let is_short = name.len() <= 4;
    let is_cut_off = name.len() > 2 && candidate.starts_with(name);
    if is_short && !is_cut_off { 1 } else { 2 }
}

/// Longest unknown name that is compared, in bytes: the time grows with the square of the length.
const MAX_NAME_LEN: usize = 64;

/// Most bytes of a character in UTF-8: lengths are in bytes, edits in characters.
const MAX_CHAR_LEN: usize = 4;

fn distance(name: &str, candidate: &str) -> usize {
    match name.eq_ignore_ascii_case(candidate) {
        true => 0,
        false => strsim::osa_distance(name, candidate),
    }
}

/// How many candidates one run still looks at.
///
/// Each unknown name is compared with all that are known, so a large program of nothing but unknown names would take
/// minutes. It gets suggestions for the first of them instead: a million comparisons take a tenth of a second.
#[derive(Debug)]
pub struct SuggestionBudget {
    left: usize,
}

impl Default for SuggestionBudget {
    fn default() -> Self {
        Self { left: 1_000_000 }
    }
}

impl SuggestionBudget {
    /// Passes candidates on, for as long as the budget lasts.
    pub fn limit<I: IntoIterator>(&mut self, candidates: I) -> impl Iterator<Item = I::Item> {
        candidates.into_iter().take_while(|_| {
            let left = self.left.checked_sub(1);
            self.left = left.unwrap_or_default();
            left.is_some()
        })
    }
}

impl Diagnostic {
    /// Suggests a name instead of the unknown one.
    pub fn did_you_mean(self, name: &str) -> Self {
        self.help(did_you_mean(name))
    }

    /// Suggests the nearest of some names, if one is near enough.
    pub fn suggest<'c>(self, name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Self {
        match nearest_name(name, candidates) {
            Some(nearest) => self.did_you_mean(nearest),
            None => self,
        }
    }
}

/// The help that suggests a name.
pub fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// Names as the choices that there are: `` `a`, `b` or `c` ``.
pub fn choices<'c>(names: impl IntoIterator<Item = &'c str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_near_name_is_suggested() {
        let near = |name| nearest_name(name, ["check", "fmt", "lint", "größer"]);
        assert_eq!(near("chekc"), Some("check"));
        assert_eq!(near("lnit"), Some("lint"));
        assert_eq!(near("lnti"), None);
        assert_eq!(near("che"), Some("check"));
        assert_eq!(near("fm"), Some("fmt"));
        assert_eq!(near("li"), None);
        assert_eq!(near("LINT"), Some("lint"));
        assert_eq!(near("format"), None);
        assert_eq!(near("grosser"), None);
        assert_eq!(near("größr"), Some("größer"));
        let (long, longer) = ("x".repeat(64), "x".repeat(65));
        assert_eq!(nearest_name(&long, [longer.as_str()]), Some(longer.as_str()));
        assert_eq!(nearest_name(&longer, [long.as_str()]), None);
    }

    #[test]
    fn of_equally_near_names_the_least_value_is_suggested() {
        assert_eq!(nearest("cat", [("bat", 2), ("at", 1), ("cut", 3)]), Some(1));
        assert_eq!(nearest("cat", [("bat", 1), ("cat", 2)]), Some(2));
    }

    #[test]
    fn a_spent_budget_gives_no_candidates() {
        let mut budget = SuggestionBudget { left: 3 };
        assert_eq!(budget.limit(["a", "b"]).count(), 2);
        assert_eq!(budget.limit(["a", "b"]).count(), 1);
        assert_eq!(budget.limit(["a", "b"]).count(), 0);
    }

    #[test]
    fn choices_are_joined_with_or() {
        assert_eq!(choices([]), "");
        assert_eq!(choices(["a"]), "`a`");
        assert_eq!(choices(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
