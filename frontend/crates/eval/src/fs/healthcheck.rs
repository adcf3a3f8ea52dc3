use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::config::quoted;
use super::duration::{check_duration, read_duration};
use super::run::no_command;
use crate::image_config::Healthcheck;
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] =
    &[&HEALTHCHECK, &INTERVAL, &TIMEOUT, &START_PERIOD, &START_INTERVAL, &RETRIES, &NO_HEALTHCHECK];

const OPTIONS: Kind = Kind::option("healthcheck");

static HEALTHCHECK: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "healthcheck",
        const {
            &[Param::variadic(
                "arg",
                Kind::String,
                "one for a line that the shell of the image runs; several for a program and its \
                 arguments",
            )
            .about(Meaning::ContainerCommand)]
        },
        "Sets the command that an engine runs in the containers of the image to see whether they \
         work. Exit code 0 is healthy, 1 is not.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(lower),
)
.known_as("HEALTHCHECK");

static NO_HEALTHCHECK: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "noHealthcheck",
        &[],
        "Removes the health check: the image has none, not even that of its base image.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(lower_none),
)
.in_dockerfile("`HEALTHCHECK NONE`");

const fn time(name: &'static str, doc: &'static str) -> Builtin {
    const PARAMS: &[Param] = &[Param::new(
        "time",
        Kind::String,
        "a duration such as `30s` or `1m30s`; `0s` leaves it to the engine",
    )
    .checked_by(check_duration)];
    Builtin::extension(Signature::new(OPTIONS, name, PARAMS, doc), Lower::Option)
}

static INTERVAL: Builtin = time(
    "interval",
    "Sets the time from the end of a check to the start of the next. Without \
     it, the engine takes 30 seconds.",
)
.in_dockerfile("`HEALTHCHECK --interval=TIME`");
static TIMEOUT: Builtin = time(
    "timeout",
    "Sets how long a check may take; then it has failed. Without it, the \
     engine takes 30 seconds.",
)
.in_dockerfile("`HEALTHCHECK --timeout=TIME`");
static START_PERIOD: Builtin = time(
    "startPeriod",
    "Sets how long a container may take to start. Until then, failures do not count.",
)
.in_dockerfile("`HEALTHCHECK --start-period=TIME`");
static START_INTERVAL: Builtin = time(
    "startInterval",
    "Sets the time between checks while a container starts. Without it, the \
     engine takes 5 seconds.",
)
.in_dockerfile("`HEALTHCHECK --start-interval=TIME`");

static RETRIES: Builtin = Builtin::extension(
    Signature::new(
        OPTIONS,
        "retries",
        const {
            &[Param::new("count", Kind::Int, "the number; 0 leaves it to the engine")
                .ints_checked_by(|count, site| read_count(count, site).map(drop))]
        },
        "Sets how many checks in a row must fail for a container to be unhealthy. Without it, \
         the engine takes 3.",
    ),
    Lower::Option,
)
.in_dockerfile("`HEALTHCHECK --retries=COUNT`");

fn lower(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let words: Vec<Arc<str>> = call.strings().cloned().collect();
    let form = match words.len() {
        0 => return Err(no_command(call).help("write `healthcheck \"COMMAND\"`")),
        1 => "CMD-SHELL",
        _ => "CMD",
    };
    let test = [form.into()].into_iter().chain(words).collect();
    let healthcheck = Healthcheck {
        test,
        interval: time_of(call, &INTERVAL)?,
        timeout: time_of(call, &TIMEOUT)?,
        start_period: time_of(call, &START_PERIOD)?,
        start_interval: time_of(call, &START_INTERVAL)?,
        retries: retries(call)?,
    };
    Ok(set(fs, healthcheck, call))
}

fn lower_none(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let none = Healthcheck { test: ["NONE".into()].into(), ..Healthcheck::default() };
    Ok(set(fs, none, call))
}

/// The history has it in the words of a Dockerfile.
fn set(fs: Arc<Fs>, healthcheck: Healthcheck, call: &Call) -> Fs {
    let mut fs = Arc::unwrap_or_clone(fs);
    let times = [
        ("interval", &INTERVAL),
        ("timeout", &TIMEOUT),
        ("start-period", &START_PERIOD),
        ("start-interval", &START_INTERVAL),
    ];
    let times = times.into_iter().filter_map(|(flag, option)| {
        Some(format!("--{flag}={} ", call.option_call(option)?.string("time")))
    });
    let retries = call.option_call(&RETRIES).map(|it| format!("--retries={} ", it.int("count")));
    let flags = times.chain(retries).collect::<String>();
    fs.image.history.empty_layer(format!("HEALTHCHECK {flags}{}", quoted(&healthcheck.test)));
    fs.image.config_mut().healthcheck = Some(Arc::new(healthcheck));
    fs
}

/// What an option says in nanoseconds, 0 if it is not there.
fn time_of(call: &Call, option: &'static Builtin) -> Result<i64, Diagnostic> {
    let Some(option) = call.option_call(option) else { return Ok(0) };
    option.read("time", read_duration)
}

fn retries(call: &Call) -> Result<i64, Diagnostic> {
    call.option_call(&RETRIES).map_or(Ok(0), |option| option.read_int("count", read_count))
}

fn read_count(count: i64, site: &ArgSite) -> Result<i64, Diagnostic> {
    match i32::try_from(count) {
        Ok(0..) => Ok(count),
        Ok(_) | Err(_) => {
            let problem = format!("expected a number from 0 to {}, found `{count}`", i32::MAX);
            Err(site.invalid(problem))
        }
    }
}
