//! Names where they are declared.

use super::Parser;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::tree::Name;

/// A `-` in a name that is declared.
pub static DASH_IN_NAME: Code = Code::error("HLB0052", "dash-in-name");

impl Parser<'_> {
    /// Takes what is written on to a name that is declared; whether there is something, and the name is another one.
    pub(super) fn end_of_name(&mut self, name: &mut Name) -> bool {
        let is_dash = self.is_glued_to_error() && self.text_of(self.here()).starts_with('-');
        if is_dash {
            let rest = self.text_after(name.span.start);
            let is_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
            let word = rest.split(|it| !is_word(it)).next().unwrap_or_default();
            let span = Span { end: name.span.start + word.len() as u32, ..name.span };
            let found = DASH_IN_NAME.at(span, format!("name `{word}`: a name has no `-`"));
            let help = format!("write `{}`", word.replace('-', "_"));
            self.report(found.help(help));
            self.recovery.note_dashed(span);
            *name = self.name(span);
        }
        self.skip_glued_errors()
    }
}
