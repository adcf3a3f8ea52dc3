use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::ImageRef;

use super::export::LOCAL_PATH;
use super::image::check_reference;
use crate::export::ArchivedImage;
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] =
    &[&DOWNLOAD_TARBALL, &DOWNLOAD_OCI_TARBALL, &DOWNLOAD_DOCKER_TARBALL, &DOCKER_LOAD];

/// An image of Windows, whose layers are more than files.
pub static WINDOWS_IMAGE: Code = Code::error("HLB0341", "windows-image");

const REF: Param =
    Param::new("ref", Kind::String, "what the image is called, such as `ghcr.io/acme/app:main`")
        .checked_by(|text, site| check_name(text, site).map(drop));

static DOWNLOAD_TARBALL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "downloadTarball",
        const { &[LOCAL_PATH] },
        "Puts the filesystem into a tar file in the build's result, which `docker buildx build --output DIR` writes.",
    )
    .with_flow(Flow::Exports),
    Lower::Fs(tarball),
)
.in_dockerfile("`docker buildx build --output type=tar,dest=FILE`");

static DOWNLOAD_OCI_TARBALL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "downloadOCITarball",
        const { &[LOCAL_PATH] },
        "Puts the filesystem and its configuration, as an OCI image of one layer, into a tar file in the build's result.",
    )
    .with_flow(Flow::Exports),
    Lower::Fs(oci_tarball),
)
.in_dockerfile("`docker buildx build --output type=oci,dest=FILE`");

static DOWNLOAD_DOCKER_TARBALL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "downloadDockerTarball",
        const { &[LOCAL_PATH, REF] },
        "Puts the filesystem and its configuration, as an image that `docker load` takes, into a tar file in the build's \
         result.",
    )
    .with_flow(Flow::Exports),
    Lower::Fs(docker_tarball),
)
.in_dockerfile("`docker buildx build --output type=docker,dest=FILE`");

static DOCKER_LOAD: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "dockerLoad",
        const { &[REF] },
        "Puts the filesystem and its configuration into the build's result, as an image for \
         `docker load --input`. The file of `ghcr.io/acme/app:main` is `app-main.docker.tar`, \
         and that of `app` is `app.docker.tar`.",
    )
    .with_flow(Flow::Exports),
    Lower::Fs(docker_load),
)
.in_dockerfile("`docker buildx build --load`");

fn tarball(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    cx.export_archive(call, "localPath", &fs.state, None)?;
    Ok((*fs).clone())
}

fn oci_tarball(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let image = image(cx, &fs, call, None)?;
    cx.export_archive(call, "localPath", &fs.state, Some(image))?;
    Ok((*fs).clone())
}

fn docker_tarball(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let name = call.read("ref", check_name)?;
    let image = image(cx, &fs, call, Some(name))?;
    cx.export_archive(call, "localPath", &fs.state, Some(image))?;
    Ok((*fs).clone())
}

fn docker_load(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let name = call.read("ref", check_name)?;
    let path = load_path(&name);
    let image = image(cx, &fs, call, Some(name))?;
    cx.export_archive_at(call, path.into(), &fs.state, Some(image))?;
    Ok((*fs).clone())
}

fn image(
    cx: &Cx<'_>,
    fs: &Fs,
    call: &Call,
    name: Option<ImageRef>,
) -> Result<ArchivedImage, Diagnostic> {
    let mut flat = fs.image.flattened(&fs.platform);
    if &*flat.os == "windows" {
        let builtin = call.builtin.signature.name;
        let message = format!("`{builtin}` can't write an image of Windows");
        return Err(WINDOWS_IMAGE.at(call.name_span, message).help(
            "build it as the result, with `docker buildx build --output type=oci,dest=FILE`",
        ));
    }
    flat.set_labels(&cx.host.settings.labels);
    Ok(ArchivedImage { config: flat.to_json(), name })
}

/// What an image can be called: a reference with a tag and without a digest, which follows from the image.
fn check_name(text: &str, site: &ArgSite) -> Result<ImageRef, Diagnostic> {
    check_reference(text, site)?;
    let name = ImageRef::parse(text).map_err(|problem| site.invalid(problem))?;
    match name.digest() {
        None => Ok(name.or_latest()),
        Some(_) => Err(site
            .invalid(format!("expected a name without a digest, found `{text}`"))
            .help(format!("write `{}`", text.split('@').next().unwrap_or(text)))),
    }
}

/// Where in the result an image is that is to be loaded: it has the last part of its name, and its tag if it says one.
fn load_path(name: &ImageRef) -> String {
    let last = name.path().rsplit('/').next().unwrap_or_default();
    match name.tag() {
        None | Some("latest") => format!("{last}.docker.tar"),
        Some(tag) => format!("{last}-{tag}.docker.tar"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_image_has_its_name_and_tag() {
        for (name, path) in [
            ("app", "app.docker.tar"),
            ("app:latest", "app.docker.tar"),
            ("app:1.0", "app-1.0.docker.tar"),
            ("localhost:5000/acme/app:main", "app-main.docker.tar"),
        ] {
            assert_eq!(load_path(&ImageRef::parse(name).expect("valid").or_latest()), path);
        }
    }
}
