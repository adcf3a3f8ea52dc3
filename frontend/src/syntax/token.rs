use crate::source::Span;

/// One token; the tokens of a file follow each other without a gap and cover all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

/// What a token is (language spec, sections 1.2 and 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    // Trivia.
    /// Blanks, tabs and carriage returns.
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
    /// Whether the grammar never sees it: blanks, comments and the mark at the start. Line feeds are seen.
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
