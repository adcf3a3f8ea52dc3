//! Functions: the signature, and where the body begins.

use super::Parser;
use super::list::List;
use super::open::Open;
use super::stmt::is_literal;
use crate::diagnostic::Code;
use crate::foreign::{MAX_SHOWN, is_kind};
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Block, Decl, Expr, Func, Name, Param, Params};

/// The `{` of a function's body on another line than its signature.
pub static BODY_ON_NEXT_LINE: Code = Code::error("HLB0030", "body-on-next-line");

/// A parameter without its kind.
pub static PARAMETER_WITHOUT_KIND: Code = Code::error("HLB0053", "parameter-without-kind");

/// What a list of parameters declares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Parameters,
    Effects,
}

impl Parser<'_> {
    /// `func = signature [ block ] ;`
    ///
    /// `signature = kind IDENT params [ "binds" params ] ;`
    pub(super) fn func(&mut self, previous: Option<&Decl>) -> Option<Func> {
        let doc = self.doc();
        let start = self.here();
        let kind = self.eat_name()?;
        let glued = self.skip_glued_errors();
        let mut name = self.eat_name().or_else(|| {
            self.no_func_name(&kind, previous);
            self.goes_on_below(&[TokenKind::Ident, TokenKind::ParenOpen]);
            self.eat_name()
        })?;
        if self.end_of_name(&mut name) || glued {
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

    /// The `(` of a list in a signature, also where it is on a later line, which is an error.
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

    /// The help where a name has no parameters after it.
    fn no_params(&self, name: &Name) -> Option<String> {
        match self.peek() {
            Some(TokenKind::BraceOpen) => {
                Some(format!("write `{name}()` for a function without parameters"))
            }
            _ if self.is_open_below(TokenKind::ParenOpen) => None,
            _ => Some("write statements in a function, as in `fs default() { … }`".to_owned()),
        }
    }

    /// Reports one word where a function begins with two.
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
        self.report(match self.peek() {
            _ if same_line => {
                diagnostic.help(format!("write `export {kind}` on a line of its own"))
            }
            Some(TokenKind::ParenOpen) if !is_kind(kind.text()) => {
                diagnostic.help(format!("write the kind of its result first, such as `fs {kind}`"))
            }
            Some(next)
                if is_literal(next) || next == TokenKind::Newline && !is_kind(kind.text()) =>
            {
                diagnostic.help("write statements in a function, as in `fs default() { … }`")
            }
            _ => diagnostic,
        });
    }

    /// The body of a function, also where its brace is wrongly on a later line.
    fn body(&mut self) -> Option<Block> {
        if self.is_at(TokenKind::BraceOpen) || self.no_brace() {
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
        if self.is_without_kind(&kind) {
            return Some(self.param_without_kind(start, variadic, kind));
        }
        let Some(mut name) = self.eat_name() else {
            self.unexpected(&format!("a name after the kind `{kind}`"));
            return None;
        };
        if self.end_of_name(&mut name) || glued {
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

    /// Whether what was taken for a kind is the name of a parameter that has none.
    fn is_without_kind(&self, kind: &Name) -> bool {
        match self.peek() {
            Some(TokenKind::Equals) => true,
            Some(TokenKind::Comma | TokenKind::ParenClose) => !is_kind(kind.text()),
            _ => false,
        }
    }

    /// A parameter of no known kind.
    fn param_without_kind(&mut self, start: Span, variadic: Option<Span>, name: Name) -> Param {
        let default = self.eat(TokenKind::Equals).and_then(|_| self.expr());
        let found =
            PARAMETER_WITHOUT_KIND.at(name.span, format!("parameter `{name}` without a kind"));
        let kind = match &default {
            Some(Expr::Int(_)) => "int",
            Some(Expr::Bool(_)) => "bool",
            Some(Expr::Call(_) | Expr::Block(_)) => "fs",
            _ => "string",
        };
        let default_text = default.as_ref().map(|it| self.text_of(it.span()));
        let help = match default_text.filter(|text| text.len() <= MAX_SHOWN && !text.contains('\n'))
        {
            Some(text) => format!("write `{kind} {name} = {text}`"),
            None => format!("write the kind first, such as `{kind} {name}`"),
        };
        self.report(found.help(help));
        let kind = self.name(Span { end: name.span.start, ..name.span });
        Param { span: self.since(start), variadic, kind, name, default }
    }
}
