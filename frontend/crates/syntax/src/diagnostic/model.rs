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
