use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_program::builtin::{Kind, Signature};
use hlb_program::check::{Expected, Function, Place, Resolved, Scopes};
use hlb_program::module::{ModuleId, Target};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::{Sources, Span};
use hlb_syntax::tree::{BindForm, Binds, Block, Expr, Path, Stmt, StringLit, StringPart, With};
use llb::Scope;

use super::call::{Arg, Call, Lower, Setting};
use super::memo::{Key, Memo};
use super::{Cx, Registry, Value, string};

/// A program that the checker found right.
#[derive(Clone, Copy)]
pub struct Program<'p> {
    pub sources: &'p Sources,
    pub scopes: &'p Scopes<'p>,
    pub registry: &'p Registry,
}

/// A builtin that can't be evaluated yet.
pub static UNSUPPORTED: Code = Code::error("HLB0302", "unsupported-builtin");
/// A name that has no value: an effect that is only declared, or a member of an import that is not loaded.
pub static UNAVAILABLE: Code = Code::error("HLB0304", "unavailable-value");
/// Functions that call each other too deep.
pub static TOO_DEEP: Code = Code::error("HLB0303", "calls-too-deep");

/// How deep calls of functions may go; each takes a few kilobytes of the stack.
const MAX_CALLS: usize = 1000;

pub(super) struct Evaluator<'e, 'p, 'c> {
    pub program: Program<'p>,
    pub cx: &'e mut Cx<'c>,
    memo: Memo,
    calls: usize,
}

/// One run of a function's body.
pub(super) struct Frame<'p, 'f> {
    pub place: Place<'p>,
    pub params: &'f BTreeMap<&'p str, Value>,
    /// The alias that is wanted: evaluation ends where it is bound.
    pub stop: Option<Span>,
}

/// A function that is to be run.
pub(super) struct Run<'p> {
    pub module: ModuleId,
    pub function: &'p Function<'p>,
    pub start: Value,
    pub args: Vec<Value>,
    /// See [`Frame::stop`].
    pub stop: Option<Span>,
    pub call: Span,
}

/// A call as the tree has it, in statement or expression form.
struct CallSite<'p> {
    span: Span,
    path: &'p Path,
    args: &'p [Expr],
    with: Option<&'p With>,
    binds: Option<&'p Binds>,
}

impl<'e, 'p, 'c> Evaluator<'e, 'p, 'c> {
    pub fn new(program: Program<'p>, cx: &'e mut Cx<'c>) -> Self {
        Self { program, cx, memo: Memo::default(), calls: 0 }
    }

    /// Runs a function's body from a start value.
    ///
    /// With `stop`, the result is the value of that alias instead, and nothing after its statement is evaluated.
    pub fn function(&mut self, run: Run<'p>) -> Value {
        let Run { module, function, start, args, stop, call } = run;
        let func = function.decl;
        let key = Key::new(func.span, stop, &start, &args);
        if let Some(known) = key.as_ref().and_then(|key| self.memo.get(key)) {
            return known;
        }
        if self.calls == MAX_CALLS {
            let message = format!("`{}` is called more than {MAX_CALLS} calls deep", func.name);
            return self.wrong(TOO_DEEP.at(call, message));
        }
        let kept = (start.clone(), args.clone());
        self.calls += 1;
        let aliases = std::mem::take(&mut self.cx.aliases);
        let own_scope = Arc::new(Scope { name: func.name.text().to_owned() });
        let scope = std::mem::replace(&mut self.cx.scope, own_scope);
        let own_root = self.program.scopes.modules.get(module).root.clone();
        let root = std::mem::replace(&mut self.cx.root, own_root);
        let params = self.params(module, function, args);
        let frame = Frame { place: Place::body(module, function), params: &params, stop };
        let mut value = match &func.body {
            Some(body) => self.block(&frame, &function.kind, body, start),
            None => start,
        };
        if let Some(alias) = stop {
            value = self.cx.aliases.get(&alias).cloned().unwrap_or(Value::Unknown);
        }
        self.cx.aliases = aliases;
        self.cx.scope = scope;
        self.cx.root = root;
        self.calls -= 1;
        if let Some(key) = key {
            self.memo.insert(key, value.clone(), kept);
        }
        value
    }

