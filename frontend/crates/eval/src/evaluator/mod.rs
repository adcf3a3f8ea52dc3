//! The evaluator: runs the bodies of functions.
//!
//! Recursion within a body is bounded by the parser's nesting limit, that over calls by [`MAX_CALLS`].

mod builtin;
mod cache_reference;
mod first_of;
mod memo;
mod portable;
mod progress;
mod text;

use std::sync::Arc;

use hlb_program::builtin::Kind;
use hlb_program::module::{ModuleId, Root};
use hlb_program::program::{
    AliasId, Block, Call, Callee, Expr, FunctionId, ImportId, Program, Stmt,
};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::call_path::CallPath;
use super::frame::Home;
use super::limit::{Charged, Exceeded};
use super::value::{Item, List, weight};
use super::{Arg, Frame, Host, Output, Registry, Resolver, Value};
use cache_reference::cache_reference;
use memo::{Called, Memo};
use progress::{Known, Progress, stmts};

pub use builtin::UNSUPPORTED;
pub use first_of::NO_CANDIDATE;

/// A name that has no value: an effect that is only declared, or a member of an import that is not loaded.
pub static UNAVAILABLE: Code = Code::error("HLB0304", "unavailable-value");
/// Functions that call each other too deep.
pub static TOO_DEEP: Code = Code::error("HLB0303", "calls-too-deep");

/// How deep calls of functions may go; each takes a few kilobytes of the stack.
const MAX_CALLS: usize = 1000;

/// How much a call of a function counts for besides its arguments, in bytes.
const FUNCTION_CALL_BYTES: u64 = 128;

pub(super) struct Evaluator<'e> {
    pub program: &'e Program,
    pub host: &'e Host<'e>,
    pub output: Output,
    registry: &'e Registry,
    resolver: &'e mut dyn Resolver,
    memo: Memo,
    depth: usize,
}

/// A function that is to be run.
pub(super) struct Run {
    pub function: FunctionId,
    pub start: Value,
    pub args: Vec<Value>,
    pub until: Option<AliasId>,
    pub call: Span,
    /// The calls that led there, this one included.
    pub calls: CallPath,
}

impl Run {
    /// What a call in the body of a function runs, from nothing and with nothing.
    fn of(frame: &Frame, function: FunctionId, call: &Call) -> Self {
        let calls = frame.calls.called(call.path.span, &frame.scope);
        let (start, args, until) = (Value::Unknown, Vec::new(), None);
        Self { function, start, args, until, call: call.span, calls }
    }
}

impl<'e> Evaluator<'e> {
    pub fn new(
        program: &'e Program,
        registry: &'e Registry,
        host: &'e Host<'e>,
        resolver: &'e mut dyn Resolver,
    ) -> Self {
        let (output, memo) = (Output::default(), Memo::default());
        Self { program, host, output, registry, resolver, memo, depth: 0 }
    }

    /// Runs a function from a start value; for an alias only up to the statement that binds it, and its value is that.
    pub fn function(&mut self, run: Run) -> Value {
        let Run { function: id, start, args, until, call, calls } = run;
        let called = Called::new(id, start, args);
        match self.memo.get(&called) {
            Some(Known::Whole(whole)) => return whole.value(until),
            Some(Known::Part(_)) => {
                if let Some(Known::Part(progress)) = self.memo.take(&called) {
                    return self.go_on(called, *progress, until, call);
                }
            }
            None => {}
        }
        let bytes = weight(&*called.args).saturating_add(FUNCTION_CALL_BYTES);
        if !self.charge(bytes, Charged::Call, call) {
            return Value::Unknown;
        }
        if self.depth == MAX_CALLS {
            return self.too_deep(&called, call);
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.output.calls, calls.clone());
        let frame = self.frame(id, &called.args, calls);
        self.output.calls = outer;
        self.depth -= 1;
        let progress = Progress { frame, chain: called.start.clone(), next: 0 };
        self.go_on(called, progress, until, call)
    }

    /// Goes on with the body of a function, if it is not evaluated far enough yet.
    fn go_on(
        &mut self,
        called: Called,
        mut progress: Progress,
        until: Option<AliasId>,
        call: Span,
    ) -> Value {
        let function = self.program.function(called.function);
        let until = until.map(|id| (id, self.program.alias(id)));
        let value = loop {
            if let Some(value) = progress.value(function, until) {
                break value;
            }
            if self.depth == MAX_CALLS {
                break self.too_deep(&called, call);
            }
            let Some(stmt) = stmts(function).get(progress.next) else { break Value::Unknown };
            let chain = std::mem::take(&mut progress.chain);
            self.depth += 1;
            let calls = progress.frame.calls.clone();
            let outer = std::mem::replace(&mut self.output.calls, calls);
            progress.chain = self.stmt(&mut progress.frame, stmt, chain);
            self.output.calls = outer;
            self.depth -= 1;
            progress.next += 1;
        };
        self.memo.insert(called, progress.into_known(function));
        value
    }

    fn too_deep(&mut self, called: &Called, call: Span) -> Value {
        let name = &self.program.function(called.function).name;
        let message = format!("`{name}` is called more than {MAX_CALLS} calls deep");
        self.wrong(TOO_DEEP.at(call, message))
    }

