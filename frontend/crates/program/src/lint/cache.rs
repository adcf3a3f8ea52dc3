//! Cache mounts that share a cache by accident, or disagree about how it is shared.
//!
//! Only literal ids are compared. Two mounts of one id at the same path are taken to mean the same cache.

use std::collections::HashMap;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::linted::Linted;
use super::literal::literal;
use super::options::Options;
use super::rule::{Find, Rule};
use crate::builtin::Meaning;

/// One id in two modules, mounted at paths that end in different names: their authors may not know of each other.
pub static CACHE_ID_COLLISION: Code = Code::warning("HLB0531", "cache-id-collision");

/// One id with two sharing modes, of which only one can hold.
pub static CACHE_SHARING_MISMATCH: Code = Code::warning("HLB0532", "cache-sharing-mismatch");

pub(super) static RULE: Rule = Rule {
    codes: &[&CACHE_ID_COLLISION, &CACHE_SHARING_MISMATCH],
    across_modules: &[&CACHE_ID_COLLISION, &CACHE_SHARING_MISMATCH],
    find: Find::InProgram(lint),
};

/// The mode of a cache mount that sets none.
const DEFAULT_SHARING: &str = "shared";

/// The scopes of a cache and its own id, all of them known.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Id {
    scopes: Vec<String>,
    own: String,
}

/// A cache mount whose id is known.
struct Mounted {
    module: usize,
    /// The function that it is in.
    function: Option<Span>,
    /// The id, or the path that it is derived from.
    span: Span,
    /// The last part of the path that it is mounted at, if that is known.
    name: Option<String>,
    sharing: Option<String>,
}

/// Compares all modules; what is found is in one of ours.
fn lint(all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    let mut order = Vec::new();
    let mut by_id = HashMap::<Id, Vec<Mounted>>::new();
    for (module, linted) in all.iter().enumerate() {
        for (id, mounted) in mounts(module, linted) {
            let known = by_id.entry(id.clone()).or_default();
            if known.is_empty() {
                order.push(id);
            }
            known.push(mounted);
        }
    }
    for id in order {
        let mounted = by_id.get(&id).map_or(&[][..], Vec::as_slice);
        collisions(&id.own, mounted, all, found);
        mismatches(&id.own, mounted, all, found);
    }
}

fn mounts(module: usize, linted: &Linted<'_>) -> Vec<(Id, Mounted)> {
    let mut mounts = Vec::new();
    for call in &linted.calls {
        let own = call.it.arg(Meaning::CacheMountPoint);
        let Some(point) = own.or_else(|| call.it.arg(Meaning::MountPoint)) else { continue };
        let options = Options::of(call.it);
        let path = literal(point);
        let named = options.arg(Meaning::CacheId);
        let (id, span) = match (named, own) {
            (Some(id), _) => (literal(id), id.span()),
            (None, Some(own)) if options.is_complete => {
                (path.clone().filter(|path| path.starts_with('/')), own.span())
            }
            (None, _) => continue,
        };
        let sharing = match options.arg(Meaning::CacheSharing) {
            Some(sharing) => literal(sharing),
            None => Some(DEFAULT_SHARING.to_owned()).filter(|_| options.is_complete),
        };
        let name = path.as_deref().and_then(last_part).map(str::to_owned);
        let function = call.function.map(|function| function.span);
        let Some((own, scopes)) = id.zip(scopes(&options, own.is_some())) else { continue };
        mounts.push((Id { scopes, own }, Mounted { module, function, span, name, sharing }));
    }
    mounts
}

/// The scopes of a mount, unless one of them can't be read, or a function may set more. With `is_own`, they are options of
/// the mount itself, and otherwise of the option that makes it one of a cache.
fn scopes(options: &Options<'_>, is_own: bool) -> Option<Vec<String>> {
    if is_own {
        return read_scopes(options);
    }
    let of_cache = options.calls.iter().rfind(|call| call.arg(Meaning::CacheId).is_some())?;
    read_scopes(&Options::of(of_cache))
}

fn read_scopes(options: &Options<'_>) -> Option<Vec<String>> {
    if !options.is_complete {
        return None;
    }
    options.calls.iter().filter_map(|call| call.arg(Meaning::CacheScope)).map(literal).collect()
}

fn last_part(path: &str) -> Option<&str> {
    path.trim_end_matches('/').rsplit('/').next().filter(|part| !part.is_empty())
}

/// In each of our modules, the first mount of an id that an imported module mounts elsewhere.
fn collisions(id: &str, mounted: &[Mounted], all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    for of_module in mounted.chunk_by(|a, b| a.module == b.module) {
        let Some(first) = of_module.first().filter(|it| is_ours(all, it)) else { continue };
        let others = || {
            // Modules are in the order in which they are imported: the later one is reported by the earlier.
            let others = mounted.iter().filter(|it| it.module != first.module);
            others.filter(|it| it.module > first.module || !is_ours(all, it))
        };
        // Two mounts of different names are enough: one of both differs from any third.
        let different = different(others());
        let pair = of_module.iter().find_map(|own| {
            let other = different.iter().flatten().find(|other| differ(own, other))?;
            Some((own, *other))
        });
        found.extend(pair.map(|(own, other)| {
            let message = format!("cache `{id}` is mounted as something else in another module");
            let lint = CACHE_ID_COLLISION.at(own.span, message);
            let lint = lint.label(other.span, "the other mount of this cache");
            lint.help("give it an id that only this program can have, such as one with its name")
        }));
    }
}

/// The first mount and the first that is mounted under another name.
fn different<'m>(mut mounts: impl Iterator<Item = &'m Mounted>) -> [Option<&'m Mounted>; 2] {
    let first = mounts.find(|it| it.name.is_some());
    let second = first.and_then(|first| mounts.find(|it| differ(first, it)));
    [first, second]
}

fn differ(one: &Mounted, other: &Mounted) -> bool {
    one.name.is_some() && other.name.is_some() && one.name != other.name
}

/// The first mount of an id whose mode is not that of an earlier one. In one function it is an error, which
/// evaluation reports.
fn mismatches(id: &str, mounted: &[Mounted], all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    let mut known = mounted.iter().filter(|it| it.sharing.is_some());
    let Some(first) = known.next() else { return };
    let apart = |it: &Mounted| (it.module, it.function) != (first.module, first.function);
    let differs = |it: &&Mounted| it.sharing != first.sharing && apart(it);
    let Some(second) = known.find(differs) else { return };
    // Of two modules it is reported in the one that imports, within one at the later mount.
    let (own, other) = match (first.module == second.module, is_ours(all, first)) {
        (false, true) => (first, second),
        _ => (second, first),
    };
    if !is_ours(all, own) {
        return;
    }
    let sharing = |it: &Mounted| it.sharing.clone().unwrap_or_default();
    let message =
        format!("cache `{id}` is `{}` here and `{}` elsewhere", sharing(own), sharing(other));
    let lint = CACHE_SHARING_MISMATCH.at(own.span, message);
    let lint = lint.label(other.span, format!("`{}` here", sharing(other)));
    found.push(lint.help("give both the same mode, or each an id of its own"));
}

fn is_ours(all: &[Linted<'_>], mounted: &Mounted) -> bool {
    all.get(mounted.module).is_some_and(|linted| linted.module.is_ours())
}
