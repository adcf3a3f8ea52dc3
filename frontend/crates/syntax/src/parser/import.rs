//! Imports and exports.

use super::Parser;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Export, Expr, Import, Name};

/// An import from a call that is written as a statement.
pub static STATEMENT_STYLE_IMPORT: Code = Code::error("HLB0031", "statement-style-import");

impl Parser<'_> {
    /// `import = "import" IDENT ( string | "from" expr ) ;`
    pub(super) fn import(&mut self) -> Option<Import> {
        let start = self.bump();
        let Some(mut name) = self.eat_name() else {
            self.no_import_name();
            return None;
        };
        if self.end_of_name(&mut name) {
            self.recovery.note_incomplete();
        }
        let from = self.eat_word("from");
        let source = match from {
            None if self.is_at(TokenKind::QuoteOpen) => self.expr(),
            None => {
                if let Some(found) = self.is_unexpected("`from`") {
                    let help = format!("write `import {name} from \"./{name}.hlb\"`");
                    self.report(match self.peek() {
                        None | Some(TokenKind::Newline) if !self.is_from_below() => {
                            found.help(help)
                        }
                        _ => found,
                    });
                }
                match self.eat_from_below() {
                    None => return Some(self.import_without_source(start, name, None)),
                    Some(_) => self.expr(),
                }
            }
            Some(_) => self.expr(),
        };
        let Some(source) = source else {
            self.unexpected("what to import from");
            return Some(self.import_without_source(start, name, from));
        };
        let source = self.import_from_statement(source);
        Some(Import { span: self.since(start), name, from, source })
    }

    /// An import of other languages: what to import, and the name of nothing.
    fn no_import_name(&mut self) {
        if let Some(found) = self.is_unexpected("the name of the import") {
            self.report(match self.peek() {
                Some(TokenKind::QuoteOpen | TokenKind::ParenOpen | TokenKind::BraceOpen) => {
                    found.help("write `import NAME from \"./FILE.hlb\"`")
                }
                _ => found,
            });
        }
        self.skip_to(&[TokenKind::Newline, TokenKind::Import, TokenKind::Export]);
    }

    /// A `from` that begins the next line.
    fn eat_from_below(&mut self) -> Option<Span> {
        (self.is_from_below() && self.goes_on_below(&[TokenKind::Ident])).then(|| self.bump())
    }

    fn is_from_below(&self) -> bool {
        let later = self.after_next().find(|token| token.kind != TokenKind::Newline);
        later.is_some_and(|later| self.text_of(later.span) == "from")
    }

    /// The name stays declared, so that it is known where it is used.
    fn import_without_source(&mut self, start: Span, name: Name, from: Option<Span>) -> Import {
        let at = self.here();
        self.skip_to(&[TokenKind::Newline, TokenKind::Import, TokenKind::Export]);
        Import { span: self.since(start), name, from, source: Expr::Error(at) }
    }

    /// A literal after the expression is meant as its argument: nothing else can begin with one there.
    fn import_from_statement(&mut self, source: Expr) -> Expr {
        let Expr::Call(call) = &source else { return source };
        if call.args.is_some() || !self.is_literal_ahead() {
            return source;
        }
        let callee = call.path.to_string();
        let first = self.here();
        while self.is_literal_ahead() {
            self.expr();
        }
        let span = self.since(first);
        let message = format!("import from `{callee}`: its arguments need parentheses");
        let diagnostic = STATEMENT_STYLE_IMPORT.at(span, message);
        let args = self.text_of(span);
        let help = if args.contains('\n') {
            format!("write the arguments in parentheses, as in `{callee}(…)`")
        } else {
            format!("write `{callee}({args})`")
        };
        self.recovery.push(diagnostic.help(help));
        Expr::Error(self.since(source.span()))
    }

    /// `export = "export" IDENT ;`
    pub(super) fn export(&mut self) -> Option<Export> {
        let start = self.bump();
        let name = self.eat_name().or_else(|| {
            self.unexpected("the name to export");
            self.goes_on_below(&[TokenKind::Ident, TokenKind::Newline]);
            self.eat_name()
        })?;
        if self.skip_glued_errors() {
            return None;
        }
        Some(Export { span: self.since(start), name })
    }
}
