//! The aliases of a module, found before anything is resolved, since they are in scope everywhere in it.

use std::collections::HashSet;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::{
    BindForm, Binds, BlockLit, CallStmt, Expr, Func, Name, Param, Visitor, With, walk_expr,
};

use super::declarations::Declaring;
use super::rule::bind;
use crate::builtin::{Builtins, Effect, Signature};
use crate::program::{Alias, FunctionId};

/// Finds the `as` clauses of a function, declares what they name and reports the clauses that can't bind.
pub(super) fn declare_aliases(declaring: &mut Declaring<'_>, func: &Func, id: FunctionId) {
    let closure = match is_option(&func.kind) {
        true => Closure::Missing(func.kind.span),
        false => Closure::Body,
    };
    let context = Context { closure, is_under_with: false, owner: None };
    let params = func.params.params.iter().map(|param| param.name.text()).collect();
    let mut search = Search { declaring, function: Some(id), params, context };
    search.visit_params(&func.params);
    if let Some(body) = &func.body {
        search.visit_block(body);
    }
}

/// Reports the `as` clauses in the source of an import. No function could give their aliases its parameters, so what
/// they name is not declared.
pub(super) fn refuse_aliases(declaring: &mut Declaring<'_>, source: &Expr) {
    let context =
        Context { closure: Closure::Missing(source.span()), is_under_with: true, owner: None };
    let mut search = Search { declaring, function: None, params: HashSet::new(), context };
    search.visit_expr(source);
}

/// The builtin of a name that has effects; no name has two of them.
pub(super) fn with_effects(builtins: &Builtins, name: &str) -> Option<&'static Signature> {
    builtins.named(name).iter().find(|signature| !signature.effects.is_empty()).copied()
}

/// What a clause in a block can bind into.
#[derive(Clone, Copy)]
enum Closure {
    Body,
    /// Nothing; the span is the kind of the block.
    Missing(Span),
}

#[derive(Clone, Copy)]
struct Context {
    closure: Closure,
    /// Whether an operand of `with` lies between this block and the body.
    is_under_with: bool,
    /// In an option block, the call that it is for.
    owner: Option<Span>,
}

struct Search<'s, 'd, 'a> {
    declaring: &'s mut Declaring<'d>,
    /// The function that is searched; an import has none.
    function: Option<FunctionId>,
    /// The names of its parameters.
    params: HashSet<&'a str>,
    context: Context,
}

impl<'a> Visitor<'a> for Search<'_, '_, 'a> {
    /// A default is evaluated at the call, so no clause in it binds into a body, as under a `with`.
    fn visit_param(&mut self, param: &'a Param) {
        if let Some(default) = &param.default {
            let context = Context { is_under_with: true, ..self.context };
            self.within(context, |search| search.visit_expr(default));
        }
    }

    fn visit_call_stmt(&mut self, call: &'a CallStmt) {
        call.args.iter().for_each(|arg| self.visit_expr(arg));
        let owner = self.context.owner.unwrap_or(call.span);
        if let Some(with) = &call.with {
            self.operand(with, owner);
        }
        if let Some(binds) = &call.binds {
            self.binds(call, owner, binds);
        }
    }

    /// A block that is an argument, or part of one, binds nothing.
    fn visit_block_literal(&mut self, literal: &'a BlockLit) {
        let closure = Closure::Missing(literal.kind.span);
        let context = Context { closure, owner: None, ..self.context };
        self.within(context, |search| search.visit_block(&literal.block));
    }
}

impl<'a> Search<'_, '_, 'a> {
    fn within(&mut self, context: Context, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.context, context);
        visit(self);
        self.context = before;
    }

    /// A block right after `with` binds into the function, unless another `with` lies between.
    fn operand(&mut self, with: &'a With, owner: Span) {
        let is_under_with = true;
        match &with.expr {
            Expr::Block(literal) => {
                let closure = match self.context.is_under_with {
                    true => Closure::Missing(literal.kind.span),
                    false => Closure::Body,
                };
                let owner = is_option(&literal.kind).then_some(owner);
                let context = Context { closure, is_under_with, owner };
                self.within(context, |search| search.visit_block(&literal.block));
            }
            other => {
                let context = Context { is_under_with, ..self.context };
                self.within(context, |search| walk_expr(search, other));
            }
        }
    }

    fn binds(&mut self, call: &CallStmt, owner: Span, binds: &Binds) {
        let signature = match (self.context.closure, &binds.form) {
            (Closure::Missing(kind), _) => {
                self.report(binds, bind::no_closure(binds.keyword, kind));
                None
            }
            (Closure::Body, BindForm::Missing) => {
                self.report(binds, bind::no_name(binds.keyword));
                None
            }
            (Closure::Body, _) => self.signature(call),
        };
        let Some(function) = self.function else {
            self.declaring.is_incomplete = true;
            return;
        };
        match &binds.form {
            BindForm::Missing => {}
            BindForm::Single(name) => {
                let effect = signature.and_then(|signature| signature.effects.first());
                let name = name.clone();
                self.declaring.declare_alias(Alias { name, function, effect, owner });
            }
            BindForm::List { binds, .. } => {
                for bind in binds {
                    let effect = signature.and_then(|signature| effect(signature, &bind.effect));
                    if let (Some(signature), None) = (signature, effect) {
                        let error = bind::unknown_effect(&bind.effect, signature);
                        self.declaring.declarations.errors.push(error);
                    }
                    let name = bind.alias.clone();
                    self.declaring.declare_alias(Alias { name, function, effect, owner });
                }
            }
        }
    }

    fn report(&mut self, binds: &Binds, error: Diagnostic) {
        self.declaring.declarations.clauses.reported.insert(binds.keyword);
        self.declaring.declarations.errors.push(error);
    }

    /// The builtin that a call means, if that has effects.
    fn signature(&self, call: &CallStmt) -> Option<&'static Signature> {
        let name = call.path.first.text();
        let is_shadowed = call.path.member.is_some()
            || self.declaring.names.contains_key(name)
            || self.params.contains(name);
        if is_shadowed { None } else { with_effects(self.declaring.builtins, name) }
    }
}

fn effect(signature: &'static Signature, name: &Name) -> Option<&'static Effect> {
    signature.effects.iter().find(|effect| effect.name == name.text())
}

/// Whether a kind is `option` or one of its subkinds.
fn is_option(kind: &Name) -> bool {
    kind.text() == "option" || kind.text().starts_with("option::")
}
