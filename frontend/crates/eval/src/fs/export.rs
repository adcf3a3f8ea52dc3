use std::sync::Arc;

use hlb_program::builtin::{Effect, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use crate::export::{Contents, check_path};
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[
    &DOCKER_PUSH,
    &STARGZ,
    &DOCKER_LOAD,
    &DOWNLOAD,
    &DOWNLOAD_TARBALL,
    &DOWNLOAD_OCI_TARBALL,
    &DOWNLOAD_DOCKER_TARBALL,
];

const REF: Param = Param::new("ref", Kind::String, "a reference such as `ghcr.io/acme/app:main`");
const LOCAL_PATH: Param = Param::new(
    "localPath",
    Kind::String,
    "a path in the result of the build; relative to the directory of the file that it stands in",
)
.checked_by(|path, site| check_path(path, site.span));

const fn export(name: &'static str, params: &'static [Param], doc: &'static str) -> Builtin {
    let signature = Signature::new(Kind::Fs, name, params, doc).with_flow(Flow::Exports);
    Builtin::new(signature, Lower::Unsupported)
}

static DOCKER_PUSH: Builtin = Builtin::new(
    Signature::new(Kind::Fs, "dockerPush", const { &[REF] }, "Pushes the filesystem as an image.")
        .with_effects(const { &[Effect::new("digest", Kind::String, "the digest of the image")] })
        .with_flow(Flow::Exports),
    Lower::Unsupported,
);

static STARGZ: Builtin = Builtin::new(
    Signature::new(
        Kind::option("dockerPush"),
        "stargz",
        &[],
        "Compresses layers so that they can be pulled lazily.",
    ),
    Lower::Option,
);

static DOCKER_LOAD: Builtin = export(
    "dockerLoad",
    const { &[REF] },
    "Loads the filesystem as an image into the client's engine.",
);
static DOWNLOAD: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "download",
        const { &[LOCAL_PATH] },
        "Puts the filesystem into a directory of the build's result, which `docker buildx build --output DIR` writes.",
    )
    .with_flow(Flow::Exports),
    Lower::Fs(download),
);
static DOWNLOAD_TARBALL: Builtin = export(
    "downloadTarball",
    const { &[LOCAL_PATH] },
    "Writes the filesystem to a tar file of the client's.",
);
static DOWNLOAD_OCI_TARBALL: Builtin = export(
    "downloadOCITarball",
    const { &[LOCAL_PATH] },
    "Writes the filesystem as an OCI image to a file of the client's.",
);
static DOWNLOAD_DOCKER_TARBALL: Builtin = export(
    "downloadDockerTarball",
    const { &[LOCAL_PATH, REF] },
    "Writes the filesystem as an image for `docker load` to a file of the client's.",
);

fn download(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    cx.export(call, "localPath", Contents::Directory(fs.state.clone()))?;
    Ok((*fs).clone())
}
