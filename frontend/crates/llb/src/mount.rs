use gateway_proto::caps::{self, Cap};
use gateway_proto::pb;

use super::vertex::{EMPTY, Inputs, SKIP_OUTPUT, State};
use super::{ContentCache, Sharing};

/// Something that an exec sees at a path.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where; a relative path counts from the working directory. For a secret the path of a file, for ssh of a socket.
    pub dest: String,
    pub kind: MountKind,
}

#[derive(Clone, Debug)]
pub enum MountKind {
    Bind(Bind),
    Cache(CacheMount),
    /// An empty filesystem in memory that is thrown away; `size_bytes` 0 leaves the limit to the daemon.
    Tmpfs {
        size_bytes: i64,
    },
    Secret(SecretMount),
    Ssh(SshMount),
}

/// A filesystem that the exec sees.
#[derive(Clone, Debug, Default)]
pub struct Bind {
    pub input: State,
    /// The file or directory of the input that is mounted; empty for its root.
    pub selector: String,
    pub access: Access,
    pub content_cache: ContentCache,
}

/// What becomes of what an exec writes to a bind mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// It becomes an output of the vertex.
    #[default]
    Output,
    /// It is thrown away.
    Discard,
    /// It can't write.
    Readonly,
}

/// A directory that outlives the build, on the daemon.
#[derive(Clone, Debug, Default)]
pub struct CacheMount {
    /// Names the directory; used as it is given. Mounts with an empty id share one directory.
    pub id: String,
    pub sharing: Sharing,
    /// What the directory holds, and the owner and mode that it has, when it is new.
    pub input: State,
    /// The directory of the input that is mounted; empty for its root.
    pub selector: String,
    pub readonly: bool,
}

/// A file with the value of a secret of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretMount {
    pub id: String,
    pub uid: u32,
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
    /// There is no file if the client has no such secret; otherwise that is an error.
    pub optional: bool,
}

/// A socket that leads to an ssh agent of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshMount {
    /// Empty is `default`.
    pub id: String,
    pub uid: u32,
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
    /// There is no socket if the client has no such agent; otherwise that is an error.
    pub optional: bool,
}

/// Readable by root only (`client/llb/exec.go`, `AddSecret`).
impl Default for SecretMount {
    fn default() -> Self {
        Self { id: String::new(), uid: 0, gid: 0, mode: 0o400, optional: false }
    }
}

/// Usable by root only (`client/llb/exec.go`, `AddSSHSocket`).
impl Default for SshMount {
    fn default() -> Self {
        Self { id: String::new(), uid: 0, gid: 0, mode: 0o600, optional: false }
    }
}

/// Where a mount stands in an op: ordinary ones by destination, then secrets, then ssh sockets as they were given
/// (`client/llb/exec.go`, `Marshal`).
pub(super) fn rank(mount: &Mount) -> (u8, &str) {
    match mount.kind {
        MountKind::Bind(_) | MountKind::Cache(_) | MountKind::Tmpfs { .. } => (0, &mount.dest),
        MountKind::Secret(_) => (1, ""),
        MountKind::Ssh(_) => (2, ""),
    }
}

impl Mount {
    /// Whether the mount becomes an output of the vertex.
    pub(super) fn has_output(&self) -> bool {
        matches!(&self.kind, MountKind::Bind(bind) if bind.access == Access::Output)
    }

    /// What an exec with this mount locks: the id of a LOCKED cache and its input, since each input has a directory of its
    /// own.
    pub(super) fn lock(&self) -> Option<(&str, Option<(&str, u32)>)> {
        match &self.kind {
            MountKind::Cache(cache) if cache.sharing == Sharing::Locked => {
                let input = cache.input.edge();
                Some((&cache.id, input.map(|edge| (edge.vertex.digest(), edge.index))))
            }
            _ => None,
        }
    }

