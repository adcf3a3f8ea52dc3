//! A definition for tools: a line of JSON a vertex, as `buildctl debug dump-llb` prints it.
//!
//! Written by hand, message by message: what derives it for every message of the protocol weighs more than all of this
//! room.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gateway_proto::pb;
use prost::Message as _;
use serde_json::{Map, Value, json};

use super::Definition;
use super::vertex::digest;

/// Writes each op of a definition as an object on a line of its own, the terminal op last: its input is the result.
///
/// `Op`, `Digest` and `OpMetadata` are what `buildctl debug dump-llb` prints (BuildKit 0.32,
/// `cmd/buildctl/debug/dumpllb.go` and `solver/pb/json.go`): the names are those of the protocol, enums are numbers,
/// bytes are base64, and what is empty or 0 is left out. `Locations` is more than it prints: the places in the program,
/// lines from 1, characters from 0.
pub fn json_lines(definition: &Definition) -> String {
    let lines = definition.def.iter().map(|bytes| {
        let digest = digest(bytes);
        let metadata = definition.metadata.get(&digest).cloned().unwrap_or_default();
        let line = object([
            ("Op", pb::Op::decode(bytes.as_slice()).map_or(Value::Null, |it| op(&it))),
            ("Digest", json!(digest)),
            ("OpMetadata", op_metadata(&metadata)),
            ("Locations", locations(definition.source.as_ref(), &digest)),
        ]);
        format!("{line}\n")
    });
    lines.collect()
}

