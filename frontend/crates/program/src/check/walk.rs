//! The walk over one function, import or default: every call and literal in it, against what its place expects.
//!
//! The recursion is bounded by the parser's nesting limit.

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::{
    BindForm, Block, BlockLit, CallStmt, Expr, Import, Name, Path, Stmt, StringLit, StringPart,
};

use super::alias::with_effects;
use super::function::Function;
use super::resolve::{Expected, Place, Resolved};
use super::rule::arity::Form;
use super::rule::kind_mismatch::{
    Role, int_mismatch, literal_mismatch, name_mismatch, string_mismatch,
};
use super::rule::{arity, bind, signature};
use super::scope::{Scope, Scopes};
use crate::builtin::Kind;

/// What is wrong in a function or import, and what it uses.
pub(super) struct Walked<'s> {
    pub errors: Vec<Diagnostic>,
    /// In the order of the text; which ones, [`Keep`] says.
    pub uses: Vec<Use<'s>>,
    /// The kinds of block literals, as written; not the bare `option`.
    pub kinds: Vec<&'s Name>,
}

/// Which uses are kept. Most names are builtins, and memory is what checking a large program waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    All,
    /// Those of what modules declare: cycles lead through nothing else.
    Declared,
}

/// A name in a body, a default or an import's source, and what it means.
pub(super) struct Use<'s> {
    pub path: &'s Path,
    pub resolved: Resolved<'s>,
    /// The import that a reference goes through, by its place among those of the module.
    pub import: Option<usize>,
}

/// Checks the signature, the defaults and the body of a function.
pub(super) fn walk_function<'s>(
    scopes: &'s Scopes<'s>,
    scope: &'s Scope<'s>,
    function: &'s Function<'s>,
    keep: Keep,
) -> Walked<'s> {
    let module = scope.module.id;
    let mut walk = Walk::new(scopes, scope, Place::body(module, function), keep);
    signature::check_signature(function.decl, &mut walk.errors);
    for (index, (param, kind)) in
        function.decl.params.params.iter().zip(&function.params).enumerate()
    {
        if let Some(default) = &param.default {
            walk.place = Place::default(module, function, index);
            let role = Role::Default { param: &param.name };
            walk.expr(default, Expected::Argument(kind), role);
        }
    }
    walk.place = Place::body(module, function);
    if let Some(body) = &function.decl.body {
        walk.block(body, &function.kind);
    }
    walk.finish()
}

/// Checks the source of an import.
pub(super) fn walk_import<'s>(
    scopes: &'s Scopes<'s>,
    scope: &'s Scope<'s>,
    import: &'s Import,
    keep: Keep,
) -> Walked<'s> {
    let mut walk = Walk::new(scopes, scope, Place::module(scope.module.id), keep);
    walk.expr(&import.source, Expected::Source, Role::Source { import: &import.name });
    walk.finish()
}

struct Walk<'s> {
    scopes: &'s Scopes<'s>,
    scope: &'s Scope<'s>,
    place: Place<'s>,
    keep: Keep,
    errors: Vec<Diagnostic>,
    uses: Vec<Use<'s>>,
    kinds: Vec<&'s Name>,
}

impl<'s> Walk<'s> {
    fn new(scopes: &'s Scopes<'s>, scope: &'s Scope<'s>, place: Place<'s>, keep: Keep) -> Self {
        let (errors, uses, kinds) = (Vec::new(), Vec::new(), Vec::new());
        Self { scopes, scope, place, keep, errors, uses, kinds }
    }

