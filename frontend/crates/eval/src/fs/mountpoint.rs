use llb::{Access, Bind, FileAction, Mkdir, Mkfile, Mount, MountKind, Owner};

use crate::{Call, Cx, join};

/// Makes the directories and files that mounts below a readonly mount need, in that mount's input: nobody can make
/// them once it is mounted (language spec, section 5.5, fixed to compare whole path elements and to respect the part
/// of the input that is mounted).
pub fn make(cx: &mut Cx<'_>, call: &Call, mounts: &mut [Mount]) {
    for inner in 0..mounts.len() {
        let Some(outer) = enclosing(mounts, inner) else { continue };
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

/// The mount that a mount's destination lies in: the deepest one above it.
fn enclosing(mounts: &[Mount], inner: usize) -> Option<usize> {
    let above = |outer: &usize| {
        *outer != inner && below(&mounts[*outer].dest, &mounts[inner].dest).is_some()
    };
    (0..mounts.len()).filter(above).max_by_key(|outer| mounts[*outer].dest.len())
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
    fn a_path_is_below_by_whole_elements() {
        assert_eq!(below("/w", "/w/out"), Some("out"));
        assert_eq!(below("/w", "/w2"), None);
        assert_eq!(below("/", "/out"), Some("out"));
        assert_eq!(below("/w", "/w"), None);
    }
}