    /// Gives each parameter its argument, or what its default comes to in the scope of the declaration.
    fn params(
        &mut self,
        module: ModuleId,
        function: &'p Function<'p>,
        args: Vec<Value>,
    ) -> BTreeMap<&'p str, Value> {
        let mut params = BTreeMap::new();
        let mut args = args.into_iter();
        for (index, (param, kind)) in
            function.decl.params.params.iter().zip(&function.params).enumerate()
        {
            let value = if param.variadic.is_some() {
                Value::Variadic(args.by_ref().collect())
            } else if let Some(value) = args.next() {
                value
            } else if let Some(default) = &param.default {
                let place = Place::default(module, function, index);
                let frame = Frame { place, params: &params, stop: None };
                self.expr(&frame, default, Expected::Argument(kind))
            } else {
                Value::Unknown
            };
            params.insert(param.name.text(), value);
        }
        params
    }

    /// The value that a block or body of a kind starts from where nothing came before.
    pub fn start(&self, kind: &Kind) -> Value {
        match kind {
            Kind::Fs => Value::Fs(self.memo.scratch(self.cx)),
            Kind::String => Value::String("".into()),
            Kind::Int => Value::Int(0),
            Kind::Bool => Value::Bool(false),
            Kind::AnyOption | Kind::Option(_) => Value::Options(Vec::new()),
            Kind::Pipeline => Value::Pipeline(Vec::new()),
            Kind::Unknown => Value::Unknown,
        }
    }

    fn block(
        &mut self,
        frame: &Frame<'p, '_>,
        kind: &Kind,
        block: &'p Block,
        start: Value,
    ) -> Value {
        let mut chain = start;
        for stmt in &block.stmts {
            chain = match stmt {
                Stmt::Call(stmt) => {
                    let site = CallSite {
                        span: stmt.span,
                        path: &stmt.path,
                        args: &stmt.args,
                        with: stmt.with.as_deref(),
                        binds: stmt.binds.as_deref(),
                    };
                    self.call(frame, Expected::Statement(kind), Some(chain), site)
                }
                Stmt::Value(expr) => self.expr(frame, expr, Expected::Statement(kind)),
                Stmt::Error(_) => Value::Unknown,
            };
            if self.stopped(frame) {
                break;
            }
        }
        chain
    }

    fn stopped(&self, frame: &Frame<'p, '_>) -> bool {
        frame.stop.is_some_and(|alias| self.cx.aliases.contains_key(&alias))
    }

    /// Evaluates an expression.
    pub fn expr(&mut self, frame: &Frame<'p, '_>, expr: &'p Expr, expected: Expected<'_>) -> Value {
        match expr {
            Expr::Int(int) => Value::Int(int.value),
            Expr::Bool(bool) => Value::Bool(bool.value),
            Expr::String(string) => self.string(frame, string),
            Expr::Block(literal) => {
                let own = match Kind::parse(literal.kind.text()) {
                    Some(Kind::AnyOption) => expected.option_kind(),
                    own => own.unwrap_or(Kind::Unknown),
                };
                let start = self.start(&own);
                self.block(frame, &own, &literal.block, start)
            }
            Expr::Call(call) => {
                let site = CallSite {
                    span: call.span,
                    path: &call.path,
                    args: call.args(),
                    with: None,
                    binds: None,
                };
                self.call(frame, expected, None, site)
            }
            Expr::Error(_) => Value::Unknown,
        }
    }

    fn string(&mut self, frame: &Frame<'p, '_>, literal: &'p StringLit) -> Value {
        let mut text = String::new();
        for part in &literal.parts {
            match part {
                StringPart::Text { value, .. } => text.push_str(value),
                StringPart::Interpolation { expr, .. } => {
                    match self.expr(frame, expr, Expected::Interpolation).text() {
                        Some(value) => text.push_str(&value),
                        None => return Value::Unknown,
                    }
                }
            }
        }
        Value::String(string::finish(literal.form, text).into())
    }

    /// Evaluates a call; `chain` is the value so far where it is a statement.
    fn call(
        &mut self,
        frame: &Frame<'p, '_>,
        expected: Expected<'_>,
        chain: Option<Value>,
        site: CallSite<'p>,
    ) -> Value {
        let scopes = self.program.scopes;
        let resolved = match scopes.resolve(&frame.place, site.path, expected) {
            Ok(resolved) => resolved,
            Err(error) => return self.wrong(error),
        };
        match resolved {
            Resolved::Breakpoint => chain.unwrap_or_else(|| match expected {
                Expected::Any => Value::Unknown,
                Expected::Statement(kind) | Expected::Argument(kind) => self.start(kind),
                Expected::Options(_) => self.start(&Kind::AnyOption),
                Expected::Source | Expected::Interpolation => self.start(&Kind::String),
            }),
            Resolved::Param(param, _) => continued(
                chain,
                frame.params.get(param.name.text()).cloned().unwrap_or(Value::Unknown),
            ),
            Resolved::Builtin(signature) => self.builtin(frame, signature, chain, &site),
            Resolved::Func(module, function) => {
                let args = self.values(frame, &resolved, site.args);
                let start = chain.filter(|_| expected.accepts(&function.kind));
                let start = start.unwrap_or_else(|| self.start(&function.kind));
                self.function(Run { module, function, start, args, stop: None, call: site.span })
            }
            Resolved::Alias(module, alias, function) => {
                let bound = self.cx.aliases.get(&alias.name.span).filter(|_| site.args.is_empty());
                if let Some(bound) = bound {
                    return continued(chain, bound.clone());
                }
                let args = self.values(frame, &resolved, site.args);
                let start = chain
                    .filter(|chain| matches!(chain, Value::Fs(_)) && function.kind == Kind::Fs);
                let start = start.unwrap_or_else(|| self.start(&function.kind));
                self.function(Run {
                    module,
                    function,
                    start,
                    args,
                    stop: Some(alias.name.span),
                    call: site.span,
                })
            }
            Resolved::Effect(..) => {
                let message =
                    format!("`{}` has no value: nothing sets a declared effect", site.path);
                self.wrong(UNAVAILABLE.at(site.path.span, message))
            }
            Resolved::Unchecked => self.unchecked(frame, site.path),
        }
    }

    /// Reports a member of an import that is not loaded; everything else is already reported.
    fn unchecked(&mut self, frame: &Frame<'p, '_>, path: &Path) -> Value {
        let module = self.program.scopes.modules.get(frame.place.module);
        let import = module.import(path.first.text()).filter(|_| path.member.is_some());
        if import.is_none_or(|import| module.target(import) != Target::Unresolved) {
            return Value::Unknown;
        }
        let message =
            format!("`{path}`: import `{}` is not available without a daemon", path.first);
        self.wrong(UNAVAILABLE.at(path.span, message))
    }

    fn values(
        &mut self,
        frame: &Frame<'p, '_>,
        callee: &Resolved<'p>,
        exprs: &'p [Expr],
    ) -> Vec<Value> {
        self.args(frame, callee, exprs).into_iter().map(|arg| arg.value).collect()
    }

    fn args(
        &mut self,
        frame: &Frame<'p, '_>,
        callee: &Resolved<'p>,
        exprs: &'p [Expr],
    ) -> Vec<Arg> {
        let mut args = Vec::with_capacity(exprs.len());
        for (index, expr) in exprs.iter().enumerate() {
            let kind = callee.param_of_arg(index).map_or(&Kind::Unknown, |(_, kind)| kind);
            let span = expr.span();
            match self.expr(frame, expr, Expected::Argument(kind)) {
                Value::Variadic(values) if callee.is_variadic(index) => {
                    args.extend(values.into_iter().map(|value| Arg { value, span }))
                }
                value => args.push(Arg { value: self.one(kind, value), span }),
            }
        }
        args
    }

    /// A value where one is wanted: a variadic parameter is there what a block would be that mentions each of its
    /// values.
    fn one(&self, kind: &Kind, value: Value) -> Value {
        match value {
            Value::Variadic(_) => continued(Some(self.start(kind)), value),
            value => value,
        }
    }

    fn builtin(
        &mut self,
        frame: &Frame<'p, '_>,
        signature: &'static Signature,
        chain: Option<Value>,
        site: &CallSite<'p>,
    ) -> Value {
        let chain = chain.unwrap_or_else(|| self.start(&signature.kind));
        let args = self.args(frame, &Resolved::Builtin(signature), site.args);
        let options = match site.with {
            None => Vec::new(),
            Some(with) => {
                let expected = Expected::Options(site.path.first.text());
                let value = self.expr(frame, &with.expr, expected);
                match self.one(&Kind::AnyOption, value) {
                    Value::Options(settings) => settings,
                    _ => return Value::Unknown,
                }
            }
        };
        if self.stopped(frame) || args.iter().any(|arg| matches!(arg.value, Value::Unknown)) {
            return Value::Unknown;
        }
        let Some(row) = self.program.registry.row(signature) else { return Value::Unknown };
        let name_span = site.path.span;
        let call = Call { signature, span: site.span, name_span, args, options };
        let done = match (&row.lower, chain) {
            (_, Value::Unknown) => return Value::Unknown,
            (Lower::Fs(lower), Value::Fs(fs)) => {
                lower(self.cx, fs, &call).map(|fs| Value::Fs(Arc::new(fs)))
            }
            (Lower::String(lower), _) => {
                lower(self.cx, &call).map(|text| Value::String(text.into()))
            }
            (Lower::Setting, Value::Options(mut settings)) => {
                let Call { args, options, .. } = call;
                let (aliases, binds) = aliases(signature, site.binds);
                settings.push(Setting {
                    signature,
                    span: site.span,
                    name_span,
                    args,
                    options,
                    aliases,
                    binds,
                });
                Ok(Value::Options(settings))
            }
            (Lower::Stage, Value::Pipeline(mut stages)) => {
                stages.push(call.filesystems().cloned().collect());
                stages.extend(call.args.iter().flat_map(|arg| arg.value.stages().to_vec()));
                Ok(Value::Pipeline(stages))
            }
            (Lower::Unsupported, _) => Err(UNSUPPORTED.at(
                name_span,
                format!("`{}` can't be evaluated by this frontend yet", signature.name),
            )),
            _ => return Value::Unknown,
        };
        done.unwrap_or_else(|error| self.wrong(error))
    }

    /// Reports an error and leaves its value behind.
    pub fn wrong(&mut self, error: Diagnostic) -> Value {
        if !self.cx.diagnostics.contains(&error) {
            self.cx.diagnostics.push(error);
        }
        Value::Unknown
    }
}