    fn finish(self) -> Walked<'s> {
        Walked { errors: self.errors, uses: self.uses, kinds: self.kinds }
    }

    fn block(&mut self, block: &'s Block, kind: &Kind) {
        let expected = Expected::Statement(kind);
        // Where a statement ends that has an error, if the values beside it were meant as its arguments.
        let mut before: Option<Span> = None;
        for stmt in &block.stmts {
            let told = self.errors.len();
            match stmt {
                Stmt::Value(value)
                    if before.is_some_and(|it| self.are_beside(it, value.span())) =>
                {
                    before = Some(value.span());
                    // What is in it may be wrong nonetheless.
                    self.expr(value, Expected::Any, Role::Statement);
                    continue;
                }
                Stmt::Value(value) => self.expr(value, expected, Role::Statement),
                Stmt::Call(call) => self.call_stmt(call, expected),
                Stmt::Error(_) => {}
            }
            let is_wrong = self.errors.len() > told;
            before = match stmt {
                Stmt::Call(call) if is_wrong => ends_in_bare_option(call),
                // Values side by side lost their call: the first one is the error.
                Stmt::Value(value) if is_wrong => Some(value.span()),
                _ => None,
            };
        }
    }

    /// Whether nothing but spaces is between two spans.
    fn are_beside(&self, first: Span, second: Span) -> bool {
        let between = self.scope.module.tree.text.get(first.end as usize..second.start as usize);
        between.is_some_and(|it| it.bytes().all(|byte| byte == b' ' || byte == b'\t'))
    }

    fn call_stmt(&mut self, call: &'s CallStmt, expected: Expected<'_>) {
        let path = &call.path;
        let callee = self.callee(path, expected, Role::Call { callee: path });
        if !matches!(callee, Resolved::Breakpoint) {
            let known = self.judge(path, &callee, expected, &call.args, Form::Statement);
            self.args(path, &callee, known, &call.args);
            if let Some(with) = &call.with {
                let options = match callee {
                    Resolved::Unchecked => Expected::Any,
                    _ => Expected::Options(path.first.text()),
                };
                self.expr(&with.expr, options, Role::Options { callee: path });
            }
        }
        self.binds(call, &callee);
    }

    fn expr(&mut self, expr: &'s Expr, expected: Expected<'_>, role: Role<'s>) {
        match expr {
            Expr::Block(literal) => self.block_literal(literal, expected, role),
            Expr::Call(call) => {
                let callee = self.callee(&call.path, expected, role);
                if !matches!(callee, Resolved::Breakpoint) {
                    let args = call.args();
                    let known = self.judge(&call.path, &callee, expected, args, Form::Expression);
                    self.args(&call.path, &callee, known, args);
                }
            }
            Expr::Int(literal) => {
                if !expected.accepts(&Kind::Int) {
                    self.errors.push(int_mismatch(literal, expected, role));
                }
            }
            Expr::Bool(literal) => self.literal(literal.span, &Kind::Bool, expected, role),
            Expr::String(literal) => {
                if !expected.accepts(&Kind::String) {
                    self.errors.push(string_mismatch(literal, expected, role));
                }
                self.interpolations(literal);
            }
            Expr::Error(_) => {}
        }
    }

    fn block_literal(&mut self, literal: &'s BlockLit, expected: Expected<'_>, role: Role<'s>) {
        let kind = match literal.kind.text() {
            "option" => expected.option_kind(),
            _ => self.kind(&literal.kind),
        };
        self.literal(literal.kind.span, &kind, expected, role);
        // Where no options belong, nothing tells which ones these are.
        let misplaced = kind == Kind::AnyOption && !expected.accepts(&kind);
        self.block(&literal.block, if misplaced { &Kind::Unknown } else { &kind });
    }

    fn literal(&mut self, span: Span, kind: &Kind, expected: Expected<'_>, role: Role<'_>) {
        if !expected.accepts(kind) {
            self.errors.push(literal_mismatch(span, kind, expected, role));
        }
    }

    fn interpolations(&mut self, literal: &'s StringLit) {
        for part in &literal.parts {
            if let StringPart::Interpolation { expr, .. } = part {
                self.expr(expr, Expected::Interpolation, Role::Interpolation);
            }
        }
    }

    /// What a path means; its kind is checked as well.
    fn callee(&mut self, path: &'s Path, expected: Expected<'_>, role: Role<'_>) -> Resolved<'s> {
        let resolved = match self.scopes.resolve(&self.place, path, expected) {
            Ok(resolved) => resolved,
            Err(error) => {
                self.errors.push(error);
                let resolved = Resolved::Unchecked;
                self.uses.push(Use { path, resolved, import: None });
                return resolved;
            }
        };
        if self.keep == Keep::All || !matches!(resolved, Resolved::Builtin(_)) {
            let import = path.member.as_ref().and_then(|_| self.scope.import(path.first.text()));
            self.uses.push(Use { path, resolved, import });
        }
        if !expected.accepts(resolved.kind()) {
            let span = path.member.as_deref().unwrap_or(&path.first).span;
            self.errors.push(name_mismatch(span, path, &resolved, expected, role));
        }
        resolved
    }

    /// Checks the number of arguments; tells whether the callee's parameters say anything about them.
    ///
    /// They do not if a builtin has several kinds and none of them fits: which one was meant is unknown. Nor do they if
    /// the number is wrong: an argument that is missing or too much moves the others out of place.
    fn judge(
        &mut self,
        path: &Path,
        callee: &Resolved<'_>,
        expected: Expected<'_>,
        args: &[Expr],
        form: Form,
    ) -> Params {
        if let Resolved::Builtin(signature) = callee {
            let named = self.scopes.builtins.named(signature.name);
            if named.len() > 1 && !expected.accepts(&signature.kind) {
                return Params::Unknown;
            }
        }
        if args.iter().any(is_lost) {
            return Params::Known;
        }
        match arity::wrong_arity(path, callee, args, form) {
            None => Params::Known,
            Some(error) => {
                self.errors.push(error);
                Params::Unknown
            }
        }
    }

    fn args(&mut self, path: &'s Path, callee: &Resolved<'s>, params: Params, args: &'s [Expr]) {
        for (index, arg) in args.iter().enumerate() {
            let param = match params {
                Params::Known => callee.param_of_arg(index),
                Params::Unknown => None,
            };
            match param {
                Some((param, kind)) => {
                    let role = Role::Argument { callee: path, param };
                    self.expr(arg, Expected::Argument(kind), role);
                }
                None => self.expr(arg, Expected::Any, Role::Statement),
            }
        }
    }

    /// Reports an `as` on a callee without effects; what else can be wrong with it was seen when its alias was declared.
    fn binds(&mut self, call: &CallStmt, callee: &Resolved<'_>) {
        let Some(binds) = &call.binds else { return };
        let wrong = match callee {
            Resolved::Unchecked => false,
            Resolved::Builtin(signature) => {
                with_effects(self.scopes.builtins, signature.name).is_none()
            }
            _ => true,
        };
        let reported = matches!(binds.form, BindForm::Missing) || self.scope.is_wrong_bind(binds);
        if wrong && !reported {
            self.errors.push(bind::no_effect(binds, &call.path, callee.kind(), callee.span()));
        }
    }

    fn kind(&mut self, name: &'s Name) -> Kind {
        self.kinds.push(name);
        self.scope.kind(name, self.place.function, self.scopes.builtins).unwrap_or_else(|error| {
            self.errors.push(error);
            Kind::Unknown
        })
    }
}

/// The option of a call that ends with one that has no parentheses.
fn ends_in_bare_option(call: &CallStmt) -> Option<Span> {
    match &call.with.as_ref().filter(|_| call.binds.is_none())?.expr {
        Expr::Call(option) if option.args.is_none() => Some(option.span),
        _ => None,
    }
}

/// Whether a syntax error took an argument, or what of it may have been the ones after it.
fn is_lost(arg: &Expr) -> bool {
    match arg {
        Expr::Error(_) => true,
        Expr::Call(call) => call.args().iter().any(is_lost),
        _ => false,
    }
}

/// Whether the parameters of a callee are known.
#[derive(Clone, Copy)]
enum Params {
    Known,
    Unknown,
}
