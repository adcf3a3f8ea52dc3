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
    pub resources: Resources,
    /// Absent if none of the proxy settings is given.
    pub proxy: Option<ProxyEnv>,
}

/// Limits of the control group that a command runs in; the daemon needs BuildKit 0.31.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    pub memory_bytes: Option<i64>,
    /// Memory and swap together; −1 is no limit.
    pub memory_swap_bytes: Option<i64>,
    pub cpu_shares: Option<i64>,
    /// Microseconds.
    pub cpu_period: Option<i64>,
    /// Microseconds a period.
    pub cpu_quota: Option<i64>,
    /// A list of CPUs such as `0-3,5`.
    pub cpuset_cpus: Option<String>,
    /// A list of memory nodes.
    pub cpuset_mems: Option<String>,
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
