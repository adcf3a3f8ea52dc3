use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{FileAction, FileCopy, ImageRef, Part, State};

use super::normalize::{NORMALIZE, normalized};
use super::part::taken;
use super::pattern::{self, PATTERN};
use super::source::find;
use crate::{Absence, AbsenceReason, Answer, Builtin, Call, Cx, Fs, Lower, Source, join};

pub(super) static ROWS: &[&Builtin] =
    &[&LOCAL, &INCLUDE_PATTERNS, &EXCLUDE_PATTERNS, &NORMALIZE, &BUILD_CONTEXT];

static LOCAL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "local",
        const {
            &[Param::new(
                "path",
                Kind::String,
                "a path relative to the root of the build context, which is `.`; a file is at \
                 `/` under its name",
            )
            .about(Meaning::ContextPath)
            .checked_by(|text, site| inside(text, site).map(drop))]
        },
        "Starts from a directory or file of the build context, without what `.dockerignore` \
         excludes. In a module that came from another filesystem, it is one of that.",
    )
    .with_flow(Flow::Starts),
    Lower::Fs(lower),
)
.in_dockerfile("the source of a `COPY` without `--from`");

static INCLUDE_PATTERNS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("local"),
        "includePatterns",
        const { &[PATTERN] },
        "Takes only the files that match one of the patterns.",
    ),
    Lower::Option,
)
.in_dockerfile("`COPY --parents` with wildcards");

static EXCLUDE_PATTERNS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("local"),
        "excludePatterns",
        const { &[PATTERN] },
        "Leaves out the files that match one of the patterns.",
    ),
    Lower::Option,
)
.in_dockerfile("`COPY --exclude=PATTERN`");

static BUILD_CONTEXT: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("local"),
        "buildContext",
        const {
            &[Param::new("name", Kind::String, "as in `--build-context NAME=…`")
                .about(Meaning::ContextName)
                .checked_by(check_name)]
        },
        "Takes the path of the context that the client gives by this name, whatever it is: a directory, a commit, an \
         image, or what another target of bake makes.",
    ),
    Lower::Option,
);

/// A program takes files of a named context that the client does not give.
pub static MISSING_CONTEXT: Code = Code::error("HLB0422", "missing-build-context");

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let fs = files(cx, call)?;
    Ok(Fs { state: normalized(cx, call, fs.state.clone())?, ..fs })
}

/// The files as the context has them.
fn files(cx: &mut Cx<'_>, call: &Call) -> Result<Fs, Diagnostic> {
    let path = call.read("path", inside)?;
    let mut fs = cx.scratch();
    let Some(context) = context(cx, call)? else { return Ok(fs) };
    let context = cx.located(context, call);
    let patterns = |option| {
        let read =
            |text: &str, site: &ArgSite| pattern::check(text, site).map(|()| text.to_owned());
        call.option_call(option).map(|option| option.read_all(read)).transpose()
    };
    let (include, exclude) = (patterns(&INCLUDE_PATTERNS)?, patterns(&EXCLUDE_PATTERNS)?);
    if path == "/" && include.is_none() && exclude.is_none() {
        fs.state = context;
        return Ok(fs);
    }
    let (include, exclude) = (include.unwrap_or_default(), exclude.unwrap_or_default());
    let part = Part::of(&path).including(&include).excluding(&exclude);
    let from = taken(cx, &context, &part, call.span_of("path"))?;
    if path != "/" {
        let source = Source::Path { of: &fs.with_state(from.clone()), path: &path };
        find(cx, source, &format!("local {}", call.string("path")), call.span_of("path"))?;
    }
    // The context is one source for the whole build, so that it is sent once. Copying the contents of a directory
    // into the root does for a file too: it lands there under its name.
    let copy = FileCopy {
        from,
        src: path,
        dest: "/".to_owned(),
        dir_copy_contents: true,
        include_patterns: include,
        exclude_patterns: exclude,
        ..FileCopy::default()
    };
    let metadata = cx.metadata(call);
    fs.state = llb::file(fs.state, vec![FileAction::Copy(copy)], metadata);
    Ok(fs)
}

/// The context that a call takes its path from; `None` if it is not known yet.
fn context(cx: &mut Cx<'_>, call: &Call) -> Result<Option<State>, Diagnostic> {
    let Some(option) = call.option_call(&BUILD_CONTEXT) else {
        return match cx.files() {
            Answer::Ready(context) => Ok(Some(context)),
            Answer::Pending => Ok(None),
            Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
                Err(call.invalid("path", problem))
            }
        };
    };
    option.read("name", check_name)?;
    let name = option.string("name");
    match cx.context(name) {
        Answer::Ready(Some(context)) => Ok(Some(context)),
        Answer::Pending => Ok(None),
        Answer::Ready(None) => {
            let (why, span) = (AbsenceReason::NotFound, option.span_of("name"));
            let problem = format!("the client gives no build context `{name}`");
            cx.absent(Absence { why, problem: problem.clone() }, span);
            let help = format!("build with `--build-context {name}=DIR`");
            Err(MISSING_CONTEXT.at(span, problem).help(help))
        }
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            Err(option.invalid("name", problem))
        }
    }
}

/// Whether a client can give a context of this name: it is compared as an image reference.
fn check_name(name: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let parsed = ImageRef::parse(name).map(drop);
    parsed.map_err(|problem| site.invalid(format!("`{name}` is no name of a context: {problem}")))
}

/// The path as an absolute one of the context.
fn inside(path: &str, site: &ArgSite) -> Result<String, Diagnostic> {
    if path.starts_with('/') || path.starts_with('~') {
        let problem = format!("`{path}` is not in the build context: a path counts from its root");
        return Err(site.invalid(problem));
    }
    match path_clean::clean(path) {
        above if above.starts_with("..") => {
            Err(site.invalid(format!("`{path}` leads above the build context")))
        }
        _ => Ok(join("/", path)),
    }
}

#[cfg(test)]
mod tests {
    use hlb_program::builtin::ArgSite;
    use hlb_syntax::source::{Sources, Span};

    #[test]
    fn paths_stay_in_the_context() {
        let span = Span::new(Sources::default().add("a.hlb", ""), 0, 0);
        let site = ArgSite { builtin: "local", param: "path", span };
        let inside = |path| super::inside(path, &site);
        assert_eq!(inside("."), Ok("/".to_owned()));
        assert_eq!(inside("./a/../b/"), Ok("/b".to_owned()));
        assert!(inside("a/../..").is_err());
        assert!(inside("/etc").is_err());
        assert!(inside("~/x").is_err());
    }
}
