//! Diagnostics: what is wrong, where, and what to do about it; and how that is shown.
//!
//! In: errors that the other layers find. Out: text for a terminal, JSON, and summaries. No rule lives here: each
//! declares its [`Code`] beside the logic that finds it. Start at [`Diagnostic`].

mod json;
mod line;
mod model;
mod terminal;

pub use json::render_json;
pub use line::{render_line, render_line_with_help};
pub use model::{At, Code, Diagnostic, Label, Severity};
pub use terminal::{Color, render_terminal};