    /// A frame with a value for each parameter: its argument, or its default in the scope of the declaration.
    fn frame(&mut self, id: FunctionId, args: &Arc<Vec<Value>>, calls: CallPath) -> Frame {
        let function = self.program.function(id);
        let takes_list = function.params.last().is_some_and(|param| param.is_variadic);
        if args.len() == function.params.len() && !takes_list {
            return Frame { calls, ..self.frame_of(id, args.clone()) };
        }
        let mut frame = Frame { calls, ..self.frame_of(id, Arc::default()) };
        let mut args = args.iter().cloned();
        for param in &function.params {
            let value = if param.is_variadic {
                Value::Variadic(args.by_ref().collect())
            } else if let Some(value) = args.next() {
                value
            } else if let Some(default) = &param.default {
                self.expr(&mut frame, default)
            } else {
                Value::Unknown
            };
            Arc::make_mut(&mut frame.params).push(value);
        }
        frame
    }

    /// The frame of a function whose first parameters have these values.
    pub fn frame_of(&self, id: FunctionId, params: Arc<Vec<Value>>) -> Frame {
        let function = self.program.function(id);
        Frame::new(function.name.text(), self.home(function.module), Some(id), params)
    }

    /// Where the `local`s of a module come from, and what its paths are relative to.
    pub fn home(&self, module: ModuleId) -> Home {
        let module = self.program.module(module);
        let home = module.map(|it| Home { root: it.root.clone(), file: it.path.clone() });
        home.unwrap_or_else(|| Home { root: Root::Program { dir: "".into() }, file: "".into() })
    }