/// An object without the fields that Go's `omitempty` leaves out; one that is there stays, even if it is empty itself.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_i64() == Some(0),
        Value::String(value) => value.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(_) => false,
    };
    let set = fields.into_iter().filter(|(_, value)| !is_empty(value));
    Value::Object(set.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A message that may be absent.
fn maybe<T>(message: Option<&T>, write: impl Fn(&T) -> Value) -> Value {
    message.map_or(Value::Null, write)
}

fn list<T>(items: &[T], write: impl Fn(&T) -> Value) -> Value {
    items.iter().map(write).collect()
}

/// A map of the protocol, which is absent if it is empty.
fn map<'a, T: 'a>(
    entries: impl IntoIterator<Item = (&'a String, &'a T)>,
    write: impl Fn(&T) -> Value,
) -> Value {
    let entries = entries.into_iter().map(|(key, value)| (key.clone(), write(value)));
    let map: Map<String, Value> = entries.collect();
    if map.is_empty() { Value::Null } else { Value::Object(map) }
}

fn text(text: &String) -> Value {
    json!(text)
}

fn op(op: &pb::Op) -> Value {
    use pb::op::Op;
    let kind = match &op.op {
        Some(Op::Exec(it)) => object([("exec", exec(it))]),
        Some(Op::Source(it)) => object([("source", source(it))]),
        Some(Op::File(it)) => object([("file", object([("actions", list(&it.actions, action))]))]),
        Some(Op::Build(it)) => object([("build", build(it))]),
        Some(Op::Merge(it)) => {
            let inputs = list(&it.inputs, |it| object([("input", json!(it.input))]));
            object([("merge", object([("inputs", inputs)]))])
        }
        Some(Op::Diff(it)) => {
            let lower = maybe(it.lower.as_ref(), |it| object([("input", json!(it.input))]));
            let upper = maybe(it.upper.as_ref(), |it| object([("input", json!(it.input))]));
            object([("diff", object([("lower", lower), ("upper", upper)]))])
        }
        None => object([]),
    };
    object([
        ("inputs", list(&op.inputs, input)),
        ("Op", kind),
        ("platform", maybe(op.platform.as_ref(), platform)),
        ("constraints", maybe(op.constraints.as_ref(), constraints)),
    ])
}

fn input(input: &pb::Input) -> Value {
    object([("digest", json!(input.digest)), ("index", json!(input.index))])
}

fn platform(platform: &pb::Platform) -> Value {
    object([
        ("Architecture", json!(platform.architecture)),
        ("OS", json!(platform.os)),
        ("Variant", json!(platform.variant)),
        ("OSVersion", json!(platform.os_version)),
        ("OSFeatures", json!(platform.os_features)),
    ])
}

fn constraints(constraints: &pb::WorkerConstraints) -> Value {
    object([("filter", json!(constraints.filter))])
}

fn source(source: &pb::SourceOp) -> Value {
    object([("identifier", json!(source.identifier)), ("attrs", map(&source.attrs, text))])
}

/// The definition inside is left out: HLB makes no op of this kind.
fn build(build: &pb::BuildOp) -> Value {
    object([
        ("builder", json!(build.builder)),
        ("inputs", map(&build.inputs, |it| object([("input", json!(it.input))]))),
        ("attrs", map(&build.attrs, text)),
    ])
}

fn exec(exec: &pb::ExecOp) -> Value {
    let secret = |it: &pb::SecretEnv| {
        object([("ID", json!(it.id)), ("name", json!(it.name)), ("optional", json!(it.optional))])
    };
    let device =
        |it: &pb::CdiDevice| object([("name", json!(it.name)), ("optional", json!(it.optional))]);
    object([
        ("meta", maybe(exec.meta.as_ref(), meta)),
        ("mounts", list(&exec.mounts, mount)),
        ("network", json!(exec.network)),
        ("security", json!(exec.security)),
        ("secretenv", list(&exec.secretenv, secret)),
        ("cdiDevices", list(&exec.cdi_devices, device)),
    ])
}

fn meta(meta: &pb::Meta) -> Value {
    let host = |it: &pb::HostIp| object([("Host", json!(it.host)), ("IP", json!(it.ip))]);
    let ulimit = |it: &pb::Ulimit| {
        object([("Name", json!(it.name)), ("Soft", json!(it.soft)), ("Hard", json!(it.hard))])
    };
    let proxy = |it: &pb::ProxyEnv| {
        object([
            ("http_proxy", json!(it.http_proxy)),
            ("https_proxy", json!(it.https_proxy)),
            ("ftp_proxy", json!(it.ftp_proxy)),
            ("no_proxy", json!(it.no_proxy)),
            ("all_proxy", json!(it.all_proxy)),
        ])
    };
    object([
        ("args", json!(meta.args)),
        ("env", json!(meta.env)),
        ("cwd", json!(meta.cwd)),
        ("user", json!(meta.user)),
        ("proxy_env", maybe(meta.proxy_env.as_ref(), proxy)),
        ("extraHosts", list(&meta.extra_hosts, host)),
        ("hostname", json!(meta.hostname)),
        ("ulimit", list(&meta.ulimit, ulimit)),
        ("cgroupParent", json!(meta.cgroup_parent)),
        ("removeMountStubsRecursive", json!(meta.remove_mount_stubs_recursive)),
        ("validExitCodes", json!(meta.valid_exit_codes)),
    ])
}

fn mount(mount: &pb::Mount) -> Value {
    let tmpfs = |it: &pb::TmpfsOpt| object([("size", json!(it.size))]);
    let cache = |it: &pb::CacheOpt| object([("ID", json!(it.id)), ("sharing", json!(it.sharing))]);
    let secret = |it: &pb::SecretOpt| file_of(&it.id, it.uid, it.gid, it.mode, it.optional);
    let ssh = |it: &pb::SshOpt| file_of(&it.id, it.uid, it.gid, it.mode, it.optional);
    object([
        ("input", json!(mount.input)),
        ("selector", json!(mount.selector)),
        ("dest", json!(mount.dest)),
        ("output", json!(mount.output)),
        ("readonly", json!(mount.readonly)),
        ("mountType", json!(mount.mount_type)),
        ("TmpfsOpt", maybe(mount.tmpfs_opt.as_ref(), tmpfs)),
        ("cacheOpt", maybe(mount.cache_opt.as_ref(), cache)),
        ("secretOpt", maybe(mount.secret_opt.as_ref(), secret)),
        ("SSHOpt", maybe(mount.ssh_opt.as_ref(), ssh)),
        ("resultID", json!(mount.result_id)),
        ("contentCache", json!(mount.content_cache)),
    ])
}

/// A secret or a socket that a file gives access to.
fn file_of(id: &str, uid: u32, gid: u32, mode: u32, optional: bool) -> Value {
    object([
        ("ID", json!(id)),
        ("uid", json!(uid)),
        ("gid", json!(gid)),
        ("mode", json!(mode)),
        ("optional", json!(optional)),
    ])
}

/// Unlike elsewhere the numbers are never left out.
fn action(action: &pb::FileAction) -> Value {
    use pb::file_action::Action;
    let kind = match &action.action {
        Some(Action::Copy(it)) => object([("copy", copy(it))]),
        Some(Action::Mkfile(it)) => object([("mkfile", mkfile(it))]),
        Some(Action::Mkdir(it)) => object([("mkdir", mkdir(it))]),
        Some(Action::Rm(it)) => object([("rm", rm(it))]),
        Some(Action::Symlink(it)) => object([("symlink", symlink(it))]),
        None => object([]),
    };
    json!({
        "input": action.input,
        "secondaryInput": action.secondary_input,
        "output": action.output,
        "Action": kind,
    })
}

fn copy(copy: &pb::FileActionCopy) -> Value {
    object([
        ("src", json!(copy.src)),
        ("dest", json!(copy.dest)),
        ("owner", maybe(copy.owner.as_ref(), owner)),
        ("mode", json!(copy.mode)),
        ("followSymlink", json!(copy.follow_symlink)),
        ("dirCopyContents", json!(copy.dir_copy_contents)),
        ("attemptUnpackDockerCompatibility", json!(copy.attempt_unpack_docker_compatibility)),
        ("createDestPath", json!(copy.create_dest_path)),
        ("allowWildcard", json!(copy.allow_wildcard)),
        ("allowEmptyWildcard", json!(copy.allow_empty_wildcard)),
        ("timestamp", json!(copy.timestamp)),
        ("include_patterns", json!(copy.include_patterns)),
        ("exclude_patterns", json!(copy.exclude_patterns)),
        ("alwaysReplaceExistingDestPaths", json!(copy.always_replace_existing_dest_paths)),
        ("modeStr", json!(copy.mode_str)),
        ("required_paths", json!(copy.required_paths)),
    ])
}

fn mkfile(mkfile: &pb::FileActionMkFile) -> Value {
    object([
        ("path", json!(mkfile.path)),
        ("mode", json!(mkfile.mode)),
        ("data", json!(BASE64_STANDARD.encode(&mkfile.data))),
        ("owner", maybe(mkfile.owner.as_ref(), owner)),
        ("timestamp", json!(mkfile.timestamp)),
    ])
}

fn mkdir(mkdir: &pb::FileActionMkDir) -> Value {
    object([
        ("path", json!(mkdir.path)),
        ("mode", json!(mkdir.mode)),
        ("makeParents", json!(mkdir.make_parents)),
        ("owner", maybe(mkdir.owner.as_ref(), owner)),
        ("timestamp", json!(mkdir.timestamp)),
    ])
}

fn rm(rm: &pb::FileActionRm) -> Value {
    object([
        ("path", json!(rm.path)),
        ("allowNotFound", json!(rm.allow_not_found)),
        ("allowWildcard", json!(rm.allow_wildcard)),
    ])
}

fn symlink(symlink: &pb::FileActionSymlink) -> Value {
    object([
        ("oldpath", json!(symlink.oldpath)),
        ("newpath", json!(symlink.newpath)),
        ("owner", maybe(symlink.owner.as_ref(), owner)),
        ("timestamp", json!(symlink.timestamp)),
    ])
}

fn owner(owner: &pb::ChownOpt) -> Value {
    let [user, group] = [&owner.user, &owner.group].map(|it| maybe(it.as_ref(), user));
    object([("user", user), ("group", group)])
}

fn user(user: &pb::UserOpt) -> Value {
    use pb::user_opt::User;
    let user = match &user.user {
        Some(User::ByName(it)) => {
            object([("byName", object([("name", json!(it.name)), ("input", json!(it.input))]))])
        }
        Some(User::ById(id)) => object([("byId", json!(id))]),
        None => object([]),
    };
    object([("User", user)])
}

fn op_metadata(metadata: &pb::OpMetadata) -> Value {
    let group = |it: &pb::ProgressGroup| {
        object([("id", json!(it.id)), ("name", json!(it.name)), ("weak", json!(it.weak))])
    };
    let export = |it: &pb::ExportCache| object([("Value", json!(it.value))]);
    object([
        ("ignore_cache", json!(metadata.ignore_cache)),
        ("description", map(&metadata.description, text)),
        ("export_cache", maybe(metadata.export_cache.as_ref(), export)),
        ("caps", map(&metadata.caps, |cap| json!(cap))),
        ("progress_group", maybe(metadata.progress_group.as_ref(), group)),
    ])
}

/// Unlike elsewhere the numbers are never left out.
fn locations(source: Option<&pb::Source>, digest: &str) -> Value {
    let Some(source) = source else { return Value::Null };
    let locations = source.locations.get(digest);
    let locations = locations.into_iter().flat_map(|locations| &locations.locations);
    let position = |it: Option<pb::Position>| {
        let pb::Position { line, character } = it.unwrap_or_default();
        json!({ "line": line, "character": character })
    };
    let range = |it: &pb::Range| json!({ "start": position(it.start), "end": position(it.end) });
    let location = |it: &pb::Location| {
        let info = usize::try_from(it.source_index).ok();
        let info = info.and_then(|index| source.infos.get(index));
        let filename = info.map(|info| info.filename.as_str());
        json!({ "filename": filename, "ranges": list(&it.ranges, range) })
    };
    locations.map(location).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// Fields whose Go names are not those of the protocol's style, and values that Go leaves out or does not.
    #[test]
    fn fields_have_the_names_of_go() {
        let mounts = [
            pb::Mount {
                tmpfs_opt: Some(pb::TmpfsOpt { size: 1 }),
                mount_type: pb::MountType::Tmpfs.into(),
                input: -1,
                output: -1,
                ..pb::Mount::default()
            },
            pb::Mount {
                secret_opt: Some(pb::SecretOpt {
                    id: "s".into(),
                    mode: 0o400,
                    ..pb::SecretOpt::default()
                }),
                ..pb::Mount::default()
            },
            pb::Mount {
                ssh_opt: Some(pb::SshOpt {
                    id: "a".into(),
                    uid: 7,
                    optional: true,
                    ..pb::SshOpt::default()
                }),
                ..pb::Mount::default()
            },
        ];
        let meta = pb::Meta {
            proxy_env: Some(pb::ProxyEnv { no_proxy: "x".into(), ..pb::ProxyEnv::default() }),
            extra_hosts: vec![pb::HostIp { host: "h".into(), ip: "::1".into() }],
            ulimit: vec![pb::Ulimit { name: "nofile".into(), soft: 1, hard: 2 }],
            ..pb::Meta::default()
        };
        let exec = pb::ExecOp {
            meta: Some(meta),
            mounts: mounts.to_vec(),
            network: pb::NetMode::Host.into(),
            ..pb::ExecOp::default()
        };
        let op = op(&pb::Op { op: Some(pb::op::Op::Exec(exec)), ..pb::Op::default() });
        expect![[r#"{"Op":{"exec":{"meta":{"extraHosts":[{"Host":"h","IP":"::1"}],"proxy_env":{"no_proxy":"x"},"ulimit":[{"Hard":2,"Name":"nofile","Soft":1}]},"mounts":[{"TmpfsOpt":{"size":1},"input":-1,"mountType":4,"output":-1},{"secretOpt":{"ID":"s","mode":256}},{"SSHOpt":{"ID":"a","optional":true,"uid":7}}],"network":1}}}"#]].assert_eq(&op.to_string());
    }

    #[test]
    fn owners_are_names_or_numbers() {
        use pb::user_opt::User;
        let user = |user| Some(pb::UserOpt { user: Some(user) });
        let named = pb::NamedUserOpt { name: "u".into(), input: 0 };
        let chown = pb::ChownOpt { user: user(User::ByName(named)), group: user(User::ById(0)) };
        expect![[r#"{"group":{"User":{}},"user":{"User":{"byName":{"name":"u"}}}}"#]]
            .assert_eq(&owner(&chown).to_string());
    }

    #[test]
    fn a_line_that_is_no_op_says_so() {
        let definition = Definition { def: vec![vec![0xff]], ..Definition::default() };
        let line = json_lines(&definition);
        assert!(!line.contains("\"Op\""), "{line}");
        assert_eq!(json_lines(&Definition::default()), "");
    }
}
