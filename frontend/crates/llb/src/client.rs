//! What the client of a build asks of all its steps.

use std::collections::BTreeSet;

use crate::{HostIp, NetMode, ProxyEnv, Ulimit};

/// Which steps run although the cache has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NoCache {
    #[default]
    UseCache,
    All,
    /// Functions and sections by name, in lower case.
    Names(BTreeSet<String>),
}

/// What the client asks of every command that runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExecOptions {
    /// The network of commands that choose none themselves; [`NetMode::None`] holds for all.
    pub network: Option<NetMode>,
    pub extra_hosts: Vec<HostIp>,
    pub hostname: Option<String>,
    /// The size of `/dev/shm`, in bytes.
    pub shm_size_bytes: Option<u64>,
    pub ulimits: Vec<Ulimit>,
    pub cgroup_parent: Option<String>,
    /// Absent if none of the proxy settings is given.
    pub proxy: Option<ProxyEnv>,
}

impl NoCache {
    /// Whether the cache of a function or section is to be ignored.
    pub fn covers(&self, name: &str) -> bool {
        *self == Self::All || self.names(name)
    }

    /// Whether a function or section is named; names compare without regard to case.
    pub fn names(&self, name: &str) -> bool {
        matches!(self, Self::Names(names) if names.contains(&name.to_lowercase()))
    }

    /// Reads a list of names with commas between them.
    pub fn of_list(list: &str) -> Self {
        Self::Names(list.split(',').map(str::to_lowercase).collect::<BTreeSet<_>>())
    }
}
