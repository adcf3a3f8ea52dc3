use std::borrow::Cow;
use std::fmt;

/// The type of a value (language spec, section 3.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Bool,
    Fs,
    Int,
    /// What a parameter takes in two forms, such as permission bits and `u=rwX,go=rX`. No value has it, no program names it.
    IntOrString,
    /// `option`, the settings for no builtin in particular.
    AnyOption,
    /// `option::N`, the settings of the builtin, function or alias `N`.
    Option(Cow<'static, str>),
    Pipeline,
    String,
    /// The kind of something that is already reported as wrong; it fits everywhere.
    Unknown,
}

impl Kind {
    /// The kind `option::name` of a builtin.
    pub const fn option(name: &'static str) -> Self {
        Self::Option(Cow::Borrowed(name))
    }

    /// Reads a kind as a program writes it; `group` is the deprecated name of `pipeline`.
    ///
    /// `None` if there is no such kind. Whether the `N` of `option::N` exists is for the checker to say.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "bool" => Self::Bool,
            "fs" => Self::Fs,
            "int" => Self::Int,
            "option" => Self::AnyOption,
            "pipeline" | "group" => Self::Pipeline,
            "string" => Self::String,
            _ => Self::Option(Cow::Owned(
                text.strip_prefix("option::").filter(|name| !name.is_empty())?.to_owned(),
            )),
        })
    }

    /// Whether its values are written as text: a build argument sets them, and an interpolation takes them.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::String | Self::Int | Self::Bool)
    }

    pub fn is_option(&self) -> bool {
        matches!(self, Self::AnyOption | Self::Option(_))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Fs => f.write_str("fs"),
            Self::Int => f.write_str("int"),
            Self::IntOrString => f.write_str("int or string"),
            Self::AnyOption => f.write_str("option"),
            Self::Option(name) => write!(f, "option::{name}"),
            Self::Pipeline => f.write_str("pipeline"),
            Self::String => f.write_str("string"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}
