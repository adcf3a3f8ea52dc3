use hlb_program::builtin::{Kind, Param, Signature};

use crate::{Builtin, Lower};

pub(super) static ROWS: &[&Builtin] = &[&TEMPLATE, &STRING_FIELD];

static TEMPLATE: Builtin = Builtin::new(
    Signature::new(
        Kind::String,
        "template",
        const { &[Param::new("text", Kind::String, "a template of Go's `text/template`")] },
        "Fills in a template.",
    ),
    Lower::Unsupported,
);

static STRING_FIELD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("template"),
        "stringField",
        const {
            &[
                Param::new("name", Kind::String, "the field"),
                Param::new("value", Kind::String, "its value"),
            ]
        },
        "Gives the template a field.",
    ),
    Lower::Option,
);
