use std::sync::Arc;

use hlb_plan::{Import, Isolation, Layout, Lifetime, Purpose, Root, Section, Substitute};
use hlb_program::builtin::{ArgSite, Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic, choices, nearest_name};
use hlb_syntax::source::Span;
use llb::{CACHE_IMPORTS, CacheImport, InvalidSpec, Platform, State, parse_import};

use super::substitute;
use crate::value::Options;
use crate::{Arg, Builtin, Call, Cx, Fs, Host, Lower, Value};

pub(super) static ROWS: &[&Builtin] = &[
    &CACHED,
    &CACHE_CONTEXT,
    &CACHE_FROM,
    &CACHE_FROM_FS,
    &CACHE_TO,
    &ISOLATED,
    &substitute::SUBSTITUTE,
];

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

static CACHE_CONTEXT: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "cacheContext",
        const {
            &[
                Param::new(
                    "cache",
                    Kind::Fs,
                    "the build cache: `image` alone names one in a registry, and any other filesystem is an OCI layout as \
                     `--cache-to type=local` writes it",
                )
                .about(Meaning::BuildCache),
                Param::new("body", Kind::Fs, "the filesystem that the section makes"),
            ]
        },
        "Starts from a section that imports one build cache: the same as `cached` with `cacheFrom` or `cacheFromFS`.",
    )
    .with_flow(Flow::Starts),
    Lower::Fs(lower_context),
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
         ends. An export of the client's (`--cache-to`) can't read more of it afterwards, and where it has to needs `ignore-error=true`.",
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

/// What the options of a section import, as far as their specs are right.
pub fn imports_of(options: &Options, host: &Host<'_>) -> impl Iterator<Item = Import> {
    let imports = options.iter().filter(|option| option.builtin.is(&CACHE_FROM));
    imports.filter_map(|option| imported(option, host).ok())
}

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut caches = Caches::default();
    for setting in call.option_calls(&CACHE_FROM) {
        match imported(setting, cx.host) {
            Ok(import) => caches.imports.push(import),
            Err(error) => cx.output.report(error),
        }
    }
    for setting in call.option_calls(&CACHE_FROM_FS) {
        let tag = Some(setting.string("tag")).filter(|tag| !tag.is_empty());
        let fs = setting.fs("layout");
        caches.layouts.extend(fs.and_then(|fs| layout(fs, tag, setting.span, cx.host)));
    }
    let isolation = match call.has(&ISOLATED) {
        true => Isolation::Isolated,
        false => Isolation::Shared,
    };
    caches.substitute = substitute::of(cx, call)?;
    Ok(section(cx, call, caches, isolation))
}

/// Lowers the form that was first proposed for HLB (openllb/hlb): a section with one import.
fn lower_context(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut caches = Caches::default();
    match call.arg("cache") {
        Some(Arg { value: Value::String(reference), span }) => {
            caches.imports.push(import(reference, *span, *span, cx.host)?);
        }
        Some(Arg { value: Value::Fs(fs), span }) => {
            caches.layouts.extend(layout(fs, None, *span, cx.host));
        }
        _ => {}
    }
    Ok(section(cx, call, caches, Isolation::Shared))
}

/// What a section imports.
#[derive(Default)]
struct Caches {
    imports: Vec<Import>,
    layouts: Vec<Layout>,
    substitute: Option<Substitute>,
}

/// Takes note that what a call is about is a section.
fn section(cx: &mut Cx<'_>, call: &Call, caches: Caches, isolation: Isolation) -> Fs {
    let Some(body) = call.fs("body") else { return cx.scratch() };
    let State::Edge(output) = &body.state else { return (**body).clone() };
    let Caches { imports, layouts, substitute } = caches;
    let name = cx.frame.scope.name.as_str().into();
    let (span, output) = (call.span, output.clone());
    let section = Section { name, span, output, imports, layouts, isolation, substitute };
    let (section, fs) = match substitute::taken(cx, call, &section) {
        Some(taken) => taken,
        None => (section, (**body).clone()),
    };
    cx.output.sections.push(section);
    fs
}

/// What `cacheFrom` imports.
fn imported(option: &Call, host: &Host<'_>) -> Result<Import, Diagnostic> {
    import(option.string("spec"), option.span_of("spec"), option.span, host)
}

/// The import that stands at `span`, from what its spec says.
fn import(spec: &str, at: Span, span: Span, host: &Host<'_>) -> Result<Import, Diagnostic> {
    let cache = read_spec(spec, at, &host.settings.platform)?;
    let origin = host.origins.of_file(span.file);
    Ok(Import { cache, span, origin, lifetime: Lifetime::Unlimited })
}

/// A filesystem to import from. Scratch has no cache.
fn layout(fs: &Fs, tag: Option<&str>, span: Span, host: &Host<'_>) -> Option<Layout> {
    let root = Root {
        name: "build cache".into(),
        purpose: Purpose::Question(span),
        output: fs.state.clone(),
    };
    root.output.edge()?;
    let (work, tag) = (fs.checks.with(root.clone()), tag.map(Into::into));
    Some(Layout { work, root, tag, span, origin: host.origins.of_file(span.file) })
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
