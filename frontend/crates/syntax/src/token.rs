use crate::source::{FileId, Span};

/// The tokens of a file: they follow each other without a gap and cover all of it.
///
/// There are many, so each is kept in five bytes: where one ends the next one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    file: FileId,
    kinds: Vec<TokenKind>,
    /// Invariant: as many as kinds; ascending.
    ends: Vec<u32>,
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

impl Tokens {
    /// None yet; `capacity` is how many there will probably be.
    pub(super) fn new(file: FileId, capacity: usize) -> Self {
        Self { file, kinds: Vec::with_capacity(capacity), ends: Vec::with_capacity(capacity) }
    }

    /// Adds the token up to `end`.
    #[inline]
    pub(super) fn push(&mut self, kind: TokenKind, end: u32) {
        self.kinds.push(kind);
        self.ends.push(end);
    }

    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    #[inline]
    pub fn kind(&self, index: usize) -> Option<TokenKind> {
        self.kinds.get(index).copied()
    }

    #[inline]
    pub fn get(&self, index: usize) -> Option<Token> {
        let (kind, end) = (*self.kinds.get(index)?, *self.ends.get(index)?);
        // Before the first there is none, and no list has so many.
        let start = self.ends.get(index.wrapping_sub(1)).copied().unwrap_or_default();
        Some(Token { kind, span: Span::new(self.file, start, end) })
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Token> {
        self.up_to(self.len())
    }

    /// The tokens before an index, in their order.
    pub fn up_to(&self, index: usize) -> impl DoubleEndedIterator<Item = Token> {
        (0..index.min(self.len())).filter_map(|index| self.get(index))
    }

    /// The tokens from an index on.
    pub fn from(&self, index: usize) -> impl Iterator<Item = Token> {
        (index..self.len()).filter_map(|index| self.get(index))
    }

    /// The tokens of a kind, in the order of the text.
    pub fn of_kind(&self, kind: TokenKind) -> impl Iterator<Item = Token> {
        let kinds = self.kinds.iter().enumerate().filter(move |(_, it)| **it == kind);
        kinds.filter_map(|(index, _)| self.get(index))
    }

    /// The index of the first token of a kind from an index on.
    pub fn next_of_kind(&self, kind: TokenKind, from: usize) -> Option<usize> {
        let after = self.kinds.get(from..)?.iter().position(|it| *it == kind)?;
        Some(from + after)
    }

    /// Whether a token of this kind begins in a span.
    pub fn has(&self, kind: TokenKind, span: Span) -> bool {
        let within = self.at_or_after(span.start)..self.at_or_after(span.end);
        self.kinds.get(within).is_some_and(|kinds| kinds.contains(&kind))
    }

    /// The index of the first token that starts at this offset or later.
    pub fn at_or_after(&self, offset: u32) -> usize {
        match offset {
            0 => 0,
            _ => self.len().min(1 + self.ends.partition_point(|end| *end < offset)),
        }
    }
}

/// What a token is (language spec, sections 1.2 and 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    // Trivia.
    /// Spaces, tabs and carriage returns.
    Whitespace,
    /// One line feed, with the carriage return before it if there is one.
    Newline,
    /// `#` up to the line feed, which is a [`TokenKind::Newline`] of its own here.
    Comment,
    /// The byte-order mark at the very start of a file.
    ByteOrderMark,

    // Words.
    Import,
    Export,
    With,
    As,
    True,
    False,
    Decimal,
    PrefixedInt,
    Ident,

    // Punctuation.
    BraceOpen,
    BraceClose,
    ParenOpen,
    ParenClose,
    Comma,
    Semicolon,
    Dot,
    /// `=` before a parameter's default.
    Equals,

    // Strings.
    QuoteOpen,
    /// Empty where it is missing and the string ends nonetheless.
    QuoteClose,
    BacktickOpen,
    BacktickClose,
    /// A run of plain text in any string form.
    Text,
    /// A backslash and what it escapes.
    Escape,
    /// `${`
    InterpolationOpen,
    /// The `}` that closes an interpolation; empty where it is missing and the interpolation ends nonetheless.
    InterpolationClose,
    /// `<<WORD`, `<<-WORD`, `<<~WORD`, or one of them with the word in backticks.
    HeredocStart,
    /// The word that ends a heredoc.
    HeredocEnd,

    /// Text that is no token.
    Error,
}

impl TokenKind {
    /// Whether the grammar never sees it: spaces, comments and the mark at the start. Line feeds are seen.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::Comment | Self::ByteOrderMark)
    }

    /// Whether it only stands where a literal was opened before.
    pub fn is_inside_literal(self) -> bool {
        matches!(
            self,
            Self::QuoteClose
                | Self::BacktickClose
                | Self::Text
                | Self::Escape
                | Self::InterpolationOpen
                | Self::InterpolationClose
                | Self::HeredocEnd
        )
    }
}
