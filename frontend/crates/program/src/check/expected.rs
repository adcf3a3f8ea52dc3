use crate::builtin::Kind;

/// The kinds that fit somewhere (language spec, section 3.4).
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected<'k> {
    /// Everything fits: what decides it has an error, which is reported already.
    Any,
    /// A statement in a block of this kind.
    Statement(&'k Kind),
    /// An argument for a parameter of this kind, or its default.
    Argument(&'k Kind),
    /// The operand of `with` on a call whose options are of this kind.
    Options(&'k Kind),
    /// The source of an import.
    Source,
    /// What is in `${}`.
    Interpolation,
}

impl Expected<'_> {
    /// Whether something of this kind fits.
    pub fn accepts(&self, kind: &Kind) -> bool {
        use Kind::{AnyOption, Bool, Fs, Int, IntOrString, Option, Pipeline, String, Unknown};
        match (self, kind) {
            (Self::Any, _) | (_, Unknown) => true,
            (Self::Statement(Unknown) | Self::Argument(Unknown), _) => true,
            (Self::Argument(Pipeline), Pipeline | String | Int | Bool | Fs) => true,
            (Self::Argument(IntOrString), Int | String) => true,
            (Self::Statement(Option(_)) | Self::Argument(Option(_)), AnyOption) => true,
            (Self::Options(_), AnyOption) => true,
            (Self::Statement(expected) | Self::Argument(expected) | Self::Options(expected), _) => {
                *expected == kind
            }
            (Self::Source, _) => matches!(kind, String | Fs),
            (Self::Interpolation, _) => kind.is_text(),
        }
    }

    /// The kind of an `option { … }` here.
    pub fn option_kind(&self) -> Kind {
        match self {
            Self::Any | Self::Statement(Kind::Unknown) | Self::Argument(Kind::Unknown) => {
                Kind::Unknown
            }
            Self::Statement(kind) | Self::Argument(kind) | Self::Options(kind)
                if matches!(kind, Kind::Option(_)) =>
            {
                (*kind).clone()
            }
            _ => Kind::AnyOption,
        }
    }

    /// The kind of the empty value that `breakpoint` has here.
    pub fn empty_kind(&self) -> Kind {
        match self {
            Self::Any => Kind::Unknown,
            Self::Statement(kind) | Self::Argument(kind) => (*kind).clone(),
            Self::Options(_) => Kind::AnyOption,
            Self::Source | Self::Interpolation => Kind::String,
        }
    }

    /// Whether nothing is known of what fits.
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Any | Self::Statement(Kind::Unknown) | Self::Argument(Kind::Unknown))
    }
}
