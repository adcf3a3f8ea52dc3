use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::Http;

use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&HTTP, &CHECKSUM, &CHMOD, &FILENAME];

static HTTP: Builtin =
    Builtin::new(
        Signature::new(
            Kind::Fs,
            "http",
            const {
                &[Param::new("url", Kind::String, "a URL that starts with `http://` or `https://`")]
            },
            "Starts from a filesystem with one file, which is fetched.",
        )
        .with_flow(Flow::Starts),
        Lower::Fs(lower),
    );

static CHECKSUM: Builtin = Builtin::new(
    Signature::new(
        Kind::option("http"),
        "checksum",
        const { &[Param::new("digest", Kind::String, "such as `sha256:…`")] },
        "Says which digest the file must have.",
    ),
    Lower::Option,
);

static CHMOD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("http"),
        "chmod",
        const {
            &[Param::new("mode", Kind::Int, "permission bits, such as `0o755`")
                .about(Meaning::Mode)]
        },
        "Sets the permissions of the file.",
    ),
    Lower::Option,
);

static FILENAME: Builtin = Builtin::new(
    Signature::new(
        Kind::option("http"),
        "filename",
        const { &[Param::new("name", Kind::String, "the name")] },
        "Sets the name of the file.",
    ),
    Lower::Option,
);

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let url = call.string("url");
    if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(
            call.invalid("url", format!("expected `http://…` or `https://…`, found `{url}`"))
        );
    }
    let checksum = match call.option_call(&CHECKSUM) {
        None => String::new(),
        Some(setting) => digest(setting.string("digest"))
            .map_err(|problem| setting.invalid("digest", problem))?,
    };
    // Only the low nine bits count, and 0 is not set (language spec, section 5.2).
    let mode = call.option_call(&CHMOD).map(|it| it.int("mode") & 0o777).filter(|mode| *mode != 0);
    let http = Http {
        url: url.to_owned(),
        checksum,
        filename: call
            .option_call(&FILENAME)
            .map_or(String::new(), |it| it.string("name").to_owned()),
        mode: mode.and_then(|mode| u32::try_from(mode).ok()),
        ..Http::default()
    };
    let metadata = cx.metadata(call);
    let mut fs = cx.scratch();
    fs.state = llb::http(&http, metadata).into();
    Ok(fs)
}

/// Reads an OCI digest: an algorithm and as many hexadecimal digits as it has.
fn digest(text: &str) -> Result<String, String> {
    let digits = match text.split_once(':') {
        Some(("sha256", digits)) if digits.len() == 64 => digits,
        Some(("sha384", digits)) if digits.len() == 96 => digits,
        Some(("sha512", digits)) if digits.len() == 128 => digits,
        _ => return Err(format!("expected a digest such as `sha256:…`, found `{text}`")),
    };
    match digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(text.to_owned()),
        false => Err(format!("expected lower-case hexadecimal digits, found `{digits}`")),
    }
}
