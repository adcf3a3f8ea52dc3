use hlb_program::builtin::{Flow, Kind, Param, Signature};

use crate::{Builtin, Lower};

pub(super) static ROWS: &[&Builtin] = &[&FIRST_OF];

pub static FIRST_OF: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "firstOf",
        const {
            &[Param::variadic(
                "candidates",
                Kind::Fs,
                "a filesystem that may not be there yet; the last is best one that always is",
            )]
        },
        "Starts from the first of some filesystems whose sources are there: the images, commits, \
         downloads and paths of contexts that it is made of. The others are neither fetched nor \
         built. A source to which access is denied counts as not there, with a warning, since \
         registries deny what does not exist; any other failure is an error.",
    )
    .with_flow(Flow::Starts),
    Lower::FirstOf,
);
