use gateway_proto::caps::{self, Cap};
use gateway_proto::pb;

use super::metadata::Metadata;
use super::mount::{self, Bind, Mount, MountKind};
use super::platform::Platform;
use super::vertex::{Edge, Inputs, Vertex};
use super::{CdiDevice, Meta, NetMode, SecretEnv, SecurityMode};

/// A command that runs in a container (`pb.ExecOp`).
#[derive(Clone, Debug, Default)]
pub struct Exec {
    /// With at least one argument. An empty `cwd` becomes `/`, and `remove_mount_stubs_recursive` is always set.
    pub meta: Meta,
    /// The filesystem at `/`.
    pub root: Bind,
    /// In any order: the op has them by destination, then the secrets, then the ssh sockets. The root comes before another
    /// mount at `/`, and mounts at one destination keep their order.
    pub mounts: Vec<Mount>,
    pub network: NetMode,
    pub security: SecurityMode,
    pub secret_env: Vec<SecretEnv>,
    pub cdi_devices: Vec<CdiDevice>,
}

/// An exec's vertex, and which of its outputs belongs to which mount.
#[derive(Clone, Debug)]
pub struct ExecOutputs {
    pub vertex: Vertex,
    /// The root's first, then those of `Exec::mounts`.
    outputs: Vec<Option<u32>>,
}

/// Builds the vertex of a command that runs on `platform`.
pub fn exec(exec: Exec, platform: &Platform, metadata: Metadata) -> ExecOutputs {
    let capabilities = capabilities(&exec);
    let root = Mount { dest: "/".to_owned(), kind: MountKind::Bind(exec.root) };
    let mounts: Vec<Mount> = std::iter::once(root).chain(exec.mounts).collect();
    let mut inputs = Inputs::default();
    let (mounts, outputs) = lay_out(&mounts, &mut inputs);
    let op = pb::ExecOp {
        meta: Some(complete(exec.meta)),
        mounts,
        network: exec.network.into(),
        security: exec.security.into(),
        secretenv: exec.secret_env,
        cdi_devices: exec.cdi_devices,
    };
    let op = pb::Op {
        op: Some(pb::op::Op::Exec(op)),
        platform: Some(platform.into()),
        constraints: Some(pb::WorkerConstraints::default()),
        ..pb::Op::default()
    };
    ExecOutputs { vertex: Vertex::new(op, inputs.into_edges(), &capabilities, metadata), outputs }
}

impl ExecOutputs {
    /// The root filesystem after the command, if the root has an output.
    pub fn root(&self) -> Option<Edge> {
        self.output(0)
    }

    /// The filesystem of the mount at `index` of `Exec::mounts` after the command, if that mount has an output.
    pub fn mount(&self, index: usize) -> Option<Edge> {
        self.output(index.checked_add(1)?)
    }

    fn output(&self, position: usize) -> Option<Edge> {
        let index = self.outputs.get(position).copied().flatten()?;
        Some(self.vertex.output(index))
    }
}

/// Sorts the mounts as an op has them and numbers their outputs; gives those by the mounts' positions in `mounts`.
fn lay_out(mounts: &[Mount], inputs: &mut Inputs) -> (Vec<pb::Mount>, Vec<Option<u32>>) {
    let mut order: Vec<usize> = (0..mounts.len()).collect();
    order.sort_by_key(|position| mount::rank(&mounts[*position]));
    let mut outputs = vec![None; mounts.len()];
    let mut free = 0..;
    let mut sorted = Vec::with_capacity(mounts.len());
    for position in order {
        let mount = &mounts[position];
        outputs[position] = if mount.has_output() { free.next() } else { None };
        sorted.push(mount.to_pb(inputs, outputs[position]));
    }
    (sorted, outputs)
}

fn complete(meta: Meta) -> Meta {
    let cwd = if meta.cwd.is_empty() { "/".to_owned() } else { meta.cwd };
    Meta { cwd, remove_mount_stubs_recursive: true, ..meta }
}

fn capabilities(exec: &Exec) -> Vec<Cap> {
    let Exec { meta, .. } = exec;
    let mut needed = vec![caps::EXEC_META_BASE];
    let by_field = [
        (exec.network != NetMode::Unset, caps::EXEC_META_NETWORK),
        (exec.security != SecurityMode::Sandbox, caps::EXEC_META_SECURITY),
        (meta.proxy_env.is_some(), caps::EXEC_META_PROXYENV),
        (!meta.ulimit.is_empty(), caps::EXEC_META_ULIMIT),
        (!meta.cgroup_parent.is_empty(), caps::EXEC_META_CGROUP_PARENT),
        (!meta.valid_exit_codes.is_empty(), caps::EXEC_VALIDEXITCODE),
        (!exec.secret_env.is_empty(), caps::EXEC_SECRETENV),
        (!exec.cdi_devices.is_empty(), caps::EXEC_META_CDI),
    ];
    needed.extend(by_field.iter().filter(|(used, _)| *used).map(|(_, cap)| *cap));
    needed.extend(exec.root.capabilities());
    needed.extend(exec.mounts.iter().flat_map(Mount::capabilities));
    needed
}
