//! Checks and lowers what a function or an import evaluates: every call and literal against what is expected of it.
//!
//! The recursion is bounded by the parser's nesting limit.

use std::borrow::Cow;

use hlb_syntax::diagnostic::{Diagnostic, SuggestionBudget};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{self, BindForm, BlockLit, CallStmt, Name, Path};

use super::alias::with_effects;
use super::declarations::Clauses;
use super::expected::Expected;
use super::resolve::resolve;
use super::rule::arity::{self, Form};
use super::rule::kind_mismatch::{
    Role, int_mismatch, literal_mismatch, name_mismatch, string_mismatch,
};
use super::rule::resolve_error::resolve_error;
use super::rule::{bind, literal, unknown_kind};
use super::scope::Scope;
use crate::builtin::Kind;
use crate::program::{
    Bind, Block, Call, Callee, Declaration, Expr, Literal, Stmt, StringExpr, StringPart,
};

/// What is evaluated in the scope of a declaration, checked and lowered.
pub(super) struct Lowering<'l, 'c> {
    pub scope: Scope<'c>,
    pub clauses: &'l Clauses,
    pub errors: &'l mut Vec<Diagnostic>,
    pub budget: &'l mut SuggestionBudget,
}

/// What a function evaluates.
pub(super) struct Lowered {
    /// The default of each parameter.
    pub defaults: Vec<Option<Expr>>,
    pub body: Option<Block>,
}

