use std::sync::Arc;

use hlb_program::builtin::{Effect, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::image::check_reference;
use crate::export::{Contents, check_path};
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&DOCKER_PUSH, &STARGZ, &DOWNLOAD];

const REF: Param =
    Param::new("ref", Kind::String, "an image reference, such as `ghcr.io/acme/app:main`")
        .checked_by(check_reference);
pub(super) const LOCAL_PATH: Param = Param::new(
    "localPath",
    Kind::String,
    "a path in the result of the build, relative to the directory of the program's file",
)
.checked_by(|path, site| check_path(path, site.span));

static DOCKER_PUSH: Builtin = Builtin::new(
    Signature::new(Kind::Fs, "dockerPush", const { &[REF] }, "Pushes the filesystem as an image.")
        .with_effects(const { &[Effect::new("digest", Kind::String, "the digest of the image")] })
        .with_flow(Flow::Exports),
    Lower::Unsupported,
)
.in_dockerfile("`docker buildx build --push`");

static STARGZ: Builtin = Builtin::new(
    Signature::new(
        Kind::option("dockerPush"),
        "stargz",
        &[],
        "Compresses the layers as eStargz, so that they can be pulled lazily.",
    ),
    Lower::Option,
);

static DOWNLOAD: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "download",
        const { &[LOCAL_PATH] },
        "Puts the filesystem into a directory of the build's result, which `docker buildx build \
         --output DIR` writes. The target's own filesystem is not in the result then.",
    )
    .with_flow(Flow::Exports),
    Lower::Fs(download),
)
.in_dockerfile("`COPY --from` into a stage of `FROM scratch`");

fn download(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    cx.export(call, "localPath", Contents::Directory(fs.state.clone()))?;
    Ok((*fs).clone())
}