    /// The value that a block or body of a kind starts from where nothing came before.
    pub fn start(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Fs => Value::Fs(self.memo.scratch(self.host)),
            Kind::String => Value::String("".into()),
            Kind::Int | Kind::IntOrString => Value::Int(0),
            Kind::Bool => Value::Bool(false),
            Kind::AnyOption | Kind::Option(_) => Value::Options(Default::default()),
            Kind::Pipeline => Value::Pipeline(Default::default()),
            Kind::Unknown => Value::Unknown,
        }
    }

    fn block(&mut self, frame: &mut Frame, block: &Block) -> Value {
        let start = self.start(&block.kind);
        block.stmts.iter().fold(start, |chain, stmt| self.stmt(frame, stmt, chain))
    }

    fn stmt(&mut self, frame: &mut Frame, stmt: &Stmt, chain: Value) -> Value {
        match stmt {
            Stmt::Call(call) => self.call(frame, Some(chain), call),
            Stmt::Value(expr) => self.expr(frame, expr),
            Stmt::Error(_) => Value::Unknown,
        }
    }

    /// Evaluates an expression.
    pub fn expr(&mut self, frame: &mut Frame, expr: &Expr) -> Value {
        match expr {
            Expr::Int(int) => Value::Int(int.value),
            Expr::Bool(bool) => Value::Bool(bool.value),
            Expr::String(string) => self.string(frame, string),
            Expr::Block { block, .. } => self.block(frame, block),
            Expr::Call(call) => self.call(frame, None, call),
            Expr::Error(_) => Value::Unknown,
        }
    }

    /// Evaluates a call; `chain` is the value so far where it is a statement.
    fn call(&mut self, frame: &mut Frame, chain: Option<Value>, call: &Call) -> Value {
        if self.output.budget.is_exceeded() {
            return Value::Unknown;
        }
        match &call.callee {
            Callee::Builtin(signature) => self.builtin(frame, signature, chain, call),
            Callee::Breakpoint(kind) => chain.unwrap_or_else(|| self.start(kind)),
            Callee::Param(index) => {
                let value = frame.params.get(*index as usize).cloned().unwrap_or_default();
                self.continued(chain, value, call.span)
            }
            Callee::Function(id) => {
                let args = self.values(frame, call);
                let kind = &self.program.function(*id).kind;
                let start = chain.unwrap_or_else(|| self.start(kind));
                self.function(Run { start, args, ..Run::of(frame, *id, call) })
            }
            Callee::Alias(id) => self.alias(frame, chain, *id, call),
            Callee::Effect(_) => {
                let problem = "has no value: nothing sets a declared effect";
                let message = format!("`{}` {problem}", call.path);
                self.wrong(UNAVAILABLE.at(call.path.span, message))
            }
            Callee::Unavailable(import) => self.unavailable(*import, call),
            Callee::Error => Value::Unknown,
        }
    }

    /// An alias is what it is bound to in this call of its function, or else what a call of its function binds it to.
    fn alias(
        &mut self,
        frame: &mut Frame,
        chain: Option<Value>,
        id: AliasId,
        call: &Call,
    ) -> Value {
        let alias = self.program.alias(id);
        let value = self.alias_value(frame, chain, id, call);
        // Its statement did not bind it: that is an error of its own, unless nobody looked at the statement.
        let is_untaken = || self.output.untaken.iter().any(|span| span.contains(alias.owner));
        if matches!(value, Value::Unknown) && is_untaken() {
            let message =
                format!("`{}` is bound in a candidate that `firstOf` does not take", call.path);
            return self.wrong(UNAVAILABLE.at(call.path.span, message));
        }
        value
    }

    fn alias_value(
        &mut self,
        frame: &mut Frame,
        chain: Option<Value>,
        id: AliasId,
        call: &Call,
    ) -> Value {
        let alias = self.program.alias(id);
        let is_own = frame.function == Some(alias.function) && call.args.is_empty();
        if let Some(bound) = frame.aliases.get(&id).filter(|_| is_own) {
            let bound = bound.clone();
            return self.continued(chain, bound, call.span);
        }
        // Its statement is evaluated and did not bind it: why is reported there.
        if is_own && alias.owner.end <= call.span.start {
            return Value::Unknown;
        }
        let args = self.values(frame, call);
        let kind = &self.program.function(alias.function).kind;
        let chain = chain.filter(|chain| matches!(chain, Value::Fs(_)) && *kind == Kind::Fs);
        let start = chain.unwrap_or_else(|| self.start(kind));
        let run = Run::of(frame, alias.function, call);
        self.function(Run { start, args, until: Some(id), ..run })
    }

    fn unavailable(&mut self, import: ImportId, call: &Call) -> Value {
        let name = &self.program.import(import).name;
        let message = format!("`{}`: import `{name}` is not available without a daemon", call.path);
        self.wrong(UNAVAILABLE.at(call.path.span, message))
    }

    fn values(&mut self, frame: &mut Frame, call: &Call) -> Vec<Value> {
        self.args(frame, call).into_iter().map(|arg| arg.value).collect()
    }

    /// The arguments of a call, those of a variadic parameter one by one.
    fn args(&mut self, frame: &mut Frame, call: &Call) -> Vec<Arg> {
        let mut args = Vec::with_capacity(call.args.len());
        for (index, expr) in call.args.iter().enumerate() {
            let span = expr.span();
            let value = self.expr(frame, cache_reference(call, index).unwrap_or(expr));
            let (kind, is_variadic) = self.param(&call.callee, index);
            match value {
                Value::Variadic(values) if is_variadic => {
                    args.extend(values.iter().cloned().map(|value| Arg { value, span }));
                }
                value => args.push(Arg { value: self.one(kind, value, span), span }),
            }
        }
        args
    }

    /// The kind of the parameter that an argument goes to, and whether it is a variadic one.
    fn param(&self, callee: &Callee, arg: usize) -> (&'e Kind, bool) {
        let program = self.program;
        let of_function = |id| {
            let param = program.function(id).param_of_arg(arg)?;
            Some((&param.kind, param.is_variadic))
        };
        let found = match callee {
            Callee::Builtin(signature) => {
                signature.param_of_arg(arg).map(|param| (&param.kind, param.is_variadic()))
            }
            Callee::Function(id) => of_function(*id),
            Callee::Alias(id) => of_function(program.alias(*id).function),
            _ => None,
        };
        found.unwrap_or((&Kind::Unknown, false))
    }

    /// A value where one is wanted: a variadic parameter is there what a block would be that mentions each of its
    /// values.
    fn one(&mut self, kind: &Kind, value: Value, span: Span) -> Value {
        match value {
            Value::Variadic(_) => {
                let start = self.start(kind);
                self.continued(Some(start), value, span)
            }
            value => value,
        }
    }

    /// What a mention of a parameter or bound alias makes of the chain: options and stages are added to it, everything
    /// else takes its place. The values of a variadic parameter do so one after another.
    fn continued(&mut self, chain: Option<Value>, value: Value, span: Span) -> Value {
        match (chain, value) {
            (Some(chain), Value::Variadic(values)) => values
                .iter()
                .fold(chain, |chain, value| self.continued(Some(chain), value.clone(), span)),
            (Some(Value::Options(chain)), Value::Options(more)) => {
                self.joined(chain, &more, span).map_or(Value::Unknown, Value::Options)
            }
            (Some(Value::Pipeline(chain)), Value::Pipeline(more)) => {
                self.joined(chain, &more, span).map_or(Value::Unknown, Value::Pipeline)
            }
            (_, value) => value,
        }
    }

    /// A list with another added; to an empty one that is free. `None` if there is too much of it.
    fn joined<T: Item>(
        &mut self,
        mut list: List<T>,
        more: &List<T>,
        span: Span,
    ) -> Option<List<T>> {
        if !list.is_empty() && !self.charge(more.weight(), Charged::Call, span) {
            return None;
        }
        list.append(more);
        Some(list)
    }

    /// Counts what is made; `false` if that is more than an evaluation may make, which is reported once.
    fn charge(&mut self, bytes: u64, what: Charged, span: Span) -> bool {
        match self.output.budget.charge(bytes, what, span) {
            Ok(()) => true,
            Err(Exceeded(error)) => {
                if let Some(error) = error {
                    self.output.report(error);
                }
                false
            }
        }
    }

    /// Reports an error and leaves its value behind.
    pub fn wrong(&mut self, error: Diagnostic) -> Value {
        self.output.report(error);
        Value::Unknown
    }
}
