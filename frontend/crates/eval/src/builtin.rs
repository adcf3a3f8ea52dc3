use std::sync::Arc;

use gateway_proto::caps::Cap;
use hlb_program::builtin::{Equivalent, Kind, Origin, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::{Call, Cx, Fs, Value};

/// A builtin: what a program may write, and what becomes of it.
///
/// Each is a `static` of its own, and is known by its address: two rows are one builtin if they are one `static`.
pub struct Builtin {
    pub signature: Signature,
    pub lower: Lower,
    pub needs: Option<Need>,
}

/// What a builtin needs of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Wherever it is used.
    Always(Cap),
    /// In some uses, which the text names: their vertices state it, or the lowering asks for it.
    Sometimes(Cap, &'static str),
}

/// How a builtin is evaluated.
pub enum Lower {
    /// From the chain's filesystem to the next one.
    Fs(fn(&mut Cx<'_>, Arc<Fs>, &Call) -> Result<Fs, Diagnostic>),
    String(fn(&mut Cx<'_>, &Call) -> Result<String, Diagnostic>),
    /// A value and its effects, of which one may be there without the other.
    Value(fn(&mut Cx<'_>, &Call) -> Result<Value, Diagnostic>),
    /// It is kept as an [`OptionCall`](super::OptionCall), for the builtin that it belongs to to read.
    Option,
    /// Runs its arguments after what came before.
    Stage,
    /// Takes the first of its arguments whose sources are there: each is evaluated on trial, and those after it never.
    FirstOf,
    /// The option of this row, with the image that the argument names, or with nothing if there is no such image.
    Portable(&'static Builtin),
    /// Known to the language, with no lowering yet.
    Unsupported,
}

impl Builtin {
    pub const fn new(signature: Signature, lower: Lower) -> Self {
        Self { signature, lower, needs: None }
    }

    /// This builtin, marked as newer than the language.
    pub const fn extension(mut signature: Signature, lower: Lower) -> Self {
        signature.origin = Origin::Extension;
        Self { signature, lower, needs: None }
    }

    /// The same builtin, which only some daemons have.
    pub const fn needing(mut self, cap: Cap) -> Self {
        self.needs = Some(Need::Always(cap));
        self
    }

    /// The same builtin, of which only some daemons have all: the text says when it needs the capability.
    pub const fn sometimes_needing(mut self, cap: Cap, when: &'static str) -> Self {
        self.needs = Some(Need::Sometimes(cap, when));
        self
    }

    /// The same builtin, suggested for the instruction of a Dockerfile.
    pub const fn known_as(mut self, instruction: &'static str) -> Self {
        self.signature.dockerfile = Some(Equivalent::Instruction(instruction));
        self
    }

    /// The same builtin, with what stands for it in a Dockerfile, as Markdown.
    pub const fn in_dockerfile(mut self, text: &'static str) -> Self {
        self.signature.dockerfile = Some(Equivalent::Other(text));
        self
    }

    /// An option of the builtin `of`.
    pub const fn option(
        of: &'static str,
        name: &'static str,
        params: &'static [Param],
        doc: &'static str,
    ) -> Self {
        Self::new(Signature::new(Kind::option(of), name, params, doc), Lower::Option)
    }

    /// An option without parameters, of the builtin `of`.
    pub const fn flag(of: &'static str, name: &'static str, doc: &'static str) -> Self {
        Self::option(of, name, &[], doc)
    }

    /// Whether both are the same builtin.
    pub fn is(&self, other: &'static Self) -> bool {
        std::ptr::eq(self, other)
    }
}
