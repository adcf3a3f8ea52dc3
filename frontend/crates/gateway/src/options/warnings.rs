use std::fmt;

use hlb_syntax::diagnostic::{Code, Diagnostic, Severity};
use llb::go_bool;

/// Which warnings count, and as what.
///
/// Written `skip=NAME,…;error=true`, as Docker writes it for the warnings about a Dockerfile (BuildKit 0.32,
/// `frontend/dockerfile/linter/linter.go`, `ParseLintOptions`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningOptions {
    pub skip: Skip,
    /// What the others are.
    pub severity: Severity,
}

/// Warnings that are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// Those of these codes, by their ids or names.
    Some(Vec<String>),
    All,
}

impl Default for WarningOptions {
    fn default() -> Self {
        Self { skip: Skip::Some(Vec::new()), severity: Severity::Warning }
    }
}

impl WarningOptions {
    /// Reads the form that is written.
    ///
    /// # Errors
    /// The part that is wrong, and what was expected.
    pub fn parse(text: &str) -> Result<Self, InvalidWarningOption> {
        let mut options = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = |expected| InvalidWarningOption { part: part.to_owned(), expected };
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match (key.trim(), value.trim()) {
                ("skip", "all") => options.skip = Skip::All,
                ("skip", names) => options.skip = Skip::list(names),
                ("error", value) => {
                    let is_error = go_bool(value).ok_or_else(|| wrong("a boolean"))?;
                    options.severity = if is_error { Severity::Error } else { Severity::Warning };
                }
                _ => return Err(wrong("`skip=NAME,…` or `error=true`")),
            }
        }
        Ok(options)
    }

    /// What is left of some diagnostics: errors, and the warnings that count, as what they count.
    pub fn apply(&self, found: impl IntoIterator<Item = Diagnostic>) -> Vec<Diagnostic> {
        let left = found.into_iter().filter(|it| it.is_error() || !self.skip.covers(it.code));
        left.map(|it| match it.is_error() {
            true => it,
            false => Diagnostic { severity: self.severity, ..it },
        })
        .collect()
    }
}

impl Skip {
    /// Names with commas between them.
    pub fn list(names: &str) -> Self {
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        Self::Some(names.map(str::to_owned).collect())
    }

    pub fn names(&self) -> &[String] {
        match self {
            Self::Some(names) => names,
            Self::All => &[],
        }
    }

    fn covers(&self, code: &Code) -> bool {
        match self {
            Self::Some(names) => names.iter().any(|name| code.is_named(name)),
            Self::All => true,
        }
    }
}

/// A part of the form that is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidWarningOption {
    part: String,
    expected: &'static str,
}

impl fmt::Display for InvalidWarningOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found `{}`", self.expected, self.part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ODD: Code = Code::warning("HLB0998", "odd");
    static RARE: Code = Code::warning("HLB0997", "rare");
    static WRONG: Code = Code::error("HLB0999", "wrong");

    fn left(text: &str) -> Vec<(&'static str, Severity)> {
        let found = [&ODD, &RARE, &WRONG].map(|code| code.without_span("x"));
        let options = WarningOptions::parse(text).expect("valid");
        options.apply(found).iter().map(|it| (it.code.name, it.severity)).collect()
    }

    #[test]
    fn warnings_are_left_out_or_errors() {
        use Severity::{Error, Warning};
        let all = [("odd", Warning), ("rare", Warning), ("wrong", Error)];
        assert_eq!(left(""), all);
        assert_eq!(left("error=false"), all);
        assert_eq!(left("skip= odd , HLB0999"), all[1..]);
        assert_eq!(left("skip=HLB0998;error=1"), [("rare", Error), ("wrong", Error)]);
        assert_eq!(left("error=true;skip=all;"), [("wrong", Error)]);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let problem = |text| WarningOptions::parse(text).expect_err("invalid").to_string();
        assert_eq!(problem("error=yes"), "expected a boolean, found `error=yes`");
        let expected = "expected `skip=NAME,…` or `error=true`, found `experimental=all`";
        assert_eq!(problem("skip=all;experimental=all"), expected);
        assert_eq!(problem("odd"), "expected `skip=NAME,…` or `error=true`, found `odd`");
    }
}
