//! Statements: a call with its arguments, or a value; and where they end.

use super::{Parser, exact};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Args, Expr, Path, Stmt};

/// A call in parentheses where a statement stands.
pub static PARENTHESIZED_CALL: Code = Code::error("HLB0035", "parenthesized-call");

/// A comma between the arguments of a statement.
pub static COMMA_BETWEEN_ARGUMENTS: Code = Code::error("HLB0037", "comma-between-arguments");

impl Parser<'_> {
    /// `call_stmt = name { expr } [ "with" expr ] [ "as" [ IDENT | bind_list ] ] [ end ] ;`
    pub(super) fn call_stmt(&mut self) -> Stmt {
        let doc = self.doc();
        let start = self.here();
        let path = self.path();
        let path = match path {
            Ok(path) if path.member.is_none() && self.is_at(TokenKind::BraceOpen) => {
                return self.block_stmt(path);
            }
            Ok(path) if !self.is_glued_to_error() && !self.is_at_assignment() => Ok(path),
            Ok(path) => Err(path.span),
            Err(span) => Err(span),
        };
        let args = match &path {
            Ok(path) if self.is_at(TokenKind::ParenOpen) => self.parenthesized(path),
            _ => self.stmt_args(),
        };
        let is_wrong = path.is_err() || args.iter().any(|arg| matches!(arg, Expr::Error(_)));
        let stmt = self.clauses(start, doc, path, args);
        // After an error, what stands before the end may be a part of that error.
        match is_wrong {
            true => drop(self.take_end()),
            false => self.end(),
        }
        stmt
    }

    /// `{ expr }` up to a clause or the end of a statement.
    fn stmt_args(&mut self) -> Vec<Expr> {
        let mut args = self.spare_args.pop().unwrap_or_default();
        self.each_stmt_arg(&mut args);
        let exact = exact(&mut args);
        self.spare_args.push(args);
        exact
    }

    fn each_stmt_arg(&mut self, args: &mut Vec<Expr>) {
        let mut comma_reported = false;
        loop {
            match self.peek() {
                Some(TokenKind::Error) => self.error_arg(args),
                Some(TokenKind::Comma) => {
                    let comma = self.bump();
                    if !comma_reported && !args.iter().any(|arg| self.is_bracket(arg)) {
                        self.report(
                            COMMA_BETWEEN_ARGUMENTS
                                .at(comma, "comma between the arguments of a statement")
                                .help("separate them with spaces only"),
                        );
                    }
                    comma_reported = true;
                }
                // Nothing is open that it could close.
                Some(TokenKind::ParenClose) if !self.open.is_in_list() => {
                    self.unexpected("the end of the statement");
                    args.push(Expr::Error(self.bump()));
                }
                _ => match self.expr() {
                    Some(arg) => {
                        let cut = match &arg {
                            Expr::Call(call) => call.args.as_ref().map(|list| list.span),
                            _ => None,
                        };
                        args.push(arg);
                        // A list without its end has the other arguments in it.
                        args.extend(cut.filter(|list| self.is_cut(*list)).map(Expr::Error));
                    }
                    None => return,
                },
            }
        }
    }

    /// Whether a list in brackets begins here, which is one error with all that is in it.
    fn is_bracket(&self, arg: &Expr) -> bool {
        matches!(arg, Expr::Error(span) if self.text_of(*span).starts_with('['))
    }

    /// A call in parentheses, which only an expression may be; its arguments count as those of the statement.
    fn parenthesized(&mut self, path: &Path) -> Vec<Expr> {
        let open = self.bump();
        let Args { args, span } = self.args(open);
        let texts: Vec<&str> = args.iter().map(|arg| self.text_of(arg.span())).collect();
        let plain = texts.iter().all(|text| !text.contains('\n'));
        let plain = plain && !args.iter().any(|arg| matches!(arg, Expr::Error(_)));
        let help = if plain {
            let words: Vec<&str> = std::iter::once(self.text_of(path.span)).chain(texts).collect();
            format!("write `{}`", words.join(" "))
        } else {
            "write the arguments after the name, without parentheses and commas".to_owned()
        };
        let at = Span { end: open.end, ..span };
        let message = format!("call of `{path}` in parentheses as a statement");
        self.report(PARENTHESIZED_CALL.at(at, message).help(help));
        args
    }

    /// `value_stmt = expr [ end ] ;`
    pub(super) fn value_stmt(&mut self) -> Stmt {
        let start = self.here();
        let value = self.expr().unwrap_or(Expr::Error(start));
        self.end();
        Stmt::Value(value)
    }

    /// `end = ";" | NEWLINE | COMMENT ;`
    ///
    /// It may be left out where the next statement can't be taken for a part of this one. What stands there instead is
    /// reported.
    pub(super) fn end(&mut self) {
        if let Some(found) = self.take_end() {
            self.recovery.push(found);
        }
    }

    /// Takes the end of a statement. Tokens before the end are skipped, and the error for them is returned.
    fn take_end(&mut self) -> Option<Diagnostic> {
        use TokenKind::{BraceClose, Ident, InterpolationClose, Newline, ParenClose, Semicolon};
        match self.peek() {
            None | Some(BraceClose | InterpolationClose | Ident) => None,
            Some(ParenClose) if self.open.is_in_list() => None,
            Some(Newline | Semicolon) => {
                self.bump();
                None
            }
            Some(kind) if is_literal(kind) => None,
            Some(_) => {
                let found = self.is_unexpected("the end of the statement");
                let has_error = self.skip_stmt();
                found.filter(|_| !has_error)
            }
        }
    }

    /// Skips the rest of a statement and its end. Returns whether an error token was in it.
    pub(super) fn skip_stmt(&mut self) -> bool {
        let has_error = self.skip_to(&[TokenKind::Newline, TokenKind::Semicolon]);
        if matches!(self.peek(), Some(TokenKind::Newline | TokenKind::Semicolon)) {
            self.bump();
        }
        has_error
    }
}

/// Whether a token begins a literal.
pub(super) fn is_literal(kind: TokenKind) -> bool {
    use TokenKind::{BacktickOpen, Decimal, False, HeredocStart, PrefixedInt, QuoteOpen, True};
    matches!(kind, Decimal | PrefixedInt | True | False | QuoteOpen | BacktickOpen | HeredocStart)
}
