//! Parts of a file's own text, without a copy of it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::source::Span;

/// An identifier where it stands.
#[derive(Clone)]
pub struct Name {
    /// In two steps, since there are very many names: it is half as large.
    text: Arc<Arc<str>>,
    pub span: Span,
}

/// The value of a literal's text: a slice of the file where nothing had to be decoded.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    AsWritten(Name),
    Decoded(Box<str>),
}

impl Name {
    /// Makes the name that stands at `span` of a file with this text.
    pub fn new(text: &Arc<Arc<str>>, span: Span) -> Self {
        Self { text: text.clone(), span }
    }

    #[inline]
    pub fn text(&self) -> &str {
        self.text.get(self.span.range()).unwrap_or_default()
    }
}

impl Text {
    /// The text that stands at `span` of a file, as it is.
    pub fn as_written(text: &Arc<Arc<str>>, span: Span) -> Self {
        Self(Repr::AsWritten(Name::new(text, span)))
    }

    /// A text that the file holds in another form.
    pub fn decoded(value: impl Into<Box<str>>) -> Self {
        Self(Repr::Decoded(value.into()))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Repr::AsWritten(slice) => slice.text(),
            Repr::Decoded(value) => value,
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}", self.text(), self.span.start)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
