use super::text::readable;
use crate::source::Span;

/// An error in a program, or a warning about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static Code,
    /// That of the code, unless whoever builds wants warnings to be errors.
    pub severity: Severity,
    /// The smallest span that has the error; `None` where no source can be named, such as for a frontend option.
    pub span: Option<Span>,
    /// One line, lower case, no full stop; source text in backticks. What that text may be is bounded and visible here.
    pub message: String,
    /// Other spans that matter, each with a few words.
    pub labels: Vec<Label>,
    /// What to type instead; imperative.
    pub help: Vec<String>,
    /// What explains it, a line each. Boxed, since most have none, and an `Err` of 128 bytes is too large to be moved.
    pub notes: Box<[Note]>,
}

/// Something that explains a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    Fact(String),
    /// A call that led there, with a few words on where it stands; the innermost comes first.
    Call(Label),
}

/// The stable identity of a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Such as `HLB0201`; never reused for another rule.
    pub id: &'static str,
    /// Such as `unknown-name`; reads well after "allow".
    pub name: &'static str,
    /// What its diagnostics are at first.
    pub severity: Severity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A secondary span with a few words on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Code {
    /// An error: the program can't be built.
    pub const fn error(id: &'static str, name: &'static str) -> Self {
        Self { id, name, severity: Severity::Error }
    }

    /// A warning: the program builds.
    pub const fn warning(id: &'static str, name: &'static str) -> Self {
        Self { id, name, severity: Severity::Warning }
    }

    /// A diagnostic of this rule at a span.
    pub fn at(&'static self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span: Some(span), ..self.without_span(message) }
    }

    /// A diagnostic of this rule about something that has no source text.
    pub fn without_span(&'static self, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self,
            severity: self.severity,
            span: None,
            message: readable(message.into()),
            labels: Vec::new(),
            help: Vec::new(),
            notes: Box::default(),
        }
    }

    /// Whether a user means this code, by its id or its name.
    pub fn is_named(&self, word: &str) -> bool {
        word == self.id || word == self.name
    }
}

impl Diagnostic {
    /// Adds a secondary span.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: readable(text.into()) });
        self
    }

    /// Adds advice.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(readable(text.into()));
        self
    }

    /// Adds a fact.
    pub fn note(self, text: impl Into<String>) -> Self {
        self.explained(Note::Fact(readable(text.into())))
    }

    /// Adds a call outside of those that are there.
    pub fn call(self, span: Span, text: impl Into<String>) -> Self {
        self.explained(Note::Call(Label { span, text: readable(text.into()) }))
    }

    fn explained(mut self, note: Note) -> Self {
        let mut notes = Vec::from(std::mem::take(&mut self.notes));
        notes.push(note);
        self.notes = notes.into();
        self
    }

    /// The facts.
    pub fn facts(&self) -> impl Iterator<Item = &String> {
        self.notes.iter().filter_map(|note| match note {
            Note::Fact(text) => Some(text),
            Note::Call(_) => None,
        })
    }

    /// The calls that led there, the innermost first.
    pub fn calls(&self) -> impl Iterator<Item = &Label> {
        self.notes.iter().filter_map(|note| match note {
            Note::Fact(_) => None,
            Note::Call(call) => Some(call),
        })
    }

    /// Whether both say the same of the same span; other calls may have led there.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.code, self.severity, self.span) == (other.code, other.severity, other.span)
            && self.message == other.message
            && self.labels == other.labels
            && self.help == other.help
            && self.facts().eq(other.facts())
    }

    /// Puts what this is about before the message.
    pub fn about(self, subject: &str) -> Self {
        Self { message: readable(format!("{subject}: {}", self.message)), ..self }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Turns the plain error of something that does not know where its text stood into a diagnostic.
pub trait At<T> {
    /// Puts the error at `span` under `code`, its text as the message.
    fn at(self, code: &'static Code, span: Span) -> Result<T, Diagnostic>;
}

impl<T, E: std::fmt::Display> At<T> for Result<T, E> {
    fn at(self, code: &'static Code, span: Span) -> Result<T, Diagnostic> {
        self.map_err(|error| code.at(span, error.to_string()))
    }
}
