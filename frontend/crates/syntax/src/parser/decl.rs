//! Declarations: imports, exports and functions.

use super::Parser;
use super::list::List;
use super::open::Open;
use super::recover::UNEXPECTED_TOKEN;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Block, Decl, Export, Expr, Func, Import, Name, Param, Params};

/// The `{` of a function's body on another line than its signature.
pub static BODY_ON_NEXT_LINE: Code = Code::error("HLB0030", "body-on-next-line");

/// An import from a call that is written as a statement.
pub static STATEMENT_STYLE_IMPORT: Code = Code::error("HLB0031", "statement-style-import");

/// What a list of parameters declares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Parameters,
    Effects,
}

impl Parser<'_> {
    /// `module = { decl } EOF ;`
    pub(super) fn module(&mut self) -> Vec<Decl> {
        let mut decls = Vec::new();
        loop {
            match self.peek() {
                None if self.recovery.is_cut(self.at) => self.recovery.resume(),
                None => return decls,
                Some(TokenKind::Newline) => {
                    self.bump();
                }
                Some(_) => {
                    let decl = self.decl(decls.last());
                    if matches!(decl, Decl::Error(_)) {
                        self.recovery.note_incomplete();
                    }
                    match (decl, decls.last_mut()) {
                        (Decl::Error(span), Some(Decl::Error(before))) => *before = before.to(span),
                        (decl, _) => decls.push(decl),
                    }
                }
            }
        }
    }

    /// `decl = import | export | func | NEWLINE | comments ;`
    fn decl(&mut self, previous: Option<&Decl>) -> Decl {
        let start = self.here();
        if let Some(Decl::Func(func)) = previous
            && func.body.is_none()
            && self.is_body_ahead()
        {
            return self.body_without_brace(func.span);
        }
        // More of what was reported before: lines of a body that ended too early, and its `}`.
        let goes_on = matches!(previous, Some(Decl::Error(_)))
            && (self.is_indented() || self.is_at(TokenKind::BraceClose));
        let mark = self.recovery.mark();
        let decl = match self.peek() {
            Some(TokenKind::Import) => self.import().map(|it| Decl::Import(Box::new(it))),
            Some(TokenKind::Export) => self.export().map(Decl::Export),
            Some(TokenKind::Ident) => self.func(previous).map(|it| Decl::Func(Box::new(it))),
            // A declaration seemed to begin inside a literal, which goes on here: something in it is not closed, and
            // that has been reported.
            Some(kind) if kind.is_inside_literal() => None,
            // One too many was reported before this one.
            Some(TokenKind::BraceClose | TokenKind::ParenClose) if self.follows_error(previous) => {
                None
            }
            _ => {
                self.unexpected("`import`, `export` or a function");
                None
            }
        };
        decl.unwrap_or_else(|| {
            if goes_on {
                self.recovery.truncate(mark);
            }
            self.skip_decl(start);
            Decl::Error(self.since(start))
        })
    }

    /// Whether nothing but line feeds is between the next token and an error.
    fn follows_error(&self, previous: Option<&Decl>) -> bool {
        let Some(Decl::Error(error)) = previous else { return false };
        let between = self.text.get(error.end as usize..self.here().start as usize);
        between.is_some_and(|text| text.trim().is_empty())
    }

    /// Skips the rest of a declaration: up to the end of its line, or of the block that begins on it.
    fn skip_decl(&mut self, start: Span) {
        use TokenKind::{BraceClose, BraceOpen, Newline};
        self.skip_to(&[Newline, BraceOpen]);
        // A brace that closes nothing is a part of what was reported.
        while self.is_at(BraceClose) && self.here().start > start.start {
            self.bump();
            self.skip_to(&[Newline, BraceOpen]);
        }
        if self.eat(BraceOpen).is_some() {
            self.skip_inside(BraceClose);
        }
        // Something is always taken, be it a brace that closes nothing.
        if self.here().start == start.start && !self.recovery.is_cut(self.at) {
            self.bump();
        }
    }

    /// `import = "import" IDENT ( string | "from" expr ) ;`
    fn import(&mut self) -> Option<Import> {
        let start = self.bump();
        let Some(name) = self.eat_name() else {
            self.unexpected("the name of the import");
            return None;
        };
        if self.skip_glued_errors() {
            self.recovery.note_incomplete();
        }
        let from = self.eat_word("from");
        let source = match from {
            None if self.is_at(TokenKind::QuoteOpen) => self.expr(),
            None => {
                self.unexpected("`from`");
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

    /// A `from` that begins the next line.
    fn eat_from_below(&mut self) -> Option<Span> {
        let later = self.after_next().find(|token| token.kind != TokenKind::Newline)?;
        let is_from = self.text_of(later.span) == "from";
        (is_from && self.goes_on_below(&[TokenKind::Ident])).then(|| self.bump())
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
    fn export(&mut self) -> Option<Export> {
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

    /// `func = signature [ block ] ;`
    ///
    /// `signature = kind IDENT params [ "binds" params ] ;`
    fn func(&mut self, previous: Option<&Decl>) -> Option<Func> {
        let doc = self.doc();
        let start = self.here();
        let kind = self.eat_name()?;
        let glued = self.skip_glued_errors();
        let name = self.eat_name().or_else(|| {
            self.no_func_name(&kind, previous);
            self.goes_on_below(&[TokenKind::Ident, TokenKind::ParenOpen]);
            self.eat_name()
        })?;
        if self.skip_glued_errors() || glued {
            self.recovery.note_incomplete();
        }
        let params = match self.list_open("`(`", |parser| parser.no_params(&name)) {
            Some(open) => self.params(open, Role::Parameters),
            None => {
                if !self.is_at(TokenKind::BraceOpen) {
                    return None;
                }
                Params { span: name.span.after(), params: Vec::new(), incomplete: true }
            }
        };
        let effects = match self.eat_word("binds") {
            None => None,
            Some(_) => match self.list_open("`(` and the effects", |_| None) {
                Some(open) => Some(self.params(open, Role::Effects)),
                None => Some(Params { span: self.here(), params: Vec::new(), incomplete: true }),
            },
        };
        let body = self.body();
        Some(Func { span: self.since(start), doc, kind, name, params, effects, body })
    }

    /// The `(` of a list in a signature, also where it is wrongly on a later line.
    fn list_open(
        &mut self,
        expected: &str,
        help: impl FnOnce(&Self) -> Option<String>,
    ) -> Option<Span> {
        self.eat(TokenKind::ParenOpen).or_else(|| {
            if let Some(found) = self.is_unexpected(expected) {
                let help = help(self);
                self.report(help.into_iter().fold(found, |found, help| found.help(help)));
            }
            self.goes_on_below(&[TokenKind::ParenOpen]);
            self.eat(TokenKind::ParenOpen)
        })
    }

    /// What to write where a name has no parameters behind it.
    fn no_params(&self, name: &Name) -> Option<String> {
        match self.peek() {
            Some(TokenKind::BraceOpen) => {
                Some(format!("write `{name}()` for a function without parameters"))
            }
            _ if self.is_open_below(TokenKind::ParenOpen) => None,
            _ => Some("write statements in a function, as in `fs default() { … }`".to_owned()),
        }
    }

    /// One word where a function would begin with two.
    fn no_func_name(&mut self, kind: &Name, previous: Option<&Decl>) {
        let expected = format!("a name after the kind `{kind}`");
        let Some(diagnostic) = self.is_unexpected(&expected) else { return };
        let between = |decl: &Decl| match decl {
            Decl::Export(export) => {
                self.text.get(export.span.end as usize..kind.span.start as usize)
            }
            _ => None,
        };
        let same_line = previous.and_then(between).is_some_and(|text| !text.contains('\n'));
        self.report(match same_line {
            true => diagnostic.help(format!("write `export {kind}` on a line of its own")),
            false => diagnostic,
        });
    }

    /// The body of a function, also where its brace is wrongly on a later line.
    fn body(&mut self) -> Option<Block> {
        if self.is_at(TokenKind::BraceOpen) {
            return Some(self.block(Open::Block));
        }
        let later = self.after_next().find(|token| token.kind != TokenKind::Newline);
        let is_brace = later.is_some_and(|token| token.kind == TokenKind::BraceOpen);
        if !self.is_at(TokenKind::Newline) || !is_brace {
            return None;
        }
        while self.eat(TokenKind::Newline).is_some() {}
        self.report(
            BODY_ON_NEXT_LINE
                .at(self.here(), "body of a function on another line than its signature")
                .help("write the `{` at the end of the line above"),
        );
        Some(self.block(Open::Block))
    }

    /// What must be the body of the function before, since it ends in a `}` of its own.
    fn body_without_brace(&mut self, signature: Span) -> Decl {
        let start = self.here();
        let between = Span { start: signature.end, ..start };
        if self.text_of(Span { end: start.start, ..between }).contains('\n') {
            let message = "expected `{`, found the end of the line";
            self.report(UNEXPECTED_TOKEN.at(signature.after(), message));
        } else {
            self.unexpected("`{`");
        }
        self.skip_to(&[]);
        self.eat(TokenKind::BraceClose);
        Decl::Error(self.since(start))
    }

    /// `params = "(" { param [ "," ] | NEWLINE | comments } ")" ;`
    fn params(&mut self, open: Span, role: Role) -> Params {
        let then = Some(TokenKind::BraceOpen);
        let list = match role {
            Role::Parameters => &List { of: "parameters", item: "a parameter", then },
            Role::Effects => &List { of: "effects", item: "an effect", then },
        };
        let mut params = Vec::new();
        let (span, incomplete) = self.list(open, list, |parser| {
            params.push(parser.param(role)?);
            Some(())
        });
        Params { span, params, incomplete }
    }

    /// `param = [ "variadic" ] kind IDENT [ "=" expr ] ;`
    ///
    /// Which of them may have a default is checked later.
    fn param(&mut self, role: Role) -> Option<Param> {
        let start = self.here();
        let is_modifier = self.after_next().next().map(|next| next.kind) == Some(TokenKind::Ident);
        let variadic = if is_modifier { self.eat_word("variadic") } else { None };
        let Some(kind) = self.eat_name() else {
            self.unexpected(if role == Role::Effects {
                "an effect or `)`"
            } else {
                "a parameter or `)`"
            });
            return None;
        };
        let glued = self.skip_glued_errors();
        let Some(name) = self.eat_name() else {
            self.unexpected(&format!("a name after the kind `{kind}`"));
            return None;
        };
        if self.skip_glued_errors() || glued {
            return None;
        }
        let equals = self.eat(TokenKind::Equals);
        let default = equals.map(|equals| {
            self.expr().unwrap_or_else(|| {
                self.unexpected("the default value");
                Expr::Error(equals)
            })
        });
        let span = self.since(start);
        Some(Param { span, variadic, kind, name, default })
    }

    /// Skips error tokens directly after the last token, which is then not the name that it seems to be.
    pub(super) fn skip_glued_errors(&mut self) -> bool {
        let glued = self.is_glued_to_error();
        while self.is_glued_to_error() {
            self.bump();
        }
        glued
    }
}
