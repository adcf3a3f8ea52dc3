use hlb_program::builtin::{Flow, Kind, Param, Signature};

use crate::{Builtin, Lower};

pub(super) static ROWS: &[&Builtin] = &[&FRONTEND, &INPUT, &OPT];

static FRONTEND: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "frontend",
        const { &[Param::new("source", Kind::String, "a reference of the frontend's image")] },
        "Starts from what another frontend builds.",
    )
    .with_flow(Flow::StartsConfigured),
    Lower::Unsupported,
);

static INPUT: Builtin = Builtin::new(
    Signature::new(
        Kind::option("frontend"),
        "input",
        const {
            &[
                Param::new("key", Kind::String, "the name of the input"),
                Param::new("value", Kind::Fs, "the input"),
            ]
        },
        "Gives the frontend a filesystem.",
    ),
    Lower::Option,
);

static OPT: Builtin = Builtin::new(
    Signature::new(
        Kind::option("frontend"),
        "opt",
        const {
            &[
                Param::new("key", Kind::String, "the option"),
                Param::new("value", Kind::String, "its value"),
            ]
        },
        "Sets an option of the frontend.",
    ),
    Lower::Option,
);
