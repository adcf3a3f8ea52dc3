use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Effect, Signature};
use hlb_program::program::AliasId;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;

use super::value::{Item, Options, same_values, weight};
use super::{Builtin, Fs, Value};

/// A call of a builtin with its arguments evaluated; each has the kind that the signature says.
#[derive(Clone)]
pub struct Call {
    pub builtin: &'static Builtin,
    /// The whole statement or expression.
    pub span: Span,
    pub name_span: Span,
    pub args: Vec<Arg>,
    pub options: Options,
    /// The aliases that an `as` gives to its effects.
    pub aliases: Vec<(&'static Effect, AliasId)>,
    /// The `as` itself.
    pub as_span: Option<Span>,
}

/// An option as a program called it: it is kept for the call that it belongs to.
pub struct OptionCall {
    call: Call,
    fingerprint: u64,
    weight: u64,
}

#[derive(Clone, Debug)]
pub struct Arg {
    pub value: Value,
    pub span: Span,
}

/// How much a call counts for besides its arguments, in bytes.
const CALL_BYTES: u64 = 48;

impl Call {
    /// The argument of a parameter of kind `string`.
    pub fn string(&self, param: &str) -> &str {
        match self.arg(param).map(|arg| &arg.value) {
            Some(Value::String(text)) => text,
            _ => "",
        }
    }

    /// The argument of a parameter of kind `int`.
    pub fn int(&self, param: &str) -> i64 {
        match self.arg(param).map(|arg| &arg.value) {
            Some(Value::Int(value)) => *value,
            _ => 0,
        }
    }

    /// The argument of a parameter of kind `fs`.
    pub fn fs(&self, param: &str) -> Option<&Arc<Fs>> {
        match self.arg(param).map(|arg| &arg.value) {
            Some(Value::Fs(fs)) => Some(fs),
            _ => None,
        }
    }

    /// All arguments of kind `string`, which is what a variadic parameter takes.
    pub fn strings(&self) -> impl Iterator<Item = &Arc<str>> {
        self.args.iter().filter_map(|arg| match &arg.value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// The same, each with its span.
    pub fn spanned_strings(&self) -> impl Iterator<Item = (&Arc<str>, Span)> {
        self.args.iter().filter_map(|arg| match &arg.value {
            Value::String(text) => Some((text, arg.span)),
            _ => None,
        })
    }

    /// All arguments of kind `fs`.
    pub fn filesystems(&self) -> impl Iterator<Item = &Arc<Fs>> {
        self.args.iter().filter_map(|arg| match &arg.value {
            Value::Fs(fs) => Some(fs),
            _ => None,
        })
    }

    /// Those of its options, and of the options of these.
    pub fn filesystems_of_options(&self) -> Vec<&Arc<Fs>> {
        let mut found = Vec::new();
        let mut open: Vec<&Call> = self.options.iter().map(|option| &***option).collect();
        while let Some(option) = open.pop() {
            found.extend(option.filesystems());
            open.extend(option.options.iter().map(|option| &***option));
        }
        found
    }

    /// The span of a parameter's argument.
    pub fn span_of(&self, param: &str) -> Span {
        self.arg(param).map_or(self.name_span, |arg| arg.span)
    }

    /// An error in a parameter's argument.
    pub fn invalid(&self, param: &'static str, problem: impl std::fmt::Display) -> Diagnostic {
        self.site(param).invalid(problem)
    }

    /// What the text of an argument means; the parameter's own check reads literals in the same way.
    pub fn read<T>(
        &self,
        param: &'static str,
        read: impl FnOnce(&str, &ArgSite) -> Result<T, Diagnostic>,
    ) -> Result<T, Diagnostic> {
        read(self.string(param), &self.site(param))
    }

    /// What each text of a variadic parameter means.
    pub fn read_all<T>(
        &self,
        read: impl Fn(&str, &ArgSite) -> Result<T, Diagnostic>,
    ) -> Result<Vec<T>, Diagnostic> {
        let Signature { name, params, .. } = &self.builtin.signature;
        let param = params.last().map_or("", |param| param.name);
        let texts = self.args.iter().filter_map(|arg| match &arg.value {
            Value::String(text) => Some((text, arg.span)),
            _ => None,
        });
        texts.map(|(text, span)| read(text, &ArgSite { builtin: name, param, span })).collect()
    }

    /// What the number of an argument means.
    pub fn read_int<T>(
        &self,
        param: &'static str,
        read: impl FnOnce(i64, &ArgSite) -> Result<T, Diagnostic>,
    ) -> Result<T, Diagnostic> {
        read(self.int(param), &self.site(param))
    }

    /// Where the argument of a parameter stands.
    pub fn site(&self, param: &'static str) -> ArgSite {
        ArgSite { builtin: self.builtin.signature.name, param, span: self.span_of(param) }
    }

    /// Whether an argument is a string, where it may be a number, too.
    pub fn is_string(&self, param: &str) -> bool {
        matches!(self.arg(param), Some(Arg { value: Value::String(_), .. }))
    }

    /// Whether a parameter that may be left out was given an argument.
    pub fn is_given(&self, param: &str) -> bool {
        self.arg(param).is_some()
    }

    /// The calls of an option, in order.
    pub fn option_calls(&self, of: &'static Builtin) -> impl Iterator<Item = &Arc<OptionCall>> {
        self.options.iter().filter(move |it| it.builtin.is(of))
    }

    /// The last call of an option: it wins.
    pub fn option_call(&self, of: &'static Builtin) -> Option<&OptionCall> {
        self.options.newest_first().find(|it| it.builtin.is(of)).map(|it| &**it)
    }

    pub fn has(&self, of: &'static Builtin) -> bool {
        self.option_call(of).is_some()
    }

    /// How much its arguments and options hold, in bytes: what the evaluation is charged before it is lowered.
    pub(crate) fn weight(&self) -> u64 {
        let args = weight(self.args.iter().map(|arg| &arg.value));
        args.saturating_add(self.options.weight()).saturating_add(CALL_BYTES)
    }

    pub(crate) fn arg(&self, param: &str) -> Option<&Arg> {
        let index = self.builtin.signature.params.iter().position(|it| it.name == param)?;
        self.args.get(index)
    }
}

impl OptionCall {
    pub(crate) fn new(call: Call) -> Self {
        let mut hasher = DefaultHasher::new();
        (call.span, call.options.fingerprint()).hash(&mut hasher);
        call.args.iter().for_each(|arg| arg.value.hash_identity(&mut hasher));
        let (fingerprint, weight) = (hasher.finish(), call.weight());
        Self { call, fingerprint, weight }
    }
}

impl std::ops::Deref for OptionCall {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl std::fmt::Debug for OptionCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{:?}", self.builtin.signature.name, self.args)
    }
}

fn values(args: &[Arg]) -> impl ExactSizeIterator<Item = &Value> {
    args.iter().map(|arg| &arg.value)
}

/// Two calls are the same if they stand at one span, since errors name it, and were given the same.
impl Item for Arc<OptionCall> {
    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(self, other)
            || (self.fingerprint == other.fingerprint
                && self.span == other.span
                && same_values(values(&self.args), values(&other.args))
                && self.options.is_same(&other.options))
    }

    fn weight(&self) -> u64 {
        self.weight
    }
}
