use hlb_program::builtin::{Effect, Kind, Param, Signature};

use crate::{Builtin, Lower};

pub(super) static ROWS: &[&Builtin] = &[&MANIFEST, &PLATFORM];

static MANIFEST: Builtin = Builtin::new(
    Signature::new(
        Kind::String,
        "manifest",
        const { &[Param::new("ref", Kind::String, "a reference such as `alpine:3.20`")] },
        "The manifest of an image, as JSON.",
    )
    .with_effects(
        const {
            &[
                Effect::new("digest", Kind::String, "the digest that the reference stands for"),
                Effect::new("config", Kind::String, "the configuration of the image, as JSON"),
                Effect::new("index", Kind::String, "the index of its platforms, as JSON"),
            ]
        },
    ),
    Lower::Unsupported,
);

static PLATFORM: Builtin = Builtin::new(
    Signature::new(
        Kind::option("manifest"),
        "platform",
        const {
            &[
                Param::new("os", Kind::String, "such as `linux`"),
                Param::new("arch", Kind::String, "such as `arm64`"),
            ]
        },
        "Takes the image of this platform.",
    ),
    Lower::Option,
);
