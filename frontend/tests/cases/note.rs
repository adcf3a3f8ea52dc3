//! Notes: the `#~` lines of a program, which say what the program line below them must be found guilty of.
//!
//! Notes are never read: they are cut out, written anew from what was found, and the two texts compared.

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{File, FileId, Span};

/// Which parts of a diagnostic a case file expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The message: better labels, help and notes change no case.
    Message,
    /// Labels, help and notes too: for the pages of the codes.
    All,
}

/// One `#~` line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Note {
    /// The program line that it is about, from 1.
    line: u32,
    text: String,
}

/// The program without its notes.
pub fn cut(annotated: &str) -> String {
    annotated.split_inclusive('\n').filter(|line| !is_note(line)).collect()
}

fn is_note(line: &str) -> bool {
    line.trim_start().starts_with("#~")
}

/// The program with notes of what was found in this file.
pub fn annotate(
    program: &str,
    id: FileId,
    file: &File,
    found: &[Diagnostic],
    detail: Detail,
) -> String {
    let mut notes: Vec<Note> = found.iter().flat_map(|it| notes_of(it, id, file, detail)).collect();
    notes.sort_by_key(|note| note.line);
    let mut notes = notes.into_iter().peekable();
    let mut out = String::new();
    for (line, number) in program.split_inclusive('\n').zip(1..) {
        while let Some(note) = notes.next_if(|note| note.line <= number) {
            out += &note.text;
        }
        out += line;
    }
    if notes.peek().is_some() && !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.extend(notes.map(|note| note.text));
    out
}

fn notes_of(diagnostic: &Diagnostic, id: FileId, file: &File, detail: Detail) -> Vec<Note> {
    let note = |kind: &str, span: Option<Span>, text: &str| {
        let code = diagnostic.code.id;
        let (line, place) = match span {
            None => (0, String::new()),
            Some(span) => place(file, span),
        };
        Note { line, text: format!("#~ {kind}[{code}]{place}: {text}\n") }
    };
    let here = |span: &Span| span.file == id;
    let mut notes = Vec::new();
    if diagnostic.span.as_ref().is_none_or(here) {
        let severity = diagnostic.severity.word();
        notes.push(note(severity, diagnostic.span, &diagnostic.message));
        if detail == Detail::All {
            let plain = |kind: &str, text: &String| {
                let line = note(kind, diagnostic.span, text).line;
                Note { line, text: format!("#~ {kind}[{}]: {text}\n", diagnostic.code.id) }
            };
            notes.extend(diagnostic.help.iter().map(|help| plain("help", help)));
            notes.extend(diagnostic.facts().map(|fact| plain("note", fact)));
        }
    }
    if detail == Detail::All {
        let labels = diagnostic.labels.iter().map(|label| ("label", label));
        let labels = labels.chain(diagnostic.calls().map(|call| ("call", call)));
        let labels = labels.filter(|(_, label)| here(&label.span));
        notes.extend(labels.map(|(kind, label)| note(kind, Some(label.span), &label.text)));
    }
    notes
}

/// The line of a span, and its columns as a note writes them: ` 2-6`, ` 2` if it is empty, and ` 2-+3:6` if it ends
/// three lines further down.
fn place(file: &File, span: Span) -> (u32, String) {
    let (start, end) = (file.position(span.start), file.position(span.end));
    let columns = match end.line - start.line {
        0 if start == end => format!(" {}", start.column),
        0 => format!(" {}-{}", start.column, end.column),
        down => format!(" {}-+{down}:{}", start.column, end.column),
    };
    (start.line, columns)
}
