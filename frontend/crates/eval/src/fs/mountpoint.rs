use std::collections::HashMap;
use std::iter;

use llb::{Access, Bind, FileAction, Mkdir, Mkfile, Mount, MountKind, Owner};

use crate::{Call, Cx, join};

/// Makes the directories and files that mounts below a readonly mount need, in that mount's input: nobody can make
/// them once it is mounted (language spec, section 5.5, fixed to compare whole path elements and to respect the part
/// of the input that is mounted).
pub fn make(cx: &mut Cx<'_>, call: &Call, mounts: &mut [Mount]) {
    for (inner, outer) in enclosing(mounts) {
        let Some(below) = below(&mounts[outer].dest, &mounts[inner].dest).map(str::to_owned) else {
            continue;
        };
        let is_file = matches!(mounts[inner].kind, MountKind::Secret(_));
        let text = format!("make mount point {}", mounts[inner].dest);
        let metadata = cx.internal_metadata(call.span, &text);
        if let MountKind::Bind(Bind { access: Access::Readonly, input, selector, .. }) =
            &mut mounts[outer].kind
        {
            let path = join(&join("/", selector), &below);
            *input = llb::file(std::mem::take(input), actions(&path, is_file), metadata);
        }
    }
}

/// For each mount whose destination lies in that of another: the deepest one above it, and of several there the last.
fn enclosing(mounts: &[Mount]) -> Vec<(usize, usize)> {
    let dests = mounts.iter().map(|mount| mount.dest.trim_end_matches('/')).zip(0..);
    let by_dest: HashMap<&str, usize> = dests.clone().collect();
    let above = |(dest, inner)| {
        let mut parents = iter::successors(parent(dest), |dest| parent(dest));
        Some((inner, parents.find_map(|dest| by_dest.get(dest).copied())?))
    };
    dests.filter_map(above).collect()
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// The part of `path` below `dir`, if it is strictly below it.
fn below<'p>(dir: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(dir.trim_end_matches('/'))?.strip_prefix('/')?;
    (!rest.is_empty()).then_some(rest)
}

fn actions(path: &str, is_file: bool) -> Vec<FileAction> {
    let mkdir = |path: &str| {
        FileAction::Mkdir(Mkdir {
            path: path.to_owned(),
            mode: 0o755,
            make_parents: true,
            owner: Owner::default(),
            timestamp: None,
        })
    };
    if !is_file {
        return vec![mkdir(path)];
    }
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let file = FileAction::Mkfile(Mkfile {
        path: path.to_owned(),
        mode: 0o644,
        data: Vec::new(),
        owner: Owner::default(),
        timestamp: None,
    });
    if parent.is_empty() { vec![file] } else { vec![mkdir(parent), file] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_lies_in_the_deepest_one_above_it() {
        let dests = ["/", "/a", "/a/b/c", "/a2", "/a", "/a/b/c/d"];
        let mounts = dests
            .map(|dest| Mount { dest: dest.to_owned(), kind: MountKind::Tmpfs { size_bytes: 0 } });
        assert_eq!(enclosing(&mounts), [(1, 0), (2, 4), (3, 0), (4, 0), (5, 2)]);
    }

    #[test]
    fn a_path_is_below_by_whole_elements() {
        assert_eq!(below("/w", "/w/out"), Some("out"));
        assert_eq!(below("/w", "/w2"), None);
        assert_eq!(below("/", "/out"), Some("out"));
        assert_eq!(below("/w", "/w"), None);
    }
}
