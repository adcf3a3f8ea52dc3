use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

/// An evaluation that makes more than any build can use.
pub static EVALUATION_TOO_LARGE: Code = Code::error("HLB0305", "evaluation-too-large");

/// How much one evaluation may make, in bytes: texts, ops, and what it reads again and again.
///
/// A daemon takes definitions of 16 MiB at most, of 4 before BuildKit 0.14, so nothing that can be built is near it.
/// It also bounds every single text and definition.
pub const MAX_EVALUATION_BYTES: u64 = 64 << 20;

/// What is left of what an evaluation may make.
///
/// It counts by a rule of its own, not what the allocator does: the same program ends at the same span everywhere.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u64,
    is_exceeded: bool,
}

impl Budget {
    /// Takes some bytes from it.
    ///
    /// # Errors
    /// If so many are not left. That is reported once; later errors of the same budget hold no diagnostic.
    pub fn charge(&mut self, bytes: u64, what: Charged, span: Span) -> Result<(), Exceeded> {
        match self.left.checked_sub(bytes) {
            Some(left) if !self.is_exceeded => {
                self.left = left;
                Ok(())
            }
            _ => {
                let first = !std::mem::replace(&mut self.is_exceeded, true);
                Err(Exceeded(first.then(|| what.too_large(span))))
            }
        }
    }

    /// Whether nothing more is evaluated.
    pub fn is_exceeded(&self) -> bool {
        self.is_exceeded
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: MAX_EVALUATION_BYTES, is_exceeded: false }
    }
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    Text,
    Call,
    Op,
}

/// That a budget was exceeded; with the error to report, the first time.
#[derive(Debug)]
pub struct Exceeded(pub Option<Diagnostic>);

impl Charged {
    fn too_large(self, span: Span) -> Diagnostic {
        let problem = match self {
            Self::Text => "with this text",
            Self::Call => "with this call",
            Self::Op => "with this step",
        };
        let limit = MAX_EVALUATION_BYTES >> 20;
        EVALUATION_TOO_LARGE
            .at(span, format!("{problem} the evaluation makes more than {limit} MiB"))
            .help("move data into files of the build context, and look for functions that double what they are given")
    }
}

#[cfg(test)]
mod tests {
    use hlb_syntax::source::Sources;

    use super::*;

    #[test]
    fn one_cause_is_reported_once() {
        let span = Span::new(Sources::default().add("a.hlb", "x"), 0, 1);
        let mut budget = Budget::default();
        assert!(budget.charge(MAX_EVALUATION_BYTES, Charged::Text, span).is_ok());
        let Exceeded(first) = budget.charge(1, Charged::Op, span).unwrap_err();
        assert!(first.is_some_and(|it| it.message.contains("64 MiB")));
        let Exceeded(second) = budget.charge(0, Charged::Call, span).unwrap_err();
        assert!(second.is_none() && budget.is_exceeded());
    }
}
