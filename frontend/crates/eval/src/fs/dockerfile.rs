use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::env::check_variable;
use super::frontend::{built, input};
use super::platform;
use crate::{Builtin, Call, Cx, Frontend, FrontendBuild, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&DOCKERFILE, &FILE, &CONTEXT, &BUILD_ARG, &PLATFORM];

static DOCKERFILE: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "dockerfile",
        const {
            &[Param::optional(
                "stage",
                Kind::String,
                "a stage of the Dockerfile; the last one if it is left out",
            )]
        },
        "Starts from a stage of a Dockerfile, with its configuration. The daemon's own frontend reads the Dockerfile, or \
         the one that its `# syntax=` names.",
    )
    .with_flow(Flow::StartsConfigured),
    Lower::Fs(lower),
);

static FILE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "file",
        const {
            &[Param::new(
                "path",
                Kind::String,
                "the Dockerfile, relative to the directory of the build file or to the root of `context`",
            )
            .checked_by(check_file)]
        },
        "Names the Dockerfile, which is `Dockerfile` otherwise.",
    ),
    Lower::Option,
);

static CONTEXT: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "context",
        const { &[Param::new("input", Kind::Fs, "the build context, with the Dockerfile in it")] },
        "Builds from a filesystem instead of the client's build context.",
    ),
    Lower::Option,
);

static BUILD_ARG: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "buildArg",
        const {
            &[
                Param::new("name", Kind::String, "the `ARG` of the Dockerfile")
                    .checked_by(check_variable),
                Param::new("value", Kind::String, "its value"),
            ]
        },
        "Sets a build argument of the Dockerfile. The client's are for the program, and do not get there by themselves.",
    ),
    Lower::Option,
);

static PLATFORM: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("dockerfile"),
        "platform",
        platform::PARAMS,
        "Builds for this platform instead of that which is built for.",
    ),
    Lower::Option,
);

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
