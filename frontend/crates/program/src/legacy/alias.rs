//! The aliases of a module, found before anything is resolved, since they are in scope everywhere in it.

use hlb_syntax::source::Span;
use hlb_syntax::tree::{
    BindForm, Binds, Block, BlockLit, CallStmt, Expr, Func, Name, Stmt, StringPart,
};

use super::function::Function;
use super::scope::Scope;
use crate::builtin::{Builtins, Effect, Kind, Signature};

/// The name that an `as` clause gives to an effect (language spec, sections 3.7 and 4.6).
#[derive(Debug)]
pub struct Alias<'a> {
    pub name: &'a Name,
    /// Counts from 0 in the order of the module's aliases.
    pub index: usize,
    /// The function whose body has the clause, and whose parameters the alias takes.
    pub func: &'a Func,
    /// The place of `func` among the functions of its module.
    pub function: usize,
    /// The call that has the clause, such as a `mount`.
    pub call: &'a CallStmt,
    /// The call whose evaluation gives the value: `call` itself, or for one in an option block the call with that
    /// block, such as the `run` of a `mount`. What stands after it in the body has no part in the alias.
    pub owner: &'a CallStmt,
    /// What is bound; `None` if the clause is wrong.
    pub effect: Option<&'static Effect>,
}

impl Alias<'_> {
    pub fn kind(&self) -> &Kind {
        self.effect.map_or(&Kind::Unknown, |effect| &effect.kind)
    }
}

/// Finds the `as` clauses of a function, declares what they name and reports the clauses that can't bind.
pub(super) fn declare_aliases<'a>(
    scope: &mut Scope<'a>,
    builtins: &Builtins,
    func: &'a Func,
    function: usize,
) {
    let mut search = Search { scope, builtins, function: Some((func, function)) };
    // A default is evaluated at the call, so it belongs to no body. Being under a `with` says the same.
    let defaults = func.params.params.iter().filter_map(|param| param.default.as_ref());
    defaults.for_each(|default| search.expr(default, true));
    let Some(body) = &func.body else { return };
    let option = is_option(&func.kind);
    let closure = if option { Closure::Lacking(func.kind.span) } else { Closure::Body };
    search.block(body, &Context { closure, under_with: false, owner: None });
}

/// Reports the `as` clauses in the source of an import. No function could give their aliases its parameters, so what
/// they name is not declared.
pub(super) fn refuse_aliases<'a>(scope: &mut Scope<'a>, builtins: &Builtins, source: &'a Expr) {
    Search { scope, builtins, function: None }.expr(source, true);
}

/// What a clause in a block can bind into.
#[derive(Clone, Copy)]
enum Closure {
    Body,
    /// Nothing; the span is the kind of the block.
    Lacking(Span),
}

struct Context<'a> {
    closure: Closure,
    /// Whether an operand of `with` lies between this block and the body.
    under_with: bool,
    /// In an option block, the call that it is for.
    owner: Option<&'a CallStmt>,
}

struct Search<'s, 'a> {
    scope: &'s mut Scope<'a>,
    builtins: &'s Builtins,
    /// The function that is searched, and its place among those of the module; an import has none.
    function: Option<(&'a Func, usize)>,
}

impl<'a> Search<'_, 'a> {
    fn block(&mut self, block: &'a Block, context: &Context<'a>) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Call(call) => self.call(call, context),
                Stmt::Value(expr) => self.expr(expr, context.under_with),
                Stmt::Error(_) => {}
            }
        }
    }

    fn call(&mut self, call: &'a CallStmt, context: &Context<'a>) {
        let owner = context.owner.unwrap_or(call);
        call.args.iter().for_each(|arg| self.expr(arg, context.under_with));
        match call.with.as_ref().map(|with| &with.expr) {
            Some(Expr::Block(literal)) => self.operand(literal, owner, context.under_with),
            Some(operand) => self.expr(operand, true),
            None => {}
        }
        if let Some(binds) = &call.binds {
            self.binds(call, owner, binds, context.closure);
        }
    }

    /// A block right after `with` binds into the function, unless another `with` lies between.
    fn operand(&mut self, literal: &'a BlockLit, owner: &'a CallStmt, under_with: bool) {
        let closure = if under_with { Closure::Lacking(literal.kind.span) } else { Closure::Body };
        let owner = is_option(&literal.kind).then_some(owner);
        self.block(&literal.block, &Context { closure, under_with: true, owner });
    }

    fn expr(&mut self, expr: &'a Expr, under_with: bool) {
        match expr {
            Expr::Block(literal) => {
                let closure = Closure::Lacking(literal.kind.span);
                self.block(&literal.block, &Context { closure, under_with, owner: None });
            }
            Expr::Call(call) => call.args().iter().for_each(|arg| self.expr(arg, under_with)),
            Expr::String(string) => {
                for part in &string.parts {
                    if let StringPart::Interpolation { expr, .. } = part {
                        self.expr(expr, under_with);
                    }
                }
            }
            Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => {}
        }
    }

    fn binds(
        &mut self,
        call: &'a CallStmt,
        owner: &'a CallStmt,
        binds: &'a Binds,
        closure: Closure,
    ) {
        let signature = match (closure, &binds.form) {
            (Closure::Lacking(_), _) | (Closure::Body, BindForm::Missing) => None,
            (Closure::Body, _) => self.signature(call),
        };
        let Some((func, function)) = self.function else {
            self.scope.lost = true;
            return;
        };
        let declare = |scope: &mut Scope<'a>, name, effect| {
            let index = scope.aliases.len();
            scope.declare_alias(Alias { name, index, func, function, call, owner, effect });
        };
        match &binds.form {
            BindForm::Missing => {}
            BindForm::Single(name) => {
                let first = signature.and_then(|signature| signature.effects.first());
                declare(self.scope, name, first);
            }
            BindForm::List { binds, .. } => {
                for bind in binds {
                    let effect = signature.and_then(|signature| effect(signature, &bind.effect));
                    declare(self.scope, &bind.alias, effect);
                }
            }
        }
    }

    /// The builtin that a call means, if that has effects.
    fn signature(&self, call: &CallStmt) -> Option<&'static Signature> {
        let name = call.path.first.text();
        let function = self.scope.functions.get(self.function?.1)?;
        let shadowed = call.path.member.is_some()
            || function.param(name).is_some()
            || self.scope.lookup(name).is_some();
        if shadowed { None } else { with_effects(self.builtins, name) }
    }
}

/// The builtin of a name that has effects; no name has two of them.
pub(super) fn with_effects(builtins: &Builtins, name: &str) -> Option<&'static Signature> {
    builtins.named(name).iter().find(|signature| !signature.effects.is_empty()).copied()
}

fn effect(signature: &'static Signature, name: &Name) -> Option<&'static Effect> {
    signature.effects.iter().find(|effect| effect.name == name.text())
}

/// Whether a kind is `option` or one of its subkinds.
fn is_option(kind: &Name) -> bool {
    kind.text() == "option" || kind.text().starts_with("option::")
}

impl<'a> Alias<'a> {
    /// The function that the alias belongs to, with the kinds of its parameters.
    pub fn closure<'s>(&self, scope: &'s Scope<'a>) -> Option<&'s Function<'a>> {
        scope.functions.get(self.function)
    }
}
