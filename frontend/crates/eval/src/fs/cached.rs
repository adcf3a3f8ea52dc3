use std::sync::Arc;

use hlb_plan::{Import, Isolation, Layout, Lifetime, Purpose, Root, Section};
use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic, choices, nearest_name};
use hlb_syntax::source::Span;
use llb::{CACHE_IMPORTS, CacheImport, InvalidSpec, Platform, State, parse_import};

use crate::{Builtin, Call, Cx, Fs, Host, Lower, OptionCall};

pub(super) static ROWS: &[&Builtin] = &[&CACHED, &CACHE_FROM, &CACHE_FROM_FS, &CACHE_TO, &ISOLATED];

pub static CACHED: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "cached",
        const { &[Param::new("body", Kind::Fs, "the filesystem that the section makes")] },
        "Starts from a section: a part of the build with cache imports of its own. The \
         filesystem is what `body` makes, and wrapping code in a section changes no cache key.",
    )
    .with_flow(Flow::Starts),
    Lower::Fs(lower),
);

/// An import, in the words of `docker buildx build --cache-from`.
static CACHE_FROM: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "cacheFrom",
        const {
            &[Param::new(
                "spec",
                Kind::String,
                "a cache as `docker buildx build --cache-from` takes it: \
                 `type=…,key=value`, or an image reference",
            )
            .checked_by(check_spec)]
        },
        "Imports a build cache for the solve that needs this section. It may be given several \
         times.",
    ),
    Lower::Option,
)
.in_dockerfile("`docker buildx build --cache-from SPEC`");

/// An import from a filesystem.
static CACHE_FROM_FS: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "cacheFromFS",
        const {
            &[
                Param::new(
                    "layout",
                    Kind::Fs,
                    "an OCI layout, as `--cache-to type=local` writes it",
                ),
                Param::optional("tag", Kind::String, "which of several caches in it"),
            ]
        },
        "Imports a build cache for this section from any filesystem: a directory of the build context, a git repository, \
         an image. It is there before the section is solved, and what the build needs of it is fetched before the build \
         ends. An export of the client's (`--cache-to`) can't read it afterwards, and needs `ignore-error=true` then.",
    ),
    Lower::Option,
);

/// An export, in the words of `docker buildx build --cache-to`.
static CACHE_TO: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "cacheTo",
        const {
            &[Param::new(
                "spec",
                Kind::String,
                "a cache as `docker buildx build --cache-to` takes it: `type=…,key=value`, an \
                 image reference, or `client`",
            )]
        },
        "Exports the build cache of this section.",
    ),
    Lower::Unsupported,
)
.in_dockerfile("`docker buildx build --cache-to SPEC`");

/// Solves the section on its own.
static ISOLATED: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "isolated",
        &[],
        "Solves the section on its own, before the steps that use it, and with no cache imports \
         but its own and the client's.",
    ),
    Lower::Option,
);

/// A cache spec that can't be read.
pub static INVALID_CACHE_SPEC: Code = Code::error("HLB0401", "invalid-cache-spec");

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let Some(body) = call.fs("body") else { return Ok(cx.scratch()) };
    if let State::Edge(output) = &body.state {
        let mut imports = Vec::new();
        for setting in call.option_calls(&CACHE_FROM) {
            match import(setting, cx.host) {
                Ok(import) => imports.push(import),
                Err(error) => cx.output.report(error),
            }
        }
        let section = Section {
            name: cx.frame.scope.name.as_str().into(),
            span: call.span,
            output: output.clone(),
            imports,
            layouts: call
                .option_calls(&CACHE_FROM_FS)
                .filter_map(|it| layout(it, cx.host))
                .collect(),
            isolation: match call.has(&ISOLATED) {
                true => Isolation::Isolated,
                false => Isolation::Shared,
            },
        };
        cx.output.sections.push(section);
    }
    Ok((**body).clone())
}

fn import(setting: &OptionCall, host: &Host<'_>) -> Result<Import, Diagnostic> {
    let (spec, span) = (setting.string("spec"), setting.span_of("spec"));
    let cache = read_spec(spec, span, &host.settings.platform)?;
    let origin = host.origins.of_file(setting.span.file);
    Ok(Import { cache, span: setting.span, origin, lifetime: Lifetime::Unlimited })
}

/// A filesystem to import from. Scratch has no cache.
fn layout(setting: &OptionCall, host: &Host<'_>) -> Option<Layout> {
    let fs = setting.fs("layout").filter(|fs| fs.state != State::Scratch)?;
    let purpose = Purpose::Question(setting.span);
    let root = Root { name: "build cache".into(), purpose, output: fs.state.clone() };
    Some(Layout {
        work: fs.checks.beside(root.clone()),
        root,
        tag: Some(setting.string("tag")).filter(|tag| !tag.is_empty()).map(Into::into),
        span: setting.span,
        origin: host.origins.of_file(setting.span.file),
    })
}

/// Whether a spec is one for any platform.
fn check_spec(spec: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let [os, architecture] = ["linux", "amd64"].map(str::to_owned);
    read_spec(spec, site.span, &Platform { os, architecture, ..Platform::default() }).map(drop)
}

fn read_spec(spec: &str, span: Span, platform: &Platform) -> Result<CacheImport, Diagnostic> {
    parse_import(spec, platform).map_err(|problem| {
        let found = INVALID_CACHE_SPEC.at(span, problem.to_string());
        match &problem {
            InvalidSpec::Inline => {
                found.help("write `type=registry` with the `ref` of the image that it is in")
            }
            InvalidSpec::UnknownType(kind) => match nearest_name(kind, CACHE_IMPORTS) {
                Some(near) => found.did_you_mean(near),
                None => found.help(format!("write {}", choices(CACHE_IMPORTS))),
            },
            InvalidSpec::Local => {
                found.help("import it from a registry, with `type=registry,ref=…`")
            }
            _ => found,
        }
    })
}
