use gateway_proto::{frontend, pb};

use crate::bridge::Ref;
use llb::{NetMode, SecretMount, SshMount};

/// What a container is made of.
#[derive(Clone, Debug)]
pub struct ContainerRequest {
    /// The filesystem at `/`: a copy of it, which is thrown away.
    pub root: Ref,
    pub mounts: Vec<ContainerMount>,
    /// `Unset` is the daemon's default, mostly a bridge to the network of its host.
    pub network: NetMode,
}

/// Something that the processes of a container see at a path.
#[derive(Clone, Debug)]
pub struct ContainerMount {
    /// An absolute path other than `/`.
    pub dest: String,
    pub kind: ContainerMountKind,
}

/// There is no cache mount among them, for the reason that stands at the top of this module.
#[derive(Clone, Debug)]
pub enum ContainerMountKind {
    /// A filesystem that can be read.
    Readonly(Ref),
    /// A copy of a filesystem, which is thrown away.
    Discard(Ref),
    /// An empty filesystem in memory.
    Tmpfs,
    Secret(SecretMount),
    Ssh(SshMount),
}

impl ContainerRequest {
    /// A container with a root alone, and the daemon's default network.
    pub fn new(root: Ref) -> Self {
        Self { root, mounts: Vec::new(), network: NetMode::Unset }
    }

    /// The filesystems that the daemon must have made before the container.
    pub(super) fn refs(&self) -> impl Iterator<Item = &Ref> {
        let mounts = self.mounts.iter().filter_map(|mount| match &mount.kind {
            ContainerMountKind::Readonly(reference) | ContainerMountKind::Discard(reference) => {
                Some(reference)
            }
            ContainerMountKind::Tmpfs
            | ContainerMountKind::Secret(_)
            | ContainerMountKind::Ssh(_) => None,
        });
        std::iter::once(&self.root).chain(mounts)
    }

    pub(super) fn into_message(self, container_id: String) -> frontend::NewContainerRequest {
        let root =
            pb::Mount { dest: "/".to_owned(), result_id: self.root.id, ..pb::Mount::default() };
        let mounts = self.mounts.into_iter().map(ContainerMount::into_message);
        frontend::NewContainerRequest {
            container_id,
            mounts: std::iter::once(root).chain(mounts).collect(),
            network: self.network.into(),
            ..frontend::NewContainerRequest::default()
        }
    }
}

impl ContainerMount {
    /// The daemon ignores inputs and outputs here (BuildKit 0.32, `frontend/gateway/gateway.go`, `NewContainer`).
    fn into_message(self) -> pb::Mount {
        let bare = pb::Mount { dest: self.dest, ..pb::Mount::default() };
        match self.kind {
            ContainerMountKind::Readonly(reference) => {
                pb::Mount { result_id: reference.id, readonly: true, ..bare }
            }
            ContainerMountKind::Discard(reference) => pb::Mount { result_id: reference.id, ..bare },
            ContainerMountKind::Tmpfs => {
                pb::Mount { mount_type: pb::MountType::Tmpfs.into(), ..bare }
            }
            ContainerMountKind::Secret(secret) => pb::Mount {
                mount_type: pb::MountType::Secret.into(),
                secret_opt: Some(secret.to_pb()),
                ..bare
            },
            ContainerMountKind::Ssh(ssh) => pb::Mount {
                mount_type: pb::MountType::Ssh.into(),
                ssh_opt: Some(ssh.to_pb()),
                ..bare
            },
        }
    }
}
