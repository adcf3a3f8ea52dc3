use std::collections::BTreeSet;

use gateway_proto::caps::{self, Cap};
use gateway_proto::pb;

use super::key::{self, KeyText};
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
    /// The filesystem at `/`. With [`Access::Discard`](super::Access::Discard) it must have all that runc mounts upon, such as
    /// `/proc`: the daemon then makes no copy of it (BuildKit 0.13 and 0.32, `PrepareMounts`).
    pub root: Bind,
    /// In any order: the op has them by destination, then the secrets, then the ssh sockets. The root comes before another
    /// mount at `/`, and mounts at one destination keep their order. LOCKED cache mounts are then sorted by id
    /// among the positions that they have.
    pub mounts: Vec<Mount>,
    /// Texts that enter the cache key and that the command does not see.
    pub key_only: BTreeSet<KeyText>,
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
    let (mut lowered, outputs) = lay_out(&mounts, &mut inputs);
    // The root is the first mount at `/`.
    if let Some(root) = lowered.iter_mut().find(|mount| mount.dest == "/") {
        root.result_id = key::result_id(&exec.key_only);
    }
    let op = pb::ExecOp {
        meta: Some(complete(exec.meta)),
        mounts: lowered,
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
    ExecOutputs { vertex: Vertex::new(op, inputs, &capabilities, metadata), outputs }
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

    /// The first of the outputs, of the root or of a mount.
    pub fn first(&self) -> Option<Edge> {
        (0..self.outputs.len()).find_map(|position| self.output(position))
    }

    fn output(&self, position: usize) -> Option<Edge> {
        let index = self.outputs.get(position).copied().flatten()?;
        Some(self.vertex.output(index))
    }
}

/// Sorts the mounts as an op has them and numbers their outputs; gives those by the mounts' positions in `mounts`.
#[expect(
    clippy::indexing_slicing,
    reason = "`order` has the positions of `mounts`, and `outputs` is as long"
)]
fn lay_out(mounts: &[Mount], inputs: &mut Inputs) -> (Vec<pb::Mount>, Vec<Option<u32>>) {
    let mut order: Vec<(usize, &Mount)> = mounts.iter().enumerate().collect();
    order.sort_by_key(|(_, mount)| mount::rank(mount));
    sort_locks(&mut order);
    let mut outputs = vec![None; mounts.len()];
    let mut free = 0..;
    let mut sorted = Vec::with_capacity(mounts.len());
    for (position, mount) in order {
        let output = if mount.has_output() { free.next() } else { None };
        sorted.push(mount.to_pb(inputs, output));
        outputs[position] = output;
    }
    (sorted, outputs)
}

