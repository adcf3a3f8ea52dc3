//! Values: what an expression stands for.
//!
//! A value never changes, and shares what it has in common with the values that it was made from: a program makes many
//! that differ by one thing each. Start at [`Value`].

mod chain;
mod checks;
mod fs;
mod identity;
mod list;
mod stage;
mod variables;

use std::sync::Arc;

use hlb_syntax::diagnostic::Diagnostic;

pub use chain::Chain;
pub use checks::Checks;
pub use fs::{Fs, join};
pub(crate) use identity::same_values;
pub use list::{Item, List, Options};
pub use stage::{Part, PartKind, Pipeline, Stage};
pub use variables::{Reset, Variables};

/// What an expression stands for.
#[derive(Clone, Debug, Default)]
pub enum Value {
    Fs(Arc<Fs>),
    String(Arc<str>),
    Int(i64),
    Bool(bool),
    Options(Options),
    Pipeline(Pipeline),
    /// What a variadic parameter was given.
    Variadic(Arc<[Value]>),
    /// Made from an answer that is outstanding. So is all that is made from it: nothing is asked or reported about it.
    Pending,
    /// What a builtin can't give although its effects are there; why is reported to whoever needs it.
    Lacking(Arc<Diagnostic>),
    /// Already reported as wrong: accepted in silence everywhere.
    #[default]
    Unknown,
}

impl Value {
    /// The text of a value in an interpolation; `None` if it has none.
    pub fn text(&self) -> Option<Arc<str>> {
        Some(match self {
            Self::String(text) => text.clone(),
            Self::Int(value) => value.to_string().into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Variadic(values) => {
                values.iter().map(Self::text).collect::<Option<Vec<_>>>()?.join(" ").into()
            }
            _ => return None,
        })
    }

    /// How much it holds, in bytes: what an evaluation is charged for reading it.
    pub(crate) fn weight(&self) -> u64 {
        match self {
            Self::String(text) => text.len() as u64,
            Self::Options(options) => options.weight(),
            Self::Pipeline(stages) => stages.weight(),
            Self::Variadic(values) => weight(&**values),
            Self::Fs(_) | Self::Int(_) | Self::Bool(_) => 0,
            Self::Pending | Self::Lacking(_) | Self::Unknown => 0,
        }
    }

    /// Whether it waits for an answer, or a part of it does.
    pub(crate) fn is_pending(&self) -> bool {
        match self {
            Self::Pending => true,
            Self::Variadic(values) => values.iter().any(Self::is_pending),
            _ => false,
        }
    }
}

/// How much values in a row hold, in bytes; each counts for something besides what it holds.
pub(crate) fn weight<'v>(values: impl IntoIterator<Item = &'v Value>) -> u64 {
    const VALUE_BYTES: u64 = 32;
    let bytes = values.into_iter().map(|value| VALUE_BYTES.saturating_add(value.weight()));
    bytes.fold(0, u64::saturating_add)
}