    /// The mount as it stands in an op.
    ///
    /// Secrets and ssh sockets name output 0, which isn't theirs; it is what BuildKit's own client leaves there.
    pub(super) fn to_pb(&self, inputs: &mut Inputs, output: Option<u32>) -> pb::Mount {
        let dest = self.dest.clone();
        let output = output.map_or(SKIP_OUTPUT, i64::from);
        let bare = pb::Mount { dest, input: EMPTY, output, ..pb::Mount::default() };
        match &self.kind {
            MountKind::Bind(bind) => pb::Mount {
                input: inputs.index(&bind.input),
                selector: bind.selector.clone(),
                readonly: bind.access == Access::Readonly,
                content_cache: bind.content_cache.into(),
                ..bare
            },
            MountKind::Cache(cache) => pb::Mount {
                input: inputs.index(&cache.input),
                selector: cache.selector.clone(),
                readonly: cache.readonly,
                mount_type: pb::MountType::Cache.into(),
                cache_opt: Some(pb::CacheOpt {
                    id: cache.id.clone(),
                    sharing: cache.sharing.into(),
                }),
                ..bare
            },
            MountKind::Tmpfs { size_bytes } => pb::Mount {
                mount_type: pb::MountType::Tmpfs.into(),
                tmpfs_opt: Some(pb::TmpfsOpt { size: *size_bytes }),
                ..bare
            },
            MountKind::Secret(secret) => pb::Mount {
                output: 0,
                mount_type: pb::MountType::Secret.into(),
                secret_opt: Some(secret.to_pb()),
                ..bare
            },
            MountKind::Ssh(ssh) => pb::Mount {
                output: 0,
                mount_type: pb::MountType::Ssh.into(),
                ssh_opt: Some(ssh.to_pb()),
                ..bare
            },
        }
    }

    /// The capabilities that the mount needs.
    pub(super) fn capabilities(&self) -> Vec<Cap> {
        match &self.kind {
            MountKind::Bind(bind) => bind.capabilities(),
            MountKind::Cache(cache) => {
                let selector = selector_capability(&cache.selector);
                [caps::EXEC_MOUNT_CACHE, caps::EXEC_MOUNT_CACHE_SHARING]
                    .into_iter()
                    .chain(selector)
                    .collect()
            }
            MountKind::Tmpfs { size_bytes: 0 } => vec![caps::EXEC_MOUNT_TMPFS],
            MountKind::Tmpfs { .. } => {
                vec![caps::EXEC_MOUNT_TMPFS, caps::EXEC_MOUNT_TMPFS_SIZE]
            }
            MountKind::Secret(_) => vec![caps::EXEC_MOUNT_SECRET],
            MountKind::Ssh(_) => vec![caps::EXEC_MOUNT_SSH],
        }
    }
}

impl Bind {
    pub(super) fn capabilities(&self) -> Vec<Cap> {
        let mut needed = vec![caps::EXEC_MOUNT_BIND];
        needed.extend(selector_capability(&self.selector));
        if self.access == Access::Discard {
            needed.push(caps::EXEC_MOUNT_BIND_READWRITE_NOOUTPUT);
        }
        if self.content_cache != ContentCache::Default {
            needed.push(caps::EXEC_MOUNT_CACHE_CONTENT);
        }
        needed
    }
}

fn selector_capability(selector: &str) -> Option<Cap> {
    (!selector.is_empty()).then_some(caps::EXEC_MOUNT_SELECTOR)
}

impl SecretMount {
    /// The secret as it stands in a mount.
    pub fn to_pb(&self) -> pb::SecretOpt {
        let Self { id, uid, gid, mode, optional } = self.clone();
        pb::SecretOpt { id, uid, gid, mode, optional }
    }
}

impl SshMount {
    /// The socket as it stands in a mount.
    pub fn to_pb(&self) -> pb::SshOpt {
        let Self { id, uid, gid, mode, optional } = self.clone();
        pb::SshOpt { id, uid, gid, mode, optional }
    }
}