impl<'c> Lowering<'_, 'c> {
    /// Lowers the defaults and the body of the function whose scope this is.
    pub fn function(&mut self, func: &tree::Func) -> Lowered {
        let Some(function) = self.scope.function else {
            return Lowered { defaults: Vec::new(), body: None };
        };
        let mut defaults = Vec::with_capacity(function.params.len());
        for (index, (param, declared)) in
            func.params.params.iter().zip(&function.params).enumerate()
        {
            self.scope.visible = index;
            let role = Role::Default { param: &param.name };
            let expected = Expected::Argument(&declared.kind);
            defaults.push(param.default.as_ref().map(|it| self.expr(it, expected, role)));
        }
        self.scope.visible = function.params.len();
        let body = func.body.as_ref().map(|body| self.block(body, function.kind.clone()));
        Lowered { defaults, body }
    }

    /// Lowers the source of an import.
    pub fn import(&mut self, import: &tree::Import) -> Expr {
        self.expr(&import.source, Expected::Source, Role::Source { import: &import.name })
    }

    fn block(&mut self, block: &tree::Block, kind: Kind) -> Block {
        let expected = Expected::Statement(&kind);
        let mut stmts = Vec::with_capacity(block.stmts.len());
        // Where a statement ends that has an error, if the values beside it were meant as its arguments.
        let mut before: Option<Span> = None;
        for stmt in &block.stmts {
            let reported = self.errors.len();
            let lowered = match stmt {
                tree::Stmt::Value(value)
                    if before.is_some_and(|it| self.are_beside(it, value.span())) =>
                {
                    before = Some(value.span());
                    // There may be other errors in it.
                    stmts.push(Stmt::Value(self.expr(value, Expected::Any, Role::Statement)));
                    continue;
                }
                tree::Stmt::Value(value) => {
                    Stmt::Value(self.expr(value, expected, Role::Statement))
                }
                tree::Stmt::Call(call) => Stmt::Call(self.call_stmt(call, expected)),
                tree::Stmt::Error(span) => Stmt::Error(*span),
            };
            stmts.push(lowered);
            let is_wrong = self.errors.len() > reported;
            before = match stmt {
                tree::Stmt::Call(call) if is_wrong => ends_in_bare_option(call),
                // The call of values side by side is missing: the first one is the error.
                tree::Stmt::Value(value) if is_wrong => Some(value.span()),
                _ => None,
            };
        }
        Block { span: block.span, kind, stmts: stmts.into() }
    }

    /// Whether nothing but spaces is between two spans.
    fn are_beside(&self, first: Span, second: Span) -> bool {
        let between = self.scope.module.text.get(first.end as usize..second.start as usize);
        between.is_some_and(|it| it.bytes().all(|byte| byte == b' ' || byte == b'\t'))
    }

    fn call_stmt(&mut self, call: &CallStmt, expected: Expected<'_>) -> Call {
        let path = &call.path;
        let mark = self.errors.len();
        let callee = self.callee(path, expected, Role::Call { callee: path });
        let is_unknown = matches!(callee, Callee::Error) && self.errors.len() > mark;
        let args = self.errors.len();
        let mut lowered = self.call(call.span, path, callee, &call.args, expected, Form::Statement);
        if is_unknown {
            self.unknown_callee(mark, path, &call.args);
        } else if self.errors.len() > args {
            let declaration = self.scope.declaration(&lowered.callee);
            self.wrong_args(args, path, declaration, &call.args, &lowered.args);
        }
        if let Some(with) = &call.with
            && !matches!(lowered.callee, Callee::Breakpoint(_))
        {
            let kind = options_kind(path, &lowered.callee);
            let options = match self.scope.declaration(&lowered.callee) {
                Declaration::Unknown => Expected::Any,
                _ => Expected::Options(&kind),
            };
            let role = Role::Options { callee: path };
            let options = self.expr(&with.expr, options, role);
            if let Callee::Builtin(signature) = lowered.callee {
                self.errors.extend(literal::invalid_under(&options, signature, &call.args));
            }
            lowered.options = Some(Box::new(options));
        }
        if let Some(binds) = &call.binds {
            self.check_binds(call, binds, &lowered.callee);
            lowered.binds = self.binds(binds);
            lowered.as_span = Some(binds.keyword);
        }
        lowered
    }

    /// Lowers a call without its clauses. `breakpoint` takes any arguments: what they are is not checked.
    fn call(
        &mut self,
        span: Span,
        path: &Path,
        callee: Callee,
        args: &[tree::Expr],
        expected: Expected<'_>,
        form: Form,
    ) -> Call {
        let args = match callee {
            Callee::Breakpoint(_) => Box::default(),
            _ => {
                let declaration = self.scope.declaration(&callee);
                let params = self.check_arity(path, declaration, expected, args, form);
                self.args(path, declaration, params, args)
            }
        };
        let (path, options, binds, as_span) = (path.clone(), None, Box::default(), None);
        Call { span, path, callee, args, options, binds, as_span }
    }

    fn expr(&mut self, expr: &tree::Expr, expected: Expected<'_>, role: Role<'_>) -> Expr {
        match expr {
            tree::Expr::Block(literal) => self.block_literal(literal, expected, role),
            tree::Expr::Call(call) => {
                let callee = self.callee(&call.path, expected, role);
                let (span, path, form) = (call.span, &call.path, Form::Expression);
                let call = self.call(span, path, callee, call.args(), expected, form);
                Expr::Call(Box::new(call))
            }
            tree::Expr::Int(literal) => {
                if !expected.accepts(&Kind::Int) {
                    self.errors.push(int_mismatch(literal, expected, role));
                }
                Expr::Int(Literal { span: literal.span, value: literal.value })
            }
            tree::Expr::Bool(literal) => {
                self.check_literal(literal.span, &Kind::Bool, expected, role);
                Expr::Bool(Literal { span: literal.span, value: literal.value })
            }
            tree::Expr::String(literal) => {
                if !expected.accepts(&Kind::String) {
                    self.errors.push(string_mismatch(literal, expected, role));
                }
                let parts = literal.parts.iter().map(|part| self.string_part(part)).collect();
                Expr::String(StringExpr { span: literal.span, form: literal.form, parts })
            }
            tree::Expr::Error(span) => Expr::Error(*span),
        }
    }

    fn block_literal(
        &mut self,
        literal: &BlockLit,
        expected: Expected<'_>,
        role: Role<'_>,
    ) -> Expr {
        let kind = match literal.kind.text() {
            "option" => expected.option_kind(),
            _ => self.kind(&literal.kind),
        };
        self.check_literal(literal.kind.span, &kind, expected, role);
        // Where no options are expected, it is unknown whose options these are.
        let is_misplaced = kind == Kind::AnyOption && !expected.accepts(&kind);
        let block = self.block(&literal.block, if is_misplaced { Kind::Unknown } else { kind });
        Expr::Block {
            span: literal.span,
            written: Box::new(literal.kind.clone()),
            block: Box::new(block),
        }
    }

    fn check_literal(&mut self, span: Span, kind: &Kind, expected: Expected<'_>, role: Role<'_>) {
        if !expected.accepts(kind) {
            self.errors.push(literal_mismatch(span, kind, expected, role));
        }
    }

    fn string_part(&mut self, part: &tree::StringPart) -> StringPart {
        match part {
            tree::StringPart::Text { span, value } => {
                StringPart::Text { span: *span, value: value.clone() }
            }
            tree::StringPart::Interpolation { span, expr } => {
                let expr = self.expr(expr, Expected::Interpolation, Role::Interpolation);
                StringPart::Interpolation { span: *span, expr: Box::new(expr) }
            }
        }
    }

    /// What a path means; its kind is checked as well.
    fn callee(&mut self, path: &Path, expected: Expected<'_>, role: Role<'_>) -> Callee {
        let callee = match resolve(&self.scope, path, expected) {
            Ok(callee) => callee,
            Err(error) => {
                let error = resolve_error(error, &self.scope, path, expected, self.budget);
                self.errors.push(error);
                return Callee::Error;
            }
        };
        let declaration = self.scope.declaration(&callee);
        if !expected.accepts(declaration.kind()) {
            let span = path.member.as_deref().unwrap_or(&path.first).span;
            let found = name_mismatch(span, path, declaration, expected, role);
            self.errors.push(match self.is_option_of(role, path) {
                true => found.help("write `with` before it"),
                false => found,
            });
        }
        callee
    }

    /// Whether an argument has the name of an option that its call can have.
    fn is_option_of(&self, role: Role<'_>, path: &Path) -> bool {
        let Role::Argument { callee, .. } = role else { return false };
        let named = self.scope.builtins.named(path.first.text());
        let subject = callee.first.text();
        named.iter().any(|it| matches!(&it.kind, Kind::Option(of) if of == subject))
    }

    /// Checks the number of arguments, and whether it is known which parameters they go to.
    ///
    /// It is not if a builtin has several kinds and none of them fits: which one was meant is unknown. Nor is it if an
    /// option stands where none can: something else of that name was meant. Nor if the number is wrong: an argument that is
    /// missing or too many moves those after it.
    fn check_arity(
        &mut self,
        path: &Path,
        callee: Declaration<'_>,
        expected: Expected<'_>,
        args: &[tree::Expr],
        form: Form,
    ) -> Params {
        if let Declaration::Builtin(signature) = callee {
            let named = self.scope.builtins.named(signature.name);
            let is_ambiguous = named.len() > 1 || signature.kind.is_option();
            if is_ambiguous && !expected.accepts(&signature.kind) {
                return Params::Unknown;
            }
        }
        if args.iter().any(has_error) {
            return Params::Known;
        }
        match arity::wrong_arity(&self.scope.module.text, path, callee, args, form) {
            None => Params::Known,
            Some(error) => {
                self.errors.push(error);
                Params::Unknown
            }
        }
    }

    fn args(
        &mut self,
        path: &Path,
        callee: Declaration<'c>,
        params: Params,
        args: &[tree::Expr],
    ) -> Box<[Expr]> {
        let mut lowered = Vec::with_capacity(args.len());
        for (index, arg) in args.iter().enumerate() {
            let param = match params {
                Params::Known => callee.param_of_arg(index),
                Params::Unknown => None,
            };
            if let (Params::Known, Declaration::Builtin(signature)) = (params, callee) {
                let param = signature.param_of_arg(index);
                let invalid =
                    param.and_then(|param| literal::invalid_literal(signature, param, arg));
                self.errors.extend(invalid);
            }
            lowered.push(match param {
                Some((param, kind)) => {
                    let role = Role::Argument { callee: path, param };
                    self.expr(arg, Expected::Argument(kind), role)
                }
                None => self.expr(arg, Expected::Any, Role::Statement),
            });
        }
        lowered.into()
    }

    /// What a clause binds; nothing where it is wrong.
    fn binds(&self, binds: &tree::Binds) -> Box<[Bind]> {
        let bind = |name: &Name| {
            let alias = *self.clauses.aliases.get(&name.span)?;
            let effect = self.scope.program.alias(alias).effect?;
            Some(Bind { effect, alias })
        };
        match &binds.form {
            BindForm::Missing => Box::default(),
            BindForm::Single(name) => bind(name).into_iter().collect(),
            BindForm::List { binds, .. } => binds.iter().filter_map(|it| bind(&it.alias)).collect(),
        }
    }

    /// Reports an `as` on a callee without effects; what else can be wrong with it was seen when its alias was declared.
    fn check_binds(&mut self, call: &CallStmt, binds: &tree::Binds, callee: &Callee) {
        let declaration = self.scope.declaration(callee);
        let is_wrong = match declaration {
            Declaration::Unknown => matches!(callee, Callee::Breakpoint(_)),
            Declaration::Builtin(signature) => {
                with_effects(self.scope.builtins, signature.name).is_none()
            }
            _ => true,
        };
        let is_reported = matches!(binds.form, BindForm::Missing)
            || self.clauses.reported.contains(&binds.keyword);
        if is_wrong && !is_reported {
            let (kind, declared) = (declaration.kind(), declaration.span());
            self.errors.push(bind::no_effect(binds, &call.path, kind, declared));
        }
    }

    fn kind(&mut self, name: &Name) -> Kind {
        self.scope.kind(name).unwrap_or_else(|error| {
            let error = unknown_kind::kind_error(error, name, self.scope.builtins);
            self.errors.push(error);
            Kind::Unknown
        })
    }
}

/// The kind of the options of a call.
fn options_kind(path: &Path, callee: &Callee) -> Kind {
    let subject = path.first.text();
    match callee {
        Callee::Builtin(signature) if signature.name == subject => Kind::option(signature.name),
        _ => Kind::Option(Cow::Owned(subject.to_owned())),
    }
}

/// The option of a call that ends with one that has no parentheses.
fn ends_in_bare_option(call: &CallStmt) -> Option<Span> {
    match &call.with.as_ref().filter(|_| call.binds.is_none())?.expr {
        tree::Expr::Call(option) if option.args.is_none() => Some(option.span),
        _ => None,
    }
}

/// Whether a syntax error took an argument, or what of it may have been the ones after it.
fn has_error(arg: &tree::Expr) -> bool {
    match arg {
        tree::Expr::Error(_) => true,
        tree::Expr::Call(call) => call.args().iter().any(has_error),
        _ => false,
    }
}

/// Whether the parameters of a callee are known.
#[derive(Clone, Copy)]
enum Params {
    Known,
    Unknown,
}
