//! What people write who come from a Dockerfile, a shell or another language, and what to write here instead.
//!
//! In: the text of a line. Out: help. The tables know the builtins by name, since a help says what to type; nothing else
//! here does. Whether a line is wrong at all, the parser and the checker say. Start at [`instruction()`].

mod declaration;
mod flag;
mod instruction;
mod shown;
mod statement;
mod words;

pub use declaration::declaration;
pub use flag::{Flag, OptionCall};
pub use instruction::instruction;
pub(crate) use shown::MAX_SHOWN;
pub use shown::{command, quoted};
pub use statement::{is_shell_command, statement};
pub use words::{logical_line, start_of};

/// Whether a word is a kind of HLB: one that begins a function.
pub(crate) fn is_kind(word: &str) -> bool {
    const KINDS: [&str; 7] = ["bool", "fs", "group", "int", "option", "pipeline", "string"];
    KINDS.contains(&word) || word.starts_with("option::")
}

/// Where something of another language stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Outside of functions.
    File,
    /// Among the statements of a block.
    Block,
}
