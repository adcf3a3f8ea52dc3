//! The platform that is built for, and the one that builds, as a Dockerfile's `TARGETPLATFORM` and `BUILDPLATFORM`.
//!
//! BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/platform.go`, `defaultArgs`.

use hlb_program::builtin::{Kind, Signature};
use llb::Platform;

use crate::{Builtin, Cx, Lower};

pub(super) static ROWS: &[&Builtin] = &[
    &TARGET_PLATFORM,
    &TARGET_OS,
    &TARGET_ARCH,
    &TARGET_VARIANT,
    &BUILD_PLATFORM,
    &BUILD_OS,
    &BUILD_ARCH,
    &BUILD_VARIANT,
];

const fn row(name: &'static str, doc: &'static str, lower: Lower) -> Builtin {
    Builtin::extension(Signature::new(Kind::String, name, &[], doc), lower)
}

static TARGET_PLATFORM: Builtin = row(
    "targetPlatform",
    "The platform that is built for, one of those of `--platform`: `linux/arm64`, `linux/arm/v7`. The value is for the \
     option `platform`, too. Where a module is imported from, it is the platform that builds.",
    Lower::String(|cx, _| Ok(cx.host.platform.to_string())),
)
.in_dockerfile("`TARGETPLATFORM`");
static TARGET_OS: Builtin = row(
    "targetOS",
    "The operating system of the platform that is built for: `linux`.",
    Lower::String(|cx, _| Ok(cx.host.platform.os.clone())),
)
.in_dockerfile("`TARGETOS`");
static TARGET_ARCH: Builtin = row(
    "targetArch",
    "The architecture of the platform that is built for, as Go names it: `arm64`, `arm`.",
    Lower::String(|cx, _| Ok(cx.host.platform.architecture.clone())),
)
.in_dockerfile("`TARGETARCH`");
static TARGET_VARIANT: Builtin = row(
    "targetVariant",
    "The variant of the architecture that is built for, such as `v7`; empty if it has none.",
    Lower::String(|cx, _| Ok(cx.host.platform.variant.clone())),
)
.in_dockerfile("`TARGETVARIANT`");
static BUILD_PLATFORM: Builtin = row(
    "buildPlatform",
    "The platform that builds, which is the daemon's own: `linux/amd64`. Steps on an image `with \
     platform(buildPlatform)` are not emulated, and run once however many platforms are built for.",
    Lower::String(|cx, _| Ok(build(cx).short())),
)
.in_dockerfile("`BUILDPLATFORM`");
static BUILD_OS: Builtin = row(
    "buildOS",
    "The operating system of the platform that builds: `linux`.",
    Lower::String(|cx, _| Ok(build(cx).os.clone())),
)
.in_dockerfile("`BUILDOS`");
static BUILD_ARCH: Builtin = row(
    "buildArch",
    "The architecture of the platform that builds, as Go names it: `amd64`.",
    Lower::String(|cx, _| Ok(build(cx).architecture.clone())),
)
.in_dockerfile("`BUILDARCH`");
static BUILD_VARIANT: Builtin = row(
    "buildVariant",
    "The variant of the architecture that builds; empty if it has none.",
    Lower::String(|cx, _| Ok(build(cx).variant.clone())),
)
.in_dockerfile("`BUILDVARIANT`");

fn build<'a>(cx: &Cx<'a>) -> &'a Platform {
    &cx.host.settings.build_platform
}
