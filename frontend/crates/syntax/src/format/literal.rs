//! Numbers, strings and heredocs.

use super::{Lines, Printer};
use crate::source::Span;
use crate::tree::{Expr, IntLit, StringForm, StringLit, StringPart};

impl Printer<'_> {
    /// The base as it was, in lower case and without zeros in front.
    pub(super) fn int(&mut self, lit: &IntLit) {
        let text = self.tree.text.get(lit.span.range()).unwrap_or_default();
        let value = lit.value;
        let text = match text.as_bytes().get(1) {
            Some(b'b' | b'B') => format!("0b{value:b}"),
            Some(b'o' | b'O') => format!("0o{value:o}"),
            Some(b'x' | b'X') => format!("0x{value:x}"),
            _ => value.to_string(),
        };
        self.write(&text);
    }

    /// The text as it is written; only what is interpolated is laid out.
    pub(super) fn string(&mut self, lit: &StringLit) {
        match lit.form {
            StringForm::Raw => self.verbatim(lit.span),
            StringForm::Quoted => {
                self.write("\"");
                for part in &lit.parts {
                    match part {
                        StringPart::Text { span, .. } => self.verbatim(*span),
                        StringPart::Interpolation { expr, .. } => self.interpolation(expr),
                    }
                }
                self.write("\"");
            }
            StringForm::Heredoc { raw, .. } => self.heredoc(lit, Body { raw }),
        }
    }

    fn interpolation(&mut self, expr: &Expr) {
        self.write("${");
        self.expr(expr);
        self.write("}");
    }

    fn heredoc(&mut self, lit: &StringLit, body: Body) {
        let text = self.tree.text.get(lit.span.range()).unwrap_or_default();
        let word = heredoc_word(text);
        let start = text.find(word).map_or(0, |at| at + word.len() + usize::from(body.raw));
        self.write(&text[..start]);
        let body_start = self.out.len();
        for part in &lit.parts {
            match part {
                StringPart::Text { span, .. } => self.verbatim(*span),
                StringPart::Interpolation { span, expr } => {
                    let on_first_line = !self.out[body_start..].contains('\n');
                    self.heredoc_interpolation(*span, expr, on_first_line);
                }
            }
        }
        self.heredoc_end(body_start, lit, body);
        self.write(word);
    }

    fn heredoc_interpolation(&mut self, span: Span, expr: &Expr, on_first_line: bool) {
        if !self.breaks.may_lay_out(self.tree, span, on_first_line) {
            return self.verbatim(span);
        }
        let around = self.lines;
        if !self.breaks.has_comment(span) {
            self.lines = Lines::One;
        }
        self.interpolation(expr);
        self.lines = around;
    }

    /// What comes before the word that ends a heredoc: on a line of its own it is indented like the statement. Tabs
    /// and line feeds there are no part of the value. If it stood at the end of a longer line, it gets its own: once
    /// it is the first of a line, another line may no longer be taken for the end.
    fn heredoc_end(&mut self, body_start: usize, lit: &StringLit, body: Body) {
        let text = self.tree.text.get(lit.span.range()).unwrap_or_default();
        if !text.contains('\n') {
            return;
        }
        let written = &self.out[body_start..];
        let line = written.rsplit('\n').next().unwrap_or_default();
        let ends_in_text = matches!(lit.parts.last(), Some(StringPart::Text { .. }));
        let alone = ends_in_text && line.trim_start_matches([' ', '\t', '\r']).is_empty();
        if alone && body.raw {
            return;
        }
        let kept = written.trim_end_matches('\t');
        // A carriage return is a part of the value, but would not be before a line feed.
        if !alone && kept.ends_with('\r') {
            return;
        }
        let kept = body_start + kept.len();
        self.out.truncate(kept);
        if !alone {
            self.line_break();
        }
        self.write_indent();
    }
}

/// How the text of a heredoc is read.
#[derive(Clone, Copy)]
struct Body {
    raw: bool,
}

/// The word of a heredoc, which is also the end of its text.
fn heredoc_word(text: &str) -> &str {
    let start = text.trim_start_matches(['<', '-', '~', '`']);
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    &start[..start.find(|it| !is_word(it)).unwrap_or(start.len())]
}
