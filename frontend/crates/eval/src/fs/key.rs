//! What decides whether the command of a `run` is taken from the cache, beside the command and what it sees.

use std::collections::BTreeSet;

use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{ContentCache, KeyText};

use super::duration::{INVALID_DURATION, parse_duration};
use crate::{Builtin, Call, Cx, Lower};

pub(super) static ROWS: &[&Builtin] = &[&IGNORE_CACHE, &MAX_AGE, &BY_CONTENT];

static IGNORE_CACHE: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "ignoreCache",
        &[],
        "Runs the command in every build, although the cache has its result. Its environment and \
         its cache mounts stay as they are.",
    )
    .with_flow(Flow::Expires),
    Lower::Option,
)
.in_dockerfile("`docker build --no-cache-filter STAGE`");

static MAX_AGE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("run"),
        "maxAge",
        const {
            &[Param::new("duration", Kind::String, "a time such as `30m`, `24h` or `7d`")
                .checked_by(|text, site| read_age(text, site).map(drop))]
        },
        "Runs the command again when the time is over, as for packages that are to be upgraded once a day. The times are \
         counted from 1970, so builds on all machines begin a new one together: `24h` ends at midnight UTC. The build \
         argument `HLB_NOW` stands in for the clock. Cache mounts stay as they are.",
    )
    .with_flow(Flow::Expires),
    Lower::Option,
)
.in_dockerfile("an `ARG` with the date before the `RUN`");

static BY_CONTENT: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("run"),
        "byContent",
        &[],
        "Takes the command from the cache if it ran on the same files before, however they were made: where a step before \
         it ran again and changed nothing, nothing after that runs again. All files of the filesystem are read once for \
         it, so it is for the border between parts of a build, not for each step.",
    ),
    Lower::Option,
)
.needing(caps::EXEC_MOUNT_CACHE_CONTENT);

/// The shortest time that `maxAge` takes, in nanoseconds: the clock of a build counts seconds.
const SECOND: i64 = 1_000_000_000;

/// Whether the step is known by the content of its root filesystem.
pub(super) fn content_cache(call: &Call) -> ContentCache {
    match call.has(&BY_CONTENT) {
        true => ContentCache::On,
        false => ContentCache::Default,
    }
}

/// The texts that change the cache key without changing what the command sees.
pub(super) fn key_only(cx: &Cx<'_>, call: &Call) -> Result<BTreeSet<KeyText>, Diagnostic> {
    let settings = &cx.host.settings;
    let again = call.has(&IGNORE_CACHE) || cx.host.filter.selects(cx.frame.function);
    let nonce = again.then(|| KeyText::new("nonce", &settings.nonce));
    let max_age = call.option_call(&MAX_AGE).map(|option| {
        let age = option.read("duration", read_age)?;
        let began = settings.now - settings.now % age;
        Ok(KeyText::new("max-age", &began.to_string()))
    });
    Ok(nonce.into_iter().chain(max_age.transpose()?).collect())
}

/// Reads a time of whole seconds, at least one: as Go writes it, or a number of days.
fn read_age(text: &str, site: &ArgSite) -> Result<u64, Diagnostic> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    let nanos = match days {
        Some(days) => days.checked_mul(24 * 60 * 60 * SECOND),
        None => parse_duration(text),
    };
    let error = |message: String| {
        INVALID_DURATION.at(site.span, message).help("write a time such as `30m`, `24h` or `7d`")
    };
    let nanos = nanos.ok_or_else(|| error(format!("expected a time, found `{text}`")))?;
    let seconds = u64::try_from(nanos / SECOND).ok().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| error(format!("time `{text}` is shorter than a second")))
}
