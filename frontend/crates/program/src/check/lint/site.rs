//! Where a module calls builtins, and with what, for rules that look at one place at a time.
//!
//! The recursion is bounded by the parser's nesting limit.

use std::collections::HashMap;

use hlb_syntax::tree::{Block, CallStmt, Expr, Path, Stmt, StringLit, StringPart};

use crate::builtin::{Meaning, Signature};
use crate::check::resolve::Resolved;
use crate::check::scope::Scope;
use crate::check::walk::Walked;

/// The calls of builtins in a module, in the order of the text, and its blocks of kind `fs`.
pub(super) struct Sites<'s> {
    pub calls: Vec<Site<'s>>,
    /// Bodies and literals.
    pub blocks: Vec<&'s Block>,
    /// In the order of the text.
    pub strings: Vec<&'s StringLit>,
    /// By the start of the path.
    resolved: HashMap<u32, Resolved<'s>>,
}

/// A call of a builtin.
#[derive(Clone, Copy)]
pub(super) struct Site<'s> {
    pub signature: &'static Signature,
    pub path: &'s Path,
    pub args: &'s [Expr],
    /// The operand of `with`.
    pub with: Option<&'s Expr>,
}

/// What an operand of `with` sets.
pub(super) struct Settings<'s> {
    pub sites: Vec<Site<'s>>,
    /// Whether there is nothing else: a function or a parameter may set anything.
    pub complete: bool,
}

impl<'s> Sites<'s> {
    pub fn of(scope: &Scope<'s>, walked: &[Walked<'s>]) -> Self {
        let uses = walked.iter().flat_map(|walked| &walked.uses);
        let named = uses.filter(|it| !it.path.first.text().is_empty());
        let resolved = named.map(|it| (it.path.span.start, it.resolved)).collect();
        let (calls, blocks, strings) = (Vec::new(), Vec::new(), Vec::new());
        let mut sites = Self { calls, blocks, strings, resolved };
        for import in &scope.imports {
            sites.expr(&import.source);
        }
        for function in &scope.functions {
            let params = function.decl.params.params.iter();
            params.filter_map(|param| param.default.as_ref()).for_each(|it| sites.expr(it));
            if let Some(body) = &function.decl.body {
                sites.block(body, function.decl.kind.text());
            }
        }
        sites
    }

    /// What a path of the module means; nothing for `breakpoint`.
    pub fn resolved(&self, path: &Path) -> Option<Resolved<'s>> {
        self.resolved.get(&path.span.start).copied()
    }

    /// The settings that an operand of `with` spells out.
    pub fn settings(&self, with: Option<&'s Expr>) -> Settings<'s> {
        let mut settings = Settings { sites: Vec::new(), complete: true };
        match with {
            None => {}
            Some(Expr::Block(literal)) => {
                for stmt in &literal.block.stmts {
                    let site = match stmt {
                        Stmt::Call(call) => self.site_of(call),
                        Stmt::Value(_) | Stmt::Error(_) => None,
                    };
                    settings.add(site);
                }
            }
            Some(Expr::Call(call)) => settings.add(self.site(&call.path, call.args(), None)),
            Some(_) => settings.complete = false,
        }
        settings
    }

    fn site_of(&self, call: &'s CallStmt) -> Option<Site<'s>> {
        self.site(&call.path, &call.args, call.with.as_ref().map(|with| &with.expr))
    }

    fn site(&self, path: &'s Path, args: &'s [Expr], with: Option<&'s Expr>) -> Option<Site<'s>> {
        match self.resolved(path)? {
            Resolved::Builtin(signature) => Some(Site { signature, path, args, with }),
            _ => None,
        }
    }

    fn block(&mut self, block: &'s Block, kind: &str) {
        if kind == "fs" {
            self.blocks.push(block);
        }
        for stmt in &block.stmts {
            match stmt {
                Stmt::Call(call) => {
                    self.calls.extend(self.site_of(call));
                    call.args.iter().for_each(|arg| self.expr(arg));
                    if let Some(with) = &call.with {
                        self.expr(&with.expr);
                    }
                }
                Stmt::Value(value) => self.expr(value),
                Stmt::Error(_) => {}
            }
        }
    }

    fn expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Block(literal) => self.block(&literal.block, literal.kind.text()),
            Expr::Call(call) => {
                self.calls.extend(self.site(&call.path, call.args(), None));
                call.args().iter().for_each(|arg| self.expr(arg));
            }
            Expr::String(string) => {
                self.strings.push(string);
                for part in &string.parts {
                    if let StringPart::Interpolation { expr, .. } = part {
                        self.expr(expr);
                    }
                }
            }
            Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => {}
        }
    }
}

impl<'s> Site<'s> {
    /// The first argument that is about something.
    pub fn arg(&self, meaning: Meaning) -> Option<&'s Expr> {
        let index = self.signature.params.iter().position(|it| it.meaning == meaning)?;
        self.args.get(index)
    }

    /// Every argument with what it is about.
    pub fn args(&self) -> impl Iterator<Item = (Meaning, &'s Expr)> {
        let params = self.signature.params;
        let last = params.last().filter(|last| last.variadic);
        let args = self.args.iter().enumerate();
        args.filter_map(move |(index, arg)| Some((params.get(index).or(last)?.meaning, arg)))
    }
}

impl<'s> Settings<'s> {
    fn add(&mut self, site: Option<Site<'s>>) {
        self.complete &= site.is_some();
        self.sites.extend(site);
    }

    /// The last argument that is about something: later settings win.
    pub fn arg(&self, meaning: Meaning) -> Option<&'s Expr> {
        self.sites.iter().rev().find_map(|site| site.arg(meaning))
    }
}
