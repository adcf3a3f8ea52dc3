//! Lists in parentheses: parameters, effects, arguments and aliases.

use super::open::Open;
use super::{Parser, exact};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Args, Bind, Expr};

/// A list without its `)`.
pub static UNCLOSED_LIST: Code = Code::error("HLB0023", "unclosed-list");

/// A comma with nothing before it.
pub static DOUBLED_COMMA: Code = Code::error("HLB0033", "doubled-comma");

/// An argument that is given by name.
pub static NAMED_ARGUMENT: Code = Code::error("HLB0034", "named-argument");

/// A kind of list in words.
pub(super) struct List {
    pub(super) of: &'static str,
    pub(super) item: &'static str,
    /// What can't stand in the list but goes on after it: if it comes, the `)` is missing.
    pub(super) then: Option<TokenKind>,
}

impl Parser<'_> {
    /// `"(" { ITEM [ "," ] | NEWLINE | comments } ")"`
    ///
    /// `item` takes one, or reports why it can't and gives `None`. Returns the span with the parentheses, and whether
    /// items may be missing.
    pub(super) fn list(
        &mut self,
        open: Span,
        list: &List,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> (Span, bool) {
        use TokenKind::{
            As, BraceClose, BraceOpen, Comma, InterpolationClose, Newline, ParenClose, Semicolon,
            With,
        };
        if !self.enter(Open::List, open, ParenClose) {
            return (self.since(open), true);
        }
        let mut incomplete = false;
        let mut lines = 0;
        loop {
            incomplete |= self.recovery.has_unended_string(open);
            match self.peek() {
                Some(ParenClose) => {
                    self.bump();
                    break;
                }
                Some(Newline) => {
                    self.bump();
                    lines += 1;
                    if self.is_declaration_ahead() {
                        if !incomplete {
                            self.unclosed_list(open, list);
                        }
                        self.recovery.cut(self.at);
                    }
                    continue;
                }
                Some(Comma) => {
                    let comma = self.bump();
                    if !incomplete {
                        let message = format!("comma without {} before it", list.item);
                        self.report(DOUBLED_COMMA.at(comma, message).help("remove it"));
                    }
                    incomplete = true;
                    continue;
                }
                None => {
                    if !incomplete {
                        self.unclosed_list(open, list);
                    }
                    incomplete = true;
                    break;
                }
                Some(kind @ (BraceClose | BraceOpen | InterpolationClose))
                    if kind != BraceOpen || list.then == Some(BraceOpen) =>
                {
                    if self.recovery.note_unclosed(self.at) && !incomplete {
                        self.unclosed_list(open, list);
                    }
                    incomplete = true;
                    break;
                }
                // A statement goes on, or another begins, on a later line: the list was meant to end before.
                Some(With | As | Semicolon) if lines > 0 => {
                    if !incomplete {
                        self.unclosed_list(open, list);
                    }
                    incomplete = true;
                    self.skip_to(&[ParenClose, Newline]);
                    continue;
                }
                Some(_) => {}
            }
            if item(self).is_none() {
                incomplete = true;
                self.skip_to(&[Comma, ParenClose, Newline]);
            }
            self.eat(Comma);
        }
        self.open.leave();
        (self.since(open), incomplete)
    }

    fn unclosed_list(&mut self, open: Span, list: &List) {
        let message = format!("unclosed list of {}: `)` is missing", list.of);
        let found = UNCLOSED_LIST.at(open, message);
        self.report(self.until_here(found, "can't be in the list"));
    }

    /// `"(" { expr [ "," ] | NEWLINE | comments } ")"`
    pub(super) fn args(&mut self, open: Span) -> Args {
        let mut args = self.spare_args.pop().unwrap_or_default();
        let list = &List { of: "arguments", item: "an argument", then: None };
        let (span, incomplete) = self.list(open, list, |parser| parser.arg(&mut args));
        if self.is_cut(span) {
            // What stands on later lines was meant as statements.
            let line = self.text_of(span).lines().next().map_or(0, str::len) as u32;
            args.retain(|arg| arg.span().start < span.start + line);
        }
        if incomplete {
            // It has no text of its own: the arguments that are there have theirs.
            args.push(Expr::Error(span.after()));
        }
        let exact = exact(&mut args);
        self.spare_args.push(args);
        Args { span, args: exact }
    }

    /// Whether a list in parentheses has no `)`.
    pub(super) fn is_cut(&self, list: Span) -> bool {
        !self.text_of(list).ends_with(')')
    }

    fn arg(&mut self, args: &mut Vec<Expr>) -> Option<()> {
        match self.peek() {
            Some(TokenKind::Error) => self.error_arg(args),
            Some(TokenKind::Equals) => self.named_arg(args),
            Some(TokenKind::With | TokenKind::As) => {
                let found = self.is_unexpected("an argument or `)`")?;
                self.report(found.help("write a block around the call, such as `fs { … }`"));
                return None;
            }
            _ => match self.expr() {
                Some(arg) => args.push(arg),
                None => {
                    self.unexpected("an argument or `)`");
                    return None;
                }
            },
        }
        Some(())
    }

    /// `NAME = VALUE`: the value is taken as the argument.
    fn named_arg(&mut self, args: &mut Vec<Expr>) {
        let equals = self.bump();
        self.report(
            NAMED_ARGUMENT
                .at(equals, "argument with a name: arguments are given by their position")
                .help("remove the name and the `=`"),
        );
        args.pop();
        let value = self.expr();
        args.push(value.unwrap_or(Expr::Error(equals)));
    }

    /// `bind_list = "(" { bind [ "," ] | NEWLINE | comments } ")" ;`
    pub(super) fn bind_list(&mut self, open: Span) -> (Span, Vec<Bind>) {
        let mut binds = Vec::new();
        let list = &List { of: "aliases", item: "an effect and its alias", then: None };
        let (span, incomplete) = self.list(open, list, |parser| {
            binds.push(parser.bind()?);
            Some(())
        });
        if incomplete {
            self.recovery.note_incomplete();
        }
        (span, binds)
    }

    /// `bind = IDENT IDENT ;`
    fn bind(&mut self) -> Option<Bind> {
        let Some(effect) = self.eat_name() else {
            self.unexpected("an effect and its alias, or `)`");
            return None;
        };
        let glued = self.skip_glued_errors();
        let Some(alias) = self.eat_name() else {
            self.unexpected(&format!("an alias for the effect `{effect}`"));
            return None;
        };
        let glued = self.skip_glued_errors() || glued;
        (!glued).then_some(Bind { effect, alias })
    }
}
