use std::sync::Arc;

use hlb_program::builtin::{Origin, Signature};
use hlb_syntax::diagnostic::{self, Code, Diagnostic};
use hlb_syntax::source::Span;

use super::{Cx, Fs, Value};

/// A builtin: what a program may write, and what becomes of it.
pub struct Builtin {
    pub signature: Signature,
    pub lower: Lower,
}

/// How a builtin is evaluated.
pub enum Lower {
    /// From the chain's filesystem to the next one.
    Fs(fn(&mut Cx<'_>, Arc<Fs>, &Call) -> Result<Fs, Diagnostic>),
    String(fn(&mut Cx<'_>, &Call) -> Result<String, Diagnostic>),
    /// It is kept as a [`Setting`], for the builtin that it belongs to to read.
    Setting,
    /// Runs its arguments after what came before.
    Stage,
    /// Known to the language, with no lowering yet.
    Unsupported,
}

/// A call of a builtin with its arguments evaluated; each has the kind that the signature says.
pub struct Call {
    pub signature: &'static Signature,
    /// The whole statement or expression.
    pub span: Span,
    pub name_span: Span,
    pub args: Vec<Arg>,
    pub options: Vec<Setting>,
}

#[derive(Clone, Debug)]
pub struct Arg {
    pub value: Value,
    pub span: Span,
}

/// An option as a program set it.
#[derive(Clone, Debug)]
pub struct Setting {
    pub signature: &'static Signature,
    pub span: Span,
    pub name_span: Span,
    pub args: Vec<Arg>,
    pub options: Vec<Setting>,
    /// The aliases that an `as` gives to its effects: effect, and where the alias stands.
    pub aliases: Vec<(&'static str, AliasKey)>,
    /// The `as` itself.
    pub binds: Option<Span>,
}

/// Which alias: the place of its name.
pub type AliasKey = Span;

/// An argument that parses as what it is, but means nothing there.
pub static INVALID_ARGUMENT: Code = Code::error("HLB0301", "invalid-argument");

impl Builtin {
    /// This builtin, marked as newer than the language.
    pub const fn extension(mut signature: Signature, lower: Lower) -> Self {
        signature.origin = Origin::Extension;
        Self { signature, lower }
    }

    pub const fn new(signature: Signature, lower: Lower) -> Self {
        Self { signature, lower }
    }
}

/// What the lowering of a builtin reads, from a call and from an option alike.
macro_rules! arguments {
    ($type:ty) => {
        impl $type {
            /// The argument of a parameter of kind `string`.
            pub fn string(&self, param: &str) -> &str {
                match self.arg(param).map(|arg| &arg.value) {
                    Some(Value::String(text)) => text,
                    _ => "",
                }
            }

            /// The argument of a parameter of kind `int`.
            pub fn int(&self, param: &str) -> i64 {
                match self.arg(param).map(|arg| &arg.value) {
                    Some(Value::Int(value)) => *value,
                    _ => 0,
                }
            }

            /// The argument of a parameter of kind `fs`.
            pub fn fs(&self, param: &str) -> Option<&Arc<Fs>> {
                match self.arg(param).map(|arg| &arg.value) {
                    Some(Value::Fs(fs)) => Some(fs),
                    _ => None,
                }
            }

            /// All arguments of kind `string`, which is what a variadic parameter takes.
            pub fn strings(&self) -> impl Iterator<Item = &str> {
                self.args.iter().filter_map(|arg| match &arg.value {
                    Value::String(text) => Some(&**text),
                    _ => None,
                })
            }

            /// All arguments of kind `fs`.
            pub fn filesystems(&self) -> impl Iterator<Item = &Arc<Fs>> {
                self.args.iter().filter_map(|arg| match &arg.value {
                    Value::Fs(fs) => Some(fs),
                    _ => None,
                })
            }

            /// Where a parameter's argument stands.
            pub fn span_of(&self, param: &str) -> Span {
                self.arg(param).map_or(self.name_span, |arg| arg.span)
            }

            /// An error in a parameter's argument.
            pub fn invalid(&self, param: &str, problem: impl std::fmt::Display) -> Diagnostic {
                let message =
                    format!("parameter `{param}` of `{}`: {problem}", self.signature.name);
                INVALID_ARGUMENT.at(self.span_of(param), message)
            }

            /// Permission bits, of which a file has twelve.
            pub fn mode(&self, param: &str) -> Result<u32, Diagnostic> {
                let found = self.int(param);
                match u32::try_from(found) {
                    Ok(bits) if bits <= 0o7777 => Ok(bits),
                    _ => {
                        // Bits that were meant to be octal and are not are seen best in octal.
                        let shown = match u64::try_from(found) {
                            Ok(bits) => format!("{bits:#o}"),
                            Err(_) => found.to_string(),
                        };
                        let problem =
                            format!("expected permission bits up to `0o7777`, found `{shown}`");
                        Err(self.invalid(param, problem))
                    }
                }
            }

            /// The value that stands for a word; every other word is an error that says what there is to choose from.
            pub fn one_of<T: Copy>(
                &self,
                param: &str,
                choices: &[(&str, T)],
            ) -> Result<T, Diagnostic> {
                let found = self.string(param);
                if let Some((_, value)) = choices.iter().find(|(word, _)| *word == found) {
                    return Ok(*value);
                }
                let words = || choices.iter().map(|(word, _)| *word);
                let expected = diagnostic::choices(words());
                let error = self.invalid(param, format!("expected {expected}, found `{found}`"));
                Err(error.suggest(found, words()))
            }

            fn arg(&self, param: &str) -> Option<&Arg> {
                let index = self.signature.params.iter().position(|it| it.name == param)?;
                self.args.get(index)
            }

            /// The options that a builtin set, in order.
            pub fn settings<'a>(
                &'a self,
                of: &'static Builtin,
            ) -> impl Iterator<Item = &'a Setting> {
                self.options.iter().filter(move |it| it.signature == &of.signature)
            }

            /// The last setting of an option: it wins.
            pub fn setting(&self, of: &'static Builtin) -> Option<&Setting> {
                self.options.iter().rev().find(|it| it.signature == &of.signature)
            }

            pub fn has(&self, of: &'static Builtin) -> bool {
                self.setting(of).is_some()
            }
        }
    };
}

arguments!(Call);
arguments!(Setting);
