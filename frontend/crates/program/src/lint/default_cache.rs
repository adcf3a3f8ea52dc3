use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::literal::shown;
use super::options::Options;
use super::rule::{Find, Rule};
use crate::builtin::Meaning;

/// A cache of what one project compiles or installs, under an id that all projects have.
pub static DEFAULT_CACHE_ID: Code = Code::warning("HLB0440", "default-cache-id");

pub(super) static RULE: Rule =
    Rule { codes: &[&DEFAULT_CACHE_ID], across_modules: &[], find: Find::InModule(lint) };

/// Names of directories that compilers, bundlers and package managers make in a project, for that project alone.
const OF_ONE_PROJECT: &[&str] = &[
    ".build",
    ".next",
    ".nuxt",
    ".parcel-cache",
    ".stack-work",
    ".svelte-kit",
    ".tox",
    ".turbo",
    ".venv",
    "_build",
    "build",
    "dist",
    "dist-newstyle",
    "node_modules",
    "obj",
    "out",
    "target",
    "venv",
];

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for call in &linted.calls {
        let Some(point) = call.it.arg(Meaning::CacheMountPoint) else { continue };
        let options = Options::of(call.it);
        let named = [Meaning::CacheId, Meaning::CacheScope];
        if !options.is_complete || named.into_iter().any(|it| options.arg(it).is_some()) {
            continue;
        }
        let path = shown(point).unwrap_or_default();
        let Some(name) = path.split('/').find(|name| OF_ONE_PROJECT.contains(name)) else {
            continue;
        };
        let message =
            format!("every project that mounts a cache at this path has the same `{name}`");
        let lint = DEFAULT_CACHE_ID.at(point.span(), message);
        found.push(lint.help("give it a `scope` with the name of the project, or an `id`"));
    }
}
