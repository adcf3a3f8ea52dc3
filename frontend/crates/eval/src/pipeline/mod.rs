//! The builtins of kind `pipeline`.

use hlb_program::builtin::{Kind, Param, Signature};

use super::{Builtin, Lower};

/// All of them.
pub(super) static ROWS: &[&[&Builtin]] = &[&[&STAGE]];

static STAGE: Builtin = Builtin::new(
    Signature::new(
        Kind::Pipeline,
        "stage",
        const { &[Param::variadic("part", Kind::Pipeline, "a filesystem or a pipeline")] },
        "Adds a step that makes its parts at the same time, after the steps before it.",
    ),
    Lower::Stage,
);
