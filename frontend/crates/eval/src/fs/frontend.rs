use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{Edge, ImageRef, State};

use super::image::check_reference;
use crate::evaluator::UNAVAILABLE;
use crate::{Absence, Answer, Builtin, Call, Cx, Frontend, FrontendBuild, Fs, Lower, OptionCall};

pub(super) static ROWS: &[&Builtin] = &[&FRONTEND, &INPUT, &OPT];

static FRONTEND: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "frontend",
        const {
            &[Param::new(
                "source",
                Kind::String,
                "the image of the frontend, such as `docker/dockerfile:1`",
            )
            .checked_by(check_reference)]
        },
        "Starts from what another frontend of BuildKit builds, with its configuration.",
    )
    .with_flow(Flow::StartsConfigured),
    Lower::Fs(lower),
)
.in_dockerfile("`# syntax=SOURCE`");

static INPUT: Builtin = Builtin::new(
    Signature::new(
        Kind::option("frontend"),
        "input",
        const {
            &[
                Param::new("key", Kind::String, "the name of the input").checked_by(check_key),
                Param::new("value", Kind::Fs, "the filesystem; it must not be empty"),
            ]
        },
        "Gives the frontend a filesystem. `context` and `dockerfile` are those of a Dockerfile \
         frontend.",
    ),
    Lower::Option,
);

static OPT: Builtin = Builtin::new(
    Signature::new(
        Kind::option("frontend"),
        "opt",
        const {
            &[
                Param::new("key", Kind::String, "the name of the option").checked_by(check_key),
                Param::new("value", Kind::String, "its value"),
            ]
        },
        "Sets an option of the frontend, such as `target` or `build-arg:NAME`.",
    ),
    Lower::Option,
);

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let (source, platform) = (call.string("source"), cx.host.platform.clone());
    call.read("source", check_reference)?;
    // The check has found that it is one.
    let source = ImageRef::parse(source).map_or(source.to_owned(), |it| it.or_latest().to_string());
    for option in call.option_calls(&INPUT).chain(call.option_calls(&OPT)) {
        option.read("key", check_key)?;
    }
    let inputs =
        call.option_calls(&INPUT).map(|it| Ok((it.string("key").into(), input(it, "value")?)));
    let options =
        call.option_calls(&OPT).map(|it| (it.string("key").into(), it.string("value").into()));
    let (mut options, inputs): (BTreeMap<_, _>, _) =
        (options.collect(), inputs.collect::<Result<_, _>>()?);
    // Without it a frontend builds for the platform that builds.
    if *platform != cx.host.settings.build_platform {
        options.entry("platform".to_owned()).or_insert_with(|| platform.to_string());
    }
    built(cx, call, FrontendBuild { frontend: Frontend::Image(source), options, inputs, platform })
}

/// A filesystem that a frontend is given. An empty one has no definition that could be handed over.
pub(super) fn input(option: &OptionCall, param: &'static str) -> Result<Edge, Diagnostic> {
    match option.fs(param).map(|fs| &fs.state) {
        Some(State::Edge(edge)) => Ok(edge.clone()),
        _ => Err(option.invalid(param, "a frontend can't be given an empty filesystem")),
    }
}

fn check_key(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match text.is_empty() {
        true => Err(site.invalid("expected a name, found an empty string")),
        false => Ok(()),
    }
}

/// What another frontend makes.
pub(super) fn built(cx: &mut Cx<'_>, call: &Call, build: FrontendBuild) -> Result<Fs, Diagnostic> {
    match cx.frontend(&build, call.span) {
        Answer::Ready(image) => Ok(Fs::of_image(image, &build.platform)),
        Answer::Pending => Ok(cx.scratch()),
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            let name = call.builtin.signature.name;
            Err(UNAVAILABLE.at(call.name_span, format!("`{name}`: {problem}")))
        }
    }
}
