use std::collections::{BTreeMap, HashSet};

use gateway_proto::pb::{self, CacheSharingOpt, op};
use llb::{State, Vertex};
use prost::Message as _;

/// What the steps of a filesystem take from the client, and which cache mounts they share with other builds.
#[derive(Default)]
pub struct Used {
    /// By id, whether the build fails without it.
    pub secrets: BTreeMap<String, bool>,
    pub ssh: BTreeMap<String, bool>,
    /// By id.
    pub caches: BTreeMap<String, UsedCache>,
}

/// A cache mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsedCache {
    /// Whether there is a mount of it that holds something at first, or has an owner.
    pub begins_with_files: bool,
    pub sharing: CacheSharingOpt,
    /// Whether it is mounted at a path that is its id.
    pub is_at_id: bool,
}

impl Used {
    /// Looks at every step that some filesystems come from.
    pub fn by<'s>(states: impl IntoIterator<Item = &'s State>) -> Self {
        let mut used = Self::default();
        let mut seen = HashSet::new();
        let edges = states.into_iter().filter_map(State::edge);
        let mut left: Vec<&Vertex> = edges.map(|edge| &edge.vertex).collect();
        while let Some(vertex) = left.pop() {
            if !seen.insert(vertex.digest()) {
                continue;
            }
            left.extend(vertex.inputs().iter().map(|edge| &edge.vertex));
            // What is no op at all uses nothing.
            match pb::Op::decode(vertex.bytes()).ok().and_then(|op| op.op) {
                Some(op::Op::Exec(exec)) => used.exec(&exec),
                Some(op::Op::Source(source)) => used.source(&source),
                _ => {}
            }
        }
        used
    }

    /// The secret of a download is named by the program; those of a repository are asked for wherever the client has them.
    fn source(&mut self, source: &pb::SourceOp) {
        if let Some(id) = source.attrs.get("http.authheadersecret") {
            self.secrets.insert(id.clone(), true);
        }
    }

    fn exec(&mut self, exec: &pb::ExecOp) {
        let need = |all: &mut BTreeMap<String, bool>, id: &str, optional: bool| {
            *all.entry(id.to_owned()).or_default() |= !optional;
        };
        for secret in &exec.secretenv {
            need(&mut self.secrets, &secret.id, secret.optional);
        }
        for mount in &exec.mounts {
            if let Some(secret) = &mount.secret_opt {
                need(&mut self.secrets, &secret.id, secret.optional);
            }
            if let Some(ssh) = &mount.ssh_opt {
                need(&mut self.ssh, &ssh.id, ssh.optional);
            }
            if let Some(cache) = &mount.cache_opt {
                let used = self.caches.entry(cache.id.clone()).or_default();
                used.begins_with_files |= mount.input >= 0;
                used.sharing = cache.sharing();
                used.is_at_id |= mount.dest == cache.id;
            }
        }
    }
}
