//! The option `platform`, which several builtins have.

use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Kind, Param};
use hlb_syntax::diagnostic::Diagnostic;
use llb::Platform;

use crate::{Builtin, Call, Cx};

/// A whole platform, or a system and an architecture, as the first implementation has it.
pub const PARAMS: &[Param] = &[
    Param::new(
        "os",
        Kind::String,
        "a platform such as `linux/arm/v7`, or with `arch` the operating system alone, such as `linux`",
    )
    .checked_by(check_os),
    Param::optional("arch", Kind::String, "the architecture, such as `arm64`, or with a variant, such as `arm/v7`")
        .checked_by(|arch, site| check(&format!("linux/{arch}"), site)),
];

/// The platform that the option chooses, or else that which is built for.
///
/// What a lone system or architecture leaves open is that of the platform that builds, as in `FROM --platform`.
pub fn chosen(
    cx: &Cx<'_>,
    call: &Call,
    option: &'static Builtin,
) -> Result<Arc<Platform>, Diagnostic> {
    let Some(option) = call.option_call(option) else { return Ok(cx.host.platform.clone()) };
    let (os, arch) = (option.string("os"), option.string("arch"));
    let (param, text) = match option.is_given("arch") {
        false => ("os", os.to_owned()),
        true if os.contains('/') => {
            let problem = format!("expected a system such as `linux`, found `{os}`");
            return Err(option.invalid("os", problem).help("leave out the architecture"));
        }
        true => ("arch", format!("{os}/{arch}")),
    };
    let platform = Platform::parse(&text, &cx.host.settings.build_platform);
    platform.map(Arc::new).map_err(|error| option.invalid(param, error))
}

/// Whether a text is a platform, or its beginning.
fn check_os(os: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match os.contains('/') {
        true => check(os, site),
        false => check(&format!("{os}/amd64"), site),
    }
}

/// Whether a platform is one that the words name completely, so that no other matters.
fn check(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    Platform::parse(text, &Platform::default()).map(drop).map_err(|error| site.invalid(error))
}
