use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::CdiDevice;

use crate::{Builtin, Call, Lower, Needed, Needs};

pub(super) static ROWS: &[&Builtin] = &[&DEVICE, &REQUIRED];

static DEVICE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("run"),
        "device",
        const {
            &[Param::new("name", Kind::String, "a CDI name, such as `nvidia.com/gpu=all`")
                .checked_by(check_name)]
        },
        "Gives the command a device of the daemon's machine, if there is such a device. The \
         client may have to allow it, as in `--allow device=nvidia.com/gpu`.",
    ),
    Lower::Option,
)
.needing(caps::EXEC_META_CDI)
.in_dockerfile("`RUN --device=NAME`");

static REQUIRED: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("device"),
        "required",
        &[],
        "Fails the build if the daemon's machine has no such device.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --device=NAME,required`");

/// The devices of a `run`.
pub fn devices(call: &Call) -> Result<Vec<CdiDevice>, Diagnostic> {
    let device = |option: &std::sync::Arc<crate::OptionCall>| {
        option.read("name", check_name)?;
        Ok(CdiDevice { name: option.string("name").to_owned(), optional: !option.has(&REQUIRED) })
    };
    call.option_calls(&DEVICE).map(device).collect()
}

/// The leave that a `run` needs for its devices.
pub fn needed(call: &Call) -> impl Iterator<Item = Needed> {
    call.option_calls(&DEVICE).map(|option| Needed {
        what: Needs::Device,
        id: option.string("name").to_owned(),
        span: option.span_of("name"),
    })
}

/// Checks the name of a kind of devices, and perhaps of one, as in `vendor.com/class=name` (CDI 0.8, `SPEC.md`).
fn check_name(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let (kind, device) = text.split_once('=').unwrap_or((text, "*"));
    let is_name = |name: &str, more: &[char]| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
    };
    let is_kind = kind.split_once('/').is_some_and(|(vendor, class)| {
        is_name(vendor, &['_', '-', '.']) && is_name(class, &['_', '-'])
    });
    match is_kind && (device == "*" || is_name(device, &['_', '-', '.', ':'])) {
        true => Ok(()),
        false => {
            let problem =
                format!("expected a CDI device such as `nvidia.com/gpu=all`, found `{text}`");
            Err(site.invalid(problem))
        }
    }
}
