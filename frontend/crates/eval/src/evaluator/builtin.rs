use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Signature};
use hlb_program::program;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::Vertex;

use super::Evaluator;
use crate::candidate::Waits;
use crate::capability::{missing, missing_of_made};
use crate::fs::imports_of;
use crate::limit::Charged;
use crate::value::Checks;
use crate::{Builtin, Call, Cx, Frame, Fs, Lower, Need, OptionCall, Value, pipeline};

/// A builtin that can't be evaluated yet.
pub static UNSUPPORTED: Code = Code::error("HLB0302", "unsupported-builtin");

impl Evaluator<'_> {
    /// Evaluates a call of a builtin.
    pub(super) fn builtin(
        &mut self,
        frame: &mut Frame,
        signature: &'static Signature,
        chain: Option<Value>,
        site: &program::Call,
    ) -> Value {
        let Some(builtin) = self.registry.row(signature) else { return Value::Unknown };
        match builtin.lower {
            Lower::FirstOf => return self.first_of(frame, site),
            Lower::Portable(seed) => return self.portable(frame, seed, chain, site),
            _ => {}
        }
        let args = self.args(frame, site);
        let options = site.options.as_ref().map(|options| {
            let value = self.expr(frame, options);
            self.one(&Kind::AnyOption, value, options.span())
        });
        let chain = chain.unwrap_or_else(|| self.start(&signature.kind));
        let values = || args.iter().map(|arg| &arg.value).chain(&options).chain([&chain]);
        if values().any(Value::is_pending) {
            if let Some(Value::Options(options)) = &options {
                self.output.early_imports.extend(imports_of(options, self.host));
            }
            return Value::Pending;
        }
        if values().any(|value| matches!(value, Value::Unknown)) {
            return Value::Unknown;
        }
        // What a string builtin comes after is of no use to it.
        let needed = || args.iter().map(|arg| &arg.value).chain(&options);
        if needed().any(|value| self.output.lacks(value)) {
            return Value::Unknown;
        }
        let options = match options {
            None => Default::default(),
            Some(Value::Options(options)) => options,
            Some(_) => return Value::Unknown,
        };
        let call = Call {
            builtin,
            span: site.span,
            name_span: site.path.span,
            args,
            options,
            aliases: site.binds.iter().map(|bind| (bind.effect, bind.alias)).collect(),
            as_span: site.as_span,
        };
        if !self.charge(call.weight(), Charged::Call, site.span) {
            return Value::Unknown;
        }
        let caps = &self.host.settings.caps;
        if let Some(Need::Always(cap)) = builtin.needs
            && let Some(error) = missing(caps, &call, cap)
        {
            return self.wrong(error);
        }
        self.lower(frame, builtin, call, chain)
    }

    fn lower(
        &mut self,
        frame: &mut Frame,
        builtin: &'static Builtin,
        call: Call,
        chain: Value,
    ) -> Value {
        match (&builtin.lower, chain) {
            (Lower::Fs(lower), Value::Fs(fs)) => self.fs(frame, *lower, fs, &call),
            (Lower::String(lower), _) => {
                let made = self.with_cx(frame, |cx| lower(cx, &call));
                if let Some(Ok(text)) = &made
                    && !self.charge(text.len() as u64, Charged::Text, call.span)
                {
                    return Value::Unknown;
                }
                self.made(made, |text| Value::String(text.into()))
            }
            (Lower::Value(lower), _) => {
                let made = self.with_cx(frame, |cx| lower(cx, &call));
                self.made(made, |value| value)
            }
            (Lower::Option, Value::Options(mut options)) => {
                options.push(Arc::new(OptionCall::new(call)));
                Value::Options(options)
            }
            (Lower::Stage, Value::Pipeline(stages)) => match pipeline::staged(stages, &call) {
                Ok(stages) => Value::Pipeline(stages),
                Err(error) => self.wrong(error),
            },
            (Lower::Unsupported, _) => {
                let name = call.builtin.signature.name;
                let message = format!("`{name}` can't be evaluated by this frontend yet");
                self.wrong(UNSUPPORTED.at(call.name_span, message))
            }
            _ => Value::Unknown,
        }
    }

    fn fs(
        &mut self,
        frame: &mut Frame,
        lower: fn(&mut Cx<'_>, Arc<Fs>, &Call) -> Result<Fs, Diagnostic>,
        fs: Arc<Fs>,
        call: &Call,
    ) -> Value {
        let before = (fs.state.edge().map(|edge| edge.vertex.clone()), fs.dir.clone());
        let chain = fs.checks.clone();
        let made = self.with_cx(frame, |cx| lower(cx, fs, call));
        let made = made.map(|made| made.map(|made| self.checked(frame, call, &chain, made)));
        if let Some(Ok(made)) = &made {
            let (op, dir) = added_bytes(made, &before);
            let is_within = self.charge(FS_BYTES + op, Charged::Op, call.span)
                && self.charge(dir, Charged::Text, call.span);
            if !is_within {
                return Value::Unknown;
            }
        }
        let caps = &self.host.settings.caps;
        if let Some(Ok(fs)) = &made
            && let Some(error) = missing_of_made(caps, call, frame, before.0.as_ref(), fs)
        {
            return self.wrong(error);
        }
        self.made(made, |fs| Value::Fs(Arc::new(fs)))
    }

    /// A filesystem that a call made, and those that it bound, with the checks of all that they were made from.
    fn checked(&mut self, frame: &mut Frame, call: &Call, chain: &Checks, mut made: Fs) -> Fs {
        let mut looked_at = 0;
        let mut used = Checks::default();
        for fs in call.filesystems().chain(call.filesystems_of_options()) {
            looked_at += used.extend(&fs.checks);
        }
        looked_at += made.checks.extend(&used);
        let bound = call.options.iter().flat_map(|option| &option.aliases).chain(&call.aliases);
        for (_, alias) in bound {
            let Some(Value::Fs(fs)) = frame.aliases.get(alias) else { continue };
            let mut fs = (**fs).clone();
            for checks in [chain, &used] {
                looked_at += fs.checks.extend(checks);
            }
            frame.aliases.insert_mut(*alias, Value::Fs(Arc::new(fs)));
        }
        if call.builtin.signature.flow == Flow::Exports {
            looked_at += self.output.export_checks.extend(&made.checks);
        }
        self.charge(CHECK_BYTES * looked_at as u64, Charged::Call, call.span);
        made
    }

    /// Runs a lowering; `None` if what it makes waits for an answer that it asked for itself.
    fn with_cx<T>(
        &mut self,
        frame: &mut Frame,
        lower: impl FnOnce(&mut Cx<'_>) -> Result<T, Diagnostic>,
    ) -> Option<Result<T, Diagnostic>> {
        let before = std::mem::take(&mut self.output.waits);
        let mut cx =
            Cx { host: self.host, frame, output: &mut self.output, resolver: self.resolver };
        let made = lower(&mut cx);
        let waits = self.output.waits;
        self.output.waits = before.max(waits);
        (waits == Waits::Nothing).then_some(made)
    }

    fn made<T>(
        &mut self,
        made: Option<Result<T, Diagnostic>>,
        value: impl FnOnce(T) -> Value,
    ) -> Value {
        match made {
            None => Value::Pending,
            Some(Ok(made)) => value(made),
            Some(Err(error)) => self.wrong(error),
        }
    }
}

/// How much it counts for to look at a check again, in bytes.
const CHECK_BYTES: u64 = 64;

/// How much a filesystem takes besides its vertex and its texts, which it shares with those before it, in bytes.
const FS_BYTES: u64 = 128;

/// What a filesystem has that the vertex and directory before it have not: bytes of its op, and of its directory.
///
/// All else of it was charged as an argument.
fn added_bytes(made: &Fs, (vertex, dir): &(Option<Vertex>, Arc<str>)) -> (u64, u64) {
    let new = made.state.edge().map(|edge| &edge.vertex).filter(|it| Some(*it) != vertex.as_ref());
    let op = new.map_or(0, |it| it.bytes().len() as u64);
    // It is longer than what the program wrote if that was relative. The image's config and history have it as well.
    let dir = if Arc::ptr_eq(&made.dir, dir) { 0 } else { 3 * made.dir.len() as u64 };
    (op, dir)
}
