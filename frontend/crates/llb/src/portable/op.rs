//! What of an op counts: what BuildKit has in the cache key of its vertex.

use std::collections::BTreeMap;

use gateway_proto::pb;
use gateway_proto::pb::MountType;
use gateway_proto::pb::op::Op;
use prost::Message as _;

use super::used::Use;
use super::{Form, Unpinned};
use crate::platform::Platform;
use crate::vertex::Edge;

/// A commit of git by its own name, in either of its hashes.
const COMMIT_DIGITS: [usize; 2] = [40, 64];

/// Attributes of sources that say how something is fetched and not what.
const ABOUT_FETCHING: &[&str] = &[
    "git.authheadersecret",
    "git.authtokensecret",
    "git.fetchbycommit",
    "git.knownsshhosts",
    "git.mountsshsock",
    "http.authheadersecret",
    "image.checksum",
    "image.recordtype",
    "image.resolvemode",
    "oci.session",
    "oci.store",
];

/// The form of a source that is pinned; nothing for one that only its content tells apart.
pub(super) fn source(
    source: &pb::SourceOp,
    platform: Option<&pb::Platform>,
    pins: &BTreeMap<Unpinned, Option<String>>,
) -> Result<Option<Form>, Box<Unpinned>> {
    let pb::SourceOp { identifier, attrs } = source;
    let unpinned = || {
        let platform = platform.map(Platform::from).unwrap_or_default();
        Box::new(Unpinned { identifier: identifier.clone(), platform })
    };
    let (scheme, rest) = identifier.split_once("://").unwrap_or_default();
    let attr = |name: &str| attrs.get(name).map(String::as_str).unwrap_or_default();
    let what = match scheme {
        "local" => return Ok(None),
        // One of a registry is known by its digest alone, wherever it is.
        "docker-image" | "oci-layout" => match rest.rsplit_once('@') {
            Some((_, digest)) => format!("image {digest}"),
            None => {
                let unpinned = unpinned();
                let pin = pins.get(&unpinned).and_then(Option::as_ref);
                format!("image {}", pin.ok_or(unpinned)?)
            }
        },
        "git" => {
            let fragment = rest.split_once('#').map_or("", |it| it.1);
            let reference = fragment.split(':').next().unwrap_or_default();
            if !is_commit(reference) && !is_commit(attr("git.checksum")) {
                return Ok(None);
            }
            identifier.clone()
        }
        "http" | "https" if attr("http.checksum").is_empty() => return Ok(None),
        "http" | "https" => identifier.clone(),
        _ if rest.contains("@sha256:") => identifier.clone(),
        _ => return Err(unpinned()),
    };
    let attrs: BTreeMap<_, _> =
        attrs.iter().filter(|(name, _)| !ABOUT_FETCHING.contains(&name.as_str())).collect();
    let platform = platform.map(pb::Platform::encode_to_vec).unwrap_or_default();
    let form = Form::new("source").text(&what).bytes(&platform);
    Ok(Some(attrs.into_iter().fold(form, |form, (name, value)| form.text(name).text(value))))
}

fn is_commit(text: &str) -> bool {
    COMMIT_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether an op makes nothing but files of its inputs, without running anything of the user's.
pub(super) fn keeps(op: &pb::Op, is_own: bool) -> bool {
    match &op.op {
        Some(Op::File(_) | Op::Merge(_) | Op::Diff(_)) => true,
        Some(Op::Exec(_)) => is_own,
        _ => false,
    }
}

/// The input that an exec has at `/`.
pub fn root_input(exec: &pb::ExecOp) -> Option<usize> {
    let root = exec.mounts.iter().find(|mount| mount.dest == "/")?;
    usize::try_from(root.input).ok()
}

/// What an op uses of each of its inputs.
///
/// A mount that can be written to is used as a whole, and so is what an action changes; a copy and a mount that is only read
/// use a part.
pub(super) fn uses(op: &pb::Op, inputs: &[Edge]) -> Vec<Vec<Use>> {
    let mut uses = vec![Vec::new(); inputs.len()];
    let mut add = |input: i64, of: &dyn Fn(&Edge) -> Use| {
        let Ok(index) = usize::try_from(input) else { return };
        if let (Some(uses), Some(edge)) = (uses.get_mut(index), inputs.get(index)) {
            uses.push(of(edge));
        }
    };
    match &op.op {
        Some(Op::Exec(exec)) => {
            for mount in &exec.mounts {
                match mount.readonly && mount.mount_type() == MountType::Bind {
                    true => add(mount.input, &|edge| Use::part(edge, &mount.selector)),
                    false => add(mount.input, &Use::whole),
                }
            }
        }
        Some(Op::File(file)) => {
            for action in &file.actions {
                add(action.input, &Use::whole);
                match &action.action {
                    Some(pb::file_action::Action::Copy(copy)) => {
                        add(action.secondary_input, &|edge| Use::copied(edge, copy));
                    }
                    _ => add(action.secondary_input, &Use::whole),
                }
            }
        }
        _ => {}
    }
    // Whatever else an op does with an input, it may use all of it.
    for (uses, edge) in uses.iter_mut().zip(inputs) {
        if uses.is_empty() {
            uses.push(Use::whole(edge));
        }
    }
    uses
}

/// The form of an op without its inputs; nothing for one that is not known here.
///
/// What BuildKit leaves out of the key of an exec is left out: `solver/llbsolver/ops/exec.go`, `CacheMap`, BuildKit 0.32. So is
/// `required_paths`, which only says what is an error, and which daemons before 0.26 are not sent.
pub(super) fn form(mut op: pb::Op) -> Option<Form> {
    match &mut op.op {
        Some(Op::Exec(exec)) => {
            if let Some(meta) = &mut exec.meta {
                meta.proxy_env = None;
                meta.extra_hosts.iter_mut().for_each(|host| host.ip.clear());
            }
            for cache in exec.mounts.iter_mut().filter_map(|mount| mount.cache_opt.as_mut()) {
                *cache = pb::CacheOpt::default();
            }
        }
        Some(Op::File(file)) => {
            for action in &mut file.actions {
                if let Some(pb::file_action::Action::Copy(copy)) = &mut action.action {
                    copy.required_paths.clear();
                }
            }
        }
        Some(Op::Merge(_) | Op::Diff(_)) => {}
        Some(Op::Source(_) | Op::Build(_)) | None => return None,
    }
    op.inputs.clear();
    op.constraints = None;
    Some(Form::new("op").bytes(&op.encode_to_vec()))
}
