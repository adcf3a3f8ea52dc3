//! The identity of a cache: two mounts have one directory if their ids are the same.
//!
//! An id without a scope is the text that a Dockerfile has, and an id is never made longer behind the program's back, so both
//! share a cache. A scope stands before the id, as in `acme#npm`, or `acme#linux/amd64#npm` for two. What two programs
//! write is never one id by accident: no `#` is in an `id` or in a scope, and the paths that are ids by default begin with
//! a `/`, which no scope does.

use hlb_program::builtin::{ArgSite, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use crate::{Builtin, Lower, OptionCall};

/// The parameter for the id of a cache.
pub const CACHE_ID: Param = Param::new(
    "id",
    Kind::String,
    "the identity of the cache; mounts with one identity have one directory",
)
.about(Meaning::CacheId)
.checked_by(check_cache_id);

/// Ends each scope of an id.
const SCOPE_END: char = '#';

/// Longest id or scope, in bytes. The daemon finds a directory by a key of its database, which takes 32 KiB (bbolt 1.3 and
/// 1.4, `MaxKeySize`), and shows the id in each listing.
const MAX_BYTES: usize = 1024;

/// The option `scope` of a builtin that mounts a cache.
pub const fn scope_of(builtin: &'static str) -> Builtin {
    Builtin::extension(
        Signature::new(
            Kind::option(builtin),
            "scope",
            const {
                &[Param::new("name", Kind::String, "the name of a project, a branch or a platform")
                    .about(Meaning::CacheScope)
                    .checked_by(check_scope)]
            },
            "Gives each name a cache of its own: it becomes a part of the identity, as in `NAME#ID`. Several scopes \
             are all parts of it, in their order.",
        ),
        Lower::Option,
    )
    .in_dockerfile("`RUN --mount=type=cache,id=NAME#ID`")
}

/// The id of the cache that a call mounts; `own` is what it has without a scope.
pub fn scoped(
    setting: &OptionCall,
    scope: &'static Builtin,
    own: &str,
) -> Result<String, Diagnostic> {
    let mut id = String::new();
    for option in setting.option_calls(scope) {
        option.read("name", check_scope)?;
        id.push_str(option.string("name"));
        id.push(SCOPE_END);
    }
    id.push_str(own);
    Ok(id)
}

/// Checks an id that a program gives.
pub fn check_cache_id(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    check("the id of a cache", text, site)
}

fn check_scope(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    check("the scope of a cache", text, site)?;
    match text.starts_with('/') {
        true => Err(site.invalid(format!("the scope of a cache can't begin with `/`: `{text}`"))),
        false => Ok(()),
    }
}

fn check(what: &str, text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    if text.is_empty() {
        return Err(site.invalid(format!("expected {what}, found an empty string")));
    }
    if text.len() > MAX_BYTES {
        let problem =
            format!("expected {what}, of at most {MAX_BYTES} bytes, found {}", text.len());
        return Err(site.invalid(problem));
    }
    if text.contains(|it: char| it.is_control()) {
        return Err(site.invalid(format!("{what} can't have control characters")));
    }
    if text.contains(SCOPE_END) {
        let problem = format!("{what} can't have a `{SCOPE_END}`, which ends a scope: `{text}`");
        return Err(site.invalid(problem).help("write each scope as an option `scope` of its own"));
    }
    Ok(())
}
