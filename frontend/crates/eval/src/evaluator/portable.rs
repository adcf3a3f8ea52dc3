//! `portable`: short for a `seed` that is an image, or nothing as long as the image is not there.

use hlb_program::program::{Call, Callee, Expr, StringExpr, StringPart};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{StringForm, Text};

use super::Evaluator;
use crate::fs::{FIRST_OF, IMAGE, SCRATCH};
use crate::{Arg, Builtin, Frame, Value};

impl Evaluator<'_> {
    /// The options before a call of `portable REF`, and `seed fs { firstOf fs { image REF; } fs { scratch; } }`, with this row
    /// of `seed`.
    pub(super) fn portable(
        &mut self,
        frame: &mut Frame,
        seed: &'static Builtin,
        chain: Option<Value>,
        call: &Call,
    ) -> Value {
        let args = self.args(frame, call);
        let Some(Arg { value, span }) = args.first() else { return Value::Unknown };
        let span = *span;
        let reference = match value {
            _ if self.output.lacks(value) => return Value::Unknown,
            Value::Pending => return Value::Pending,
            Value::String(text) => &**text,
            _ => return Value::Unknown,
        };
        let name = Expr::String(StringExpr {
            span,
            form: StringForm::Quoted,
            parts: [StringPart::Text { span, value: Text::decoded(reference) }].into(),
        });
        let image = as_if(call, &IMAGE, span, [name]);
        let scratch = as_if(call, &SCRATCH, call.path.span, []);
        let candidates = [image, scratch].map(|it| Expr::Call(it.into()));
        let first = as_if(call, &FIRST_OF, call.span, candidates);
        let seeded = as_if(call, seed, call.span, [Expr::Call(first.into())]);
        self.builtin(frame, &seed.signature, chain, &seeded)
    }
}

/// A call of another builtin, as if it stood in place of one.
fn as_if<const N: usize>(
    call: &Call,
    builtin: &'static Builtin,
    span: Span,
    args: [Expr; N],
) -> Call {
    Call {
        span,
        path: call.path.clone(),
        callee: Callee::Builtin(&builtin.signature),
        args: args.into(),
        options: None,
        binds: Default::default(),
        as_span: None,
    }
}
