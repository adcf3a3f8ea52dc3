//! Source files: their text, the spans in it, and the line and column of an offset.
//!
//! In: the text of HLB files, from wherever they were read. Out: [`Span`]s that everything downstream carries.
//! Knows nothing of the language. Start at [`Sources`].

mod file;
mod span;

pub use file::{File, Position, Sources};
pub use span::{FileId, Span};

/// The name of the language, as BuildKit's source maps and clients have it.
pub const LANGUAGE: &str = "HLB";
