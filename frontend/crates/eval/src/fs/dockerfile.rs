use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::env::check_variable;
use super::frontend::{built, input};
use super::platform;
use crate::{Builtin, Call, Cx, Frontend, FrontendBuild, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&DOCKERFILE, &FILE, &CONTEXT, &BUILD_ARG, &PLATFORM];

pub static DOCKERFILE: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "dockerfile",
        const {
            &[Param::optional(
                "stage",
                Kind::String,
                "the name of a stage; without it, the last stage",
            )]
        },
        "Starts from a stage of a Dockerfile, with its configuration. The daemon's own frontend \
         reads the Dockerfile, or the one that its `# syntax=` names, and its steps have the \
         cache keys of `docker build --target STAGE`.",
    )
    .with_flow(Flow::StartsConfigured),
    Lower::Fs(lower),
)
.in_dockerfile("`FROM STAGE`, within one Dockerfile");

static FILE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "file",
        const {
            &[Param::new(
                "path",
                Kind::String,
                "the file, relative to the directory of the build file, or with `context` to its \
                 root",
            )
            .checked_by(check_file)]
        },
        "Names the Dockerfile. Without it, that is `Dockerfile`.",
    ),
    Lower::Option,
)
.in_dockerfile("`docker build --file PATH`");

static CONTEXT: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "context",
        const { &[Param::new("input", Kind::Fs, "the build context; it must not be empty")] },
        "Builds with another filesystem as the build context. The Dockerfile is read from there, \
         too.",
    ),
    Lower::Option,
);

static BUILD_ARG: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "buildArg",
        const {
            &[
                Param::new("name", Kind::String, "the name that an `ARG` of the Dockerfile has")
                    .checked_by(check_variable),
                Param::new("value", Kind::String, "its value"),
            ]
        },
        "Sets a build argument of the Dockerfile. Those of the client are for the program and \
         are not passed on by themselves.",
    ),
    Lower::Option,
)
.in_dockerfile("`docker build --build-arg NAME=VALUE`");

static PLATFORM: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "platform",
        platform::PARAMS,
        "Builds for another platform than the one that the program is built for.",
    ),
    Lower::Option,
)
.in_dockerfile("`docker build --platform PLATFORM`");

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let platform = platform::chosen(cx, call, &PLATFORM)?;
    let file = match call.option_call(&FILE) {
        None => "Dockerfile",
        Some(option) => {
            option.read("path", check_file)?;
            option.string("path")
        }
    };
    let mut options = BTreeMap::from([
        ("filename".to_owned(), file.to_owned()),
        ("platform".to_owned(), platform.to_string()),
    ]);
    let stage = call.string("stage");
    if !stage.is_empty() {
        options.insert("target".to_owned(), stage.to_owned());
    }
    for option in call.option_calls(&BUILD_ARG) {
        option.read("name", check_variable)?;
        let name = format!("build-arg:{}", option.string("name"));
        options.insert(name, option.string("value").to_owned());
    }
    let mut inputs = BTreeMap::new();
    if let Some(option) = call.option_call(&CONTEXT) {
        let context = input(option, "input")?;
        inputs.insert("context".to_owned(), context.clone());
        inputs.insert("dockerfile".to_owned(), context);
    }
    built(cx, call, FrontendBuild { frontend: Frontend::Dockerfile, options, inputs, platform })
}

/// Whether a path is one inside a directory.
fn check_file(path: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let is_inside =
        !path.is_empty() && !path.starts_with('/') && !path_clean::clean(path).starts_with("..");
    match is_inside {
        true => Ok(()),
        false => {
            Err(site.invalid(format!("expected a path without `..` at its start, found `{path}`")))
        }
    }
}