/// Sorts the LOCKED cache mounts by what they lock, among the positions that they have; no other mount moves.
///
/// BuildKit prepares mounts in the order of the op. Where another exec holds a lock it waits, and keeps the locks that it
/// has, so two execs that lock two caches in opposite orders wait for each other forever (`getRefCacheDir` in
/// `solver/llbsolver/mounts`, BuildKit 0.13 to 0.32). Nested mounts do not need the order of the op: the container gets its mounts
/// sorted by destination (`PrepareMounts` in `frontend/gateway/container`, since 0.8).
fn sort_locks(order: &mut [(usize, &Mount)]) {
    let mut locked: Vec<_> = order.iter().copied().filter(|(_, it)| it.lock().is_some()).collect();
    locked.sort_by_key(|(_, mount)| mount.lock());
    let slots = order.iter_mut().filter(|(_, mount)| mount.lock().is_some());
    for (slot, mount) in slots.zip(locked) {
        *slot = mount;
    }
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::{bind, hub, mkdir, run, strings, summary_of};
    use crate::*;

    #[test]
    fn a_mount_that_is_not_bound_has_no_output() {
        let mounts = vec![bind("/o", State::Scratch, Access::Discard)];
        let outputs = run(hub("alpine:3.20").into(), mounts);
        assert_eq!(outputs.mount(0), None);
        let root = outputs.root().unwrap();
        expect![[r#"
            v1 source docker-image://docker.io/library/alpine:3.20 (linux/amd64)
            v2 exec ["x"] (linux/amd64)
                mount / <- v1:0 (output 0)
                mount /o <- scratch
            result v2:0
        "#]]
        .assert_eq(&summary_of(&root));
    }

    #[test]
    fn outputs_are_numbered_by_destination() {
        let mounts = vec![
            bind("/z", State::Scratch, Access::Output),
            bind("/a", State::Scratch, Access::Output),
        ];
        let outputs = run(hub("alpine:3.20").into(), mounts);
        let index = |edge: Option<Edge>| edge.map(|edge| edge.index);
        assert_eq!(index(outputs.root()), Some(0));
        assert_eq!(index(outputs.mount(0)), Some(2));
        assert_eq!(index(outputs.mount(1)), Some(1));
        assert_eq!(outputs.mount(2), None);
        assert_eq!(outputs.mount(usize::MAX), None);
    }

    #[test]
    fn the_root_comes_before_another_mount_at_its_place() {
        let tool = mkdir(hub("tool:1").into(), "/out", Metadata::default());
        let mounts = vec![
            bind("/", tool.into(), Access::Readonly),
            bind("/out", State::Scratch, Access::Output),
        ];
        let outputs = run(State::Scratch, mounts);
        expect![[r#"
            v1 source docker-image://docker.io/library/tool:1 (linux/amd64)
            v2 file <- v1:0
                mkdir /out 0755
            v3 exec ["x"] (linux/amd64)
                mount / <- scratch (output 0)
                mount / <- v2:0 readonly
                mount /out <- scratch (output 1)
            result v3:1
        "#]]
        .assert_eq(&summary_of(&outputs.mount(1).unwrap()));
    }

    fn cache(dest: &str, id: &str, sharing: Sharing, input: State) -> Mount {
        let cache = CacheMount { id: id.to_owned(), sharing, input, ..CacheMount::default() };
        Mount { dest: dest.to_owned(), kind: MountKind::Cache(cache) }
    }

    #[test]
    fn locks_are_taken_by_id_and_nothing_else_moves() {
        let tool = hub("tool:1");
        let mounts = vec![
            cache("/a", "z", Sharing::Locked, tool.clone().into()),
            cache("/a/b", "y", Sharing::Private, State::Scratch),
            bind("/a/b/c", hub("lib:1").into(), Access::Output),
            cache("/a/d", "x", Sharing::Locked, State::Scratch),
            cache("/e", "w", Sharing::Shared, State::Scratch),
            cache("/f", "x", Sharing::Locked, hub("lib:2").into()),
            cache("/g", "a", Sharing::Locked, State::Scratch),
        ];
        let outputs = run(hub("alpine:3.20").into(), mounts);
        expect![[r#"
            v1 source docker-image://docker.io/library/alpine:3.20 (linux/amd64)
            v2 source docker-image://docker.io/library/lib:1 (linux/amd64)
            v3 source docker-image://docker.io/library/lib:2 (linux/amd64)
            v4 source docker-image://docker.io/library/tool:1 (linux/amd64)
            v5 exec ["x"] (linux/amd64)
                mount / <- v1:0 (output 0)
                mount /g cache a locked
                mount /a/b cache y private
                mount /a/b/c <- v2:0 (output 1)
                mount /a/d cache x locked
                mount /e cache w
                mount /f cache x locked <- v3:0
                mount /a cache z locked <- v4:0
            result v5:1
        "#]]
        .assert_eq(&summary_of(&outputs.mount(2).unwrap()));
    }

    #[test]
    fn an_input_of_several_mounts_stands_once() {
        let alpine = hub("alpine:3.20");
        let again = bind("/again", alpine.clone().into(), Access::Readonly);
        let outputs = run(alpine.clone().into(), vec![again]);
        assert_eq!(outputs.vertex.inputs(), [alpine]);
    }

    #[test]
    fn mounts_and_fields_state_their_capabilities() {
        let cache = CacheMount {
            id: "go".to_owned(),
            sharing: Sharing::Locked,
            selector: "cache".to_owned(),
            ..CacheMount::default()
        };
        let mount = |dest: &str, kind| Mount { dest: dest.to_owned(), kind };
        let wish = Exec {
            meta: Meta { args: strings(&["x"]), ..Meta::default() },
            root: Bind { access: Access::Discard, ..Bind::default() },
            mounts: vec![
                mount("/c", MountKind::Cache(cache)),
                mount("/t", MountKind::Tmpfs { size_bytes: 1 }),
                mount("/s", MountKind::Secret(SecretMount::default())),
                mount("/a", MountKind::Ssh(SshMount::default())),
            ],
            network: NetMode::None,
            ..Exec::default()
        };
        let outputs = exec(wish, &fixture::amd64(), Metadata::default());
        let edge = outputs.vertex.output(0);
        let detail = Detail { capabilities: true, ..Detail::default() };
        expect![[r#"
            v1 exec ["x"] (linux/amd64)
                network none
                mount / <- scratch
                mount /c cache go locked selector cache
                mount /t tmpfs size 1
                mount /s secret "" 0400
                mount /a ssh "" 0600
                needs constraints exec.meta.base exec.meta.network exec.mount.bind exec.mount.bind.readwrite-nooutput exec.mount.cache exec.mount.cache.sharing exec.mount.secret exec.mount.selector exec.mount.ssh exec.mount.tmpfs exec.mount.tmpfs.size
            result v1:0
        "#]]
        .assert_eq(&summary(&marshal(&edge), detail));
    }
}
