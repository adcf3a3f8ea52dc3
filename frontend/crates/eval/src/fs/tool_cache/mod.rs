//! Caches of tools that are known: a program names the tool, and the table says the rest.

mod about;
mod place;
mod table;
mod tool;

use hlb_program::builtin::{ArgSite, Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Access, Bind, CacheMount, FileAction, Mkfile, Mount, MountKind, State};

use super::cache_id::{CACHE_ID, check_cache_id, scope_of, scoped};
use super::cache_mount::{Source, cache, new_directory};
use super::cache_owner::OwnerRows;
use super::cache_seed::{Place, PortableCache, TOOL_SEED, TOOL_SNAPSHOT};
use super::mounts::{Mounts, Process};
use crate::{Builtin, Cx, Lower, OptionCall};

pub use about::{ABOUT, About};
pub use table::TOOLS;
pub use tool::{Default, Directory, File, Projects, Tool};

pub(super) static ROWS: &[&Builtin] =
    &[&TOOL_CACHE, &ID, &SCOPE, &OWNER.uid, &OWNER.gid, &OWNER.mode];

pub static TOOL_CACHE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("run"),
        "toolCache",
        const {
            &[Param::new(
                "tool",
                Kind::String,
                "the name of a package manager or compiler cache, such as `npm`",
            )
            .checked_by(|name, site| tool(name, site).map(drop))]
        },
        "Mounts the caches of a tool where it looks for them, with the sharing mode that is safe for it and the variables \
         and settings that it needs; those that are set already stay. `docs/tool-caches.md` lists the tools.",
    )
    .with_effects(const { &[TOOL_SNAPSHOT] }),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=cache` for each directory, and `ENV`");

static ID: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("toolCache"),
        "id",
        const { &[CACHE_ID] },
        "Sets the identity of the cache. Without it, that is the mount point. If the tool has several directories, the identity \
         of each is `ID/NAME`.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=cache,id=ID`");

static SCOPE: Builtin = scope_of("toolCache");
static OWNER: OwnerRows = OwnerRows::of("toolCache");

/// The cache of a tool that is no cache for several projects, for all of them.
pub static UNSCOPED_TOOL_CACHE: Code = Code::error("HLB0370", "unscoped-tool-cache");

/// A tool whose files are where only its environment says, and the environment does not say it.
pub static UNKNOWN_TOOL_DIRECTORY: Code = Code::error("HLB0371", "unknown-tool-directory");

/// Adds the mounts of a `toolCache`, and what the tool needs to know of them.
pub fn bind(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    process: &Process<'_>,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    let tool = setting.read("tool", tool)?;
    let span = setting.span_of("tool");
    let id = setting.option_call(&ID);
    if tool.projects == Projects::KeepApart && id.is_none() && !setting.has(&SCOPE) {
        let message = format!("what `{}` keeps is of one project alone", tool.name);
        let help = "give it a `scope` with the name of the project, or an `id`";
        return Err(UNSCOPED_TOOL_CACHE.at(span, message).help(help));
    }
    if let Some(id) = id {
        id.read("id", check_cache_id)?;
    }
    let id = id.map(|id| id.string("id"));
    let mut places = Vec::new();
    for directory in tool.directories {
        let Some(place) = place::place(tool.name, directory, process) else {
            return Err(unknown_directory(setting, tool, directory));
        };
        let own = match (id, tool.directories) {
            (None, _) => place.path.clone(),
            (Some(id), [_]) => id.to_owned(),
            (Some(id), _) => format!("{id}/{}", directory.name),
        };
        let id = scoped(setting, &SCOPE, &own)?;
        let Source { input, selector } = new_directory(cx, setting, &OWNER, process)?;
        let mount = CacheMount { id, sharing: tool.sharing, input, selector, readonly: false };
        let kind = MountKind::Cache(cache(cx, setting.name_span, mount)?);
        let name = if tool.directories.len() == 1 { "" } else { directory.name };
        places.push(Place { name, index: all.len() });
        all.env.extend(place.variables.iter().map(|name| (*name, place.path.clone())));
        all.push(Mount { dest: place.path, kind }, span)?;
    }
    all.portable.extend(PortableCache::of(setting, &TOOL_SEED, places, None));
    all.env.extend(tool.env.iter().map(|(name, value)| (*name, (*value).to_owned())));
    for file in tool.files {
        all.push(settings(cx, setting, file), span)?;
    }
    Ok(())
}

/// Mounts a file of a tool's configuration.
fn settings(cx: &Cx<'_>, setting: &OptionCall, file: &File) -> Mount {
    const NAME: &str = "/settings";
    let mkfile = FileAction::Mkfile(Mkfile {
        path: NAME.to_owned(),
        mode: 0o644,
        data: file.content.as_bytes().to_vec(),
        ..Mkfile::default()
    });
    let metadata = cx.internal_metadata(setting.span, &format!("write {}", file.path));
    let input = llb::file(State::Scratch, vec![mkfile], metadata);
    let selector = NAME.to_owned();
    let bind = Bind { input, selector, access: Access::Readonly, ..Bind::default() };
    Mount { dest: file.path.to_owned(), kind: MountKind::Bind(bind) }
}

/// Reads the name of a tool.
fn tool(name: &str, site: &ArgSite) -> Result<&'static Tool, Diagnostic> {
    let words: Vec<_> = TOOLS.iter().map(|tool| (tool.name, tool)).collect();
    site.one_of(name, &words)
}

fn unknown_directory(setting: &OptionCall, tool: &Tool, directory: &Directory) -> Diagnostic {
    let variables = directory.variables.iter().map(|(name, _)| *name);
    let home = matches!(directory.default, Default::Home(_)).then_some("HOME");
    let name = variables.chain(home).next().unwrap_or_default();
    let message =
        format!("nothing says where `{}` keeps its files: `{name}` is not set", tool.name);
    let found = UNKNOWN_TOOL_DIRECTORY.at(setting.span_of("tool"), message);
    found.help(format!("write `env \"{name}\" …` before the command, or among its options"))
}
