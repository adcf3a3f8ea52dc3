//! What the mounts of one cache have in common, all over a program.

use hlb_program::lint::DIVIDED_CACHE;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{CacheMount, Edge, Sharing};

use crate::Cx;

/// One cache id with two sharing modes.
pub static SHARING_CONFLICT: Code = Code::error("HLB0332", "sharing-conflict");

/// The first mount of a cache.
#[derive(Clone)]
pub struct CacheUse {
    sharing: Sharing,
    /// What its directory is a copy of: the daemon has a directory for each.
    origin: Option<Edge>,
    at: Span,
}

/// Takes note of a mount of a cache, with its id as the program knows it.
pub fn take(cx: &mut Cx<'_>, at: Span, mount: &CacheMount) -> Result<(), Diagnostic> {
    let CacheMount { ref id, sharing, .. } = *mount;
    let origin = mount.input.edge().cloned();
    let Some(first) = cx.output.cache_uses.get(&**id) else {
        let first = CacheUse { sharing, origin, at };
        cx.output.cache_uses.insert_mut(id.as_str().into(), first);
        return Ok(());
    };
    if first.sharing != sharing {
        return Err(SHARING_CONFLICT
            .at(at, format!("cache `{id}` has two sharing modes"))
            .label(first.at, "its other mode is set here")
            .help("give it the same mode everywhere"));
    }
    if first.origin != origin {
        let message =
            format!("cache `{id}` begins as something else here, so it is another directory");
        let warning = DIVIDED_CACHE.at(at, message).label(first.at, "the first mount of this id");
        let help = "give both the same owner, mode and content, or each an id of its own";
        cx.output.report(warning.help(help));
    }
    Ok(())
}