/// What a mention of a parameter or bound alias makes of the chain: settings and stages are added to it, everything
/// else takes its place. The values of a variadic parameter do so one after another.
fn continued(chain: Option<Value>, value: Value) -> Value {
    match (chain, value) {
        (Some(chain), Value::Variadic(values)) => {
            values.into_iter().fold(chain, |chain, value| continued(Some(chain), value))
        }
        (Some(Value::Options(mut chain)), Value::Options(more)) => {
            chain.extend(more);
            Value::Options(chain)
        }
        (Some(Value::Pipeline(mut chain)), Value::Pipeline(more)) => {
            chain.extend(more);
            Value::Pipeline(chain)
        }
        (_, value) => value,
    }
}

fn aliases(
    signature: &'static Signature,
    binds: Option<&Binds>,
) -> (Vec<(&'static str, Span)>, Option<Span>) {
    let Some(binds) = binds else { return (Vec::new(), None) };
    let effect = |name: &str| signature.effects.iter().find(|it| it.name == name).map(|it| it.name);
    let aliases = match &binds.form {
        BindForm::Missing => Vec::new(),
        BindForm::Single(alias) => {
            signature.effects.first().map(|it| (it.name, alias.span)).into_iter().collect()
        }
        BindForm::List { binds, .. } => binds
            .iter()
            .filter_map(|bind| Some((effect(bind.effect.text())?, bind.alias.span)))
            .collect(),
    };
    (aliases, Some(binds.keyword))
}
