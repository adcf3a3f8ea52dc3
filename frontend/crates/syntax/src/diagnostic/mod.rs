//! Diagnostics: errors and warnings with their spans and help, and how they are rendered.
//!
//! In: errors that the other layers find. Out: text for a terminal, JSON, and summaries. No rule lives here: each
//! declares its [`Code`] beside the logic that finds it. Start at [`Diagnostic`]; "did you mean" is in `suggest`.

mod excerpt;
mod json;
mod line;
mod model;
mod suggest;
mod terminal;
mod text;

pub use json::render_json;
pub use line::{render_line, render_line_with_help, render_lines};
pub use model::{At, Code, Diagnostic, Label, Note, Severity};
pub use suggest::{SuggestionBudget, choices, did_you_mean, nearest, nearest_name};
pub use terminal::{Color, render_terminal};
