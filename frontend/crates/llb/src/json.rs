//! A definition for tools: a line of JSON a vertex, as `buildctl debug dump-llb` prints it.
//!
//! Written by hand, message by message: a derived form for every message of the protocol is larger than all of this
//! crate.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gateway_proto::pb;
use prost::Message as _;
use visible::visible;

use super::Definition;
use super::vertex::digest;

/// Writes each op of some definitions as an object on a line of its own, and none twice. The terminal op is the last of
/// each definition: its input is the result.
///
/// `Op`, `Digest` and `OpMetadata` are what `buildctl debug dump-llb` prints (BuildKit 0.32,
/// `cmd/buildctl/debug/dumpllb.go` and `solver/pb/json.go`): the names are those of the protocol, enums are numbers,
/// bytes are base64, and what is empty or 0 is left out. `Locations` is more than it prints: the locations in the program,
/// lines from 1, characters from 0.
pub fn json_lines<'d>(definitions: impl IntoIterator<Item = &'d Definition>) -> String {
    let ops = definitions.into_iter().flat_map(|definition| {
        definition.def.iter().map(move |bytes| (definition, bytes, digest(bytes)))
    });
    let mut seen = BTreeSet::new();
    let new = ops.filter(|(_, _, digest)| seen.insert(digest.clone()));
    let lines = new.map(|(definition, bytes, digest)| {
        let metadata = definition.metadata.get(&digest).cloned().unwrap_or_default();
        let line = Object::new()
            .object("Op", pb::Op::decode(bytes.as_slice()).ok().as_ref().map(op))
            .text("Digest", &digest)
            .object("OpMetadata", Some(op_metadata(&metadata)))
            .objects("Locations", locations(definition.source.as_ref(), &digest));
        line.end() + "\n"
    });
    lines.collect()
}

/// An object that is being written: its fields in order, without those that Go's `omitempty` leaves out.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".to_owned())
    }

    fn end(self) -> String {
        self.0 + "}"
    }

    /// A field with a value that is JSON already.
    fn raw(mut self, name: &str, value: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0 += &quoted(name);
        self.0.push(':');
        self.0 += value;
        self
    }

    fn text(self, name: &str, value: &str) -> Self {
        if value.is_empty() { self } else { self.raw(name, &quoted(value)) }
    }

    fn texts(self, name: &str, values: &[String]) -> Self {
        self.list(name, values.iter().map(|value| quoted(value)).collect())
    }

    fn flag(self, name: &str, value: bool) -> Self {
        if value { self.raw(name, "true") } else { self }
    }

    fn number(self, name: &str, value: impl Into<i64>) -> Self {
        match value.into() {
            0 => self,
            value => self.always(name, value),
        }
    }

    /// A number that is never left out.
    fn always(self, name: &str, value: i64) -> Self {
        self.raw(name, &value.to_string())
    }

    /// A message, if there is one; it may be empty.
    fn object(self, name: &str, value: Option<Self>) -> Self {
        match value {
            None => self,
            Some(value) => self.raw(name, &value.end()),
        }
    }

    fn objects(self, name: &str, values: impl Iterator<Item = Self>) -> Self {
        self.list(name, values.map(Self::end).collect())
    }

    fn list(self, name: &str, values: Vec<String>) -> Self {
        if values.is_empty() { self } else { self.raw(name, &format!("[{}]", values.join(","))) }
    }

    /// A map of the protocol; its values are JSON already.
    fn map<'a>(self, name: &str, entries: impl Iterator<Item = (&'a String, String)>) -> Self {
        let map = entries.fold(Self::new(), |map, (key, value)| map.raw(key, &value));
        if map.0.len() == 1 { self } else { self.raw(name, &map.end()) }
    }
}

fn quoted(text: &str) -> String {
    // A string can always be written.
    let quoted = serde_json::to_string(text).unwrap_or_default();
    match visible(&quoted) {
        Cow::Borrowed(_) => quoted,
        // JSON escapes the controls of ASCII alone, and others steer a terminal as well.
        Cow::Owned(shown) => {
            let chars = quoted.chars().zip(shown.chars());
            let escaped = chars.map(|(char, shown)| match char == shown {
                true => char.to_string(),
                false => format!("\\u{:04x}", u32::from(char)),
            });
            escaped.collect()
        }
    }
}

fn op(op: &pb::Op) -> Object {
    use pb::op::Op;
    let kind = Object::new();
    let kind = match &op.op {
        Some(Op::Exec(it)) => kind.object("exec", Some(exec(it))),
        Some(Op::Source(it)) => kind.object("source", Some(source(it))),
        Some(Op::File(it)) => {
            let actions = Object::new().objects("actions", it.actions.iter().map(action));
            kind.object("file", Some(actions))
        }
        Some(Op::Build(it)) => kind.object("build", Some(build(it))),
        Some(Op::Merge(it)) => {
            let inputs = it.inputs.iter().map(|it| input_index(it.input));
            kind.object("merge", Some(Object::new().objects("inputs", inputs)))
        }
        Some(Op::Diff(it)) => {
            let diff = Object::new()
                .object("lower", it.lower.map(|it| input_index(it.input)))
                .object("upper", it.upper.map(|it| input_index(it.input)));
            kind.object("diff", Some(diff))
        }
        None => kind,
    };
    Object::new()
        .objects("inputs", op.inputs.iter().map(input))
        .object("Op", Some(kind))
        .object("platform", op.platform.as_ref().map(platform))
        .object("constraints", op.constraints.as_ref().map(constraints))
}

fn input(input: &pb::Input) -> Object {
    Object::new().text("digest", &input.digest).number("index", input.index)
}

fn input_index(input: i64) -> Object {
    Object::new().number("input", input)
}

fn platform(platform: &pb::Platform) -> Object {
    Object::new()
        .text("Architecture", &platform.architecture)
        .text("OS", &platform.os)
        .text("Variant", &platform.variant)
        .text("OSVersion", &platform.os_version)
        .texts("OSFeatures", &platform.os_features)
}

fn constraints(constraints: &pb::WorkerConstraints) -> Object {
    Object::new().texts("filter", &constraints.filter)
}

fn source(source: &pb::SourceOp) -> Object {
    let attrs = source.attrs.iter().map(|(key, value)| (key, quoted(value)));
    Object::new().text("identifier", &source.identifier).map("attrs", attrs)
}

/// The definition inside is left out: HLB makes no op of this kind.
fn build(build: &pb::BuildOp) -> Object {
    Object::new()
        .number("builder", build.builder)
        .map("inputs", build.inputs.iter().map(|(key, it)| (key, input_index(it.input).end())))
        .map("attrs", build.attrs.iter().map(|(key, value)| (key, quoted(value))))
}

fn exec(exec: &pb::ExecOp) -> Object {
    let secret = |it: &pb::SecretEnv| {
        Object::new().text("ID", &it.id).text("name", &it.name).flag("optional", it.optional)
    };
    let device =
        |it: &pb::CdiDevice| Object::new().text("name", &it.name).flag("optional", it.optional);
    Object::new()
        .object("meta", exec.meta.as_ref().map(meta))
        .objects("mounts", exec.mounts.iter().map(mount))
        .number("network", exec.network)
        .number("security", exec.security)
        .objects("secretenv", exec.secretenv.iter().map(secret))
        .objects("cdiDevices", exec.cdi_devices.iter().map(device))
}

fn meta(meta: &pb::Meta) -> Object {
    let host = |it: &pb::HostIp| Object::new().text("Host", &it.host).text("IP", &it.ip);
    let ulimit = |it: &pb::Ulimit| {
        Object::new().text("Name", &it.name).number("Soft", it.soft).number("Hard", it.hard)
    };
    let exit_codes = meta.valid_exit_codes.iter().map(ToString::to_string);
    Object::new()
        .texts("args", &meta.args)
        .texts("env", &meta.env)
        .text("cwd", &meta.cwd)
        .text("user", &meta.user)
        .object("proxy_env", meta.proxy_env.as_ref().map(proxy))
        .objects("extraHosts", meta.extra_hosts.iter().map(host))
        .text("hostname", &meta.hostname)
        .objects("ulimit", meta.ulimit.iter().map(ulimit))
        .text("cgroupParent", &meta.cgroup_parent)
        .flag("removeMountStubsRecursive", meta.remove_mount_stubs_recursive)
        .list("validExitCodes", exit_codes.collect())
}

fn proxy(proxy: &pb::ProxyEnv) -> Object {
    Object::new()
        .text("http_proxy", &proxy.http_proxy)
        .text("https_proxy", &proxy.https_proxy)
        .text("ftp_proxy", &proxy.ftp_proxy)
        .text("no_proxy", &proxy.no_proxy)
        .text("all_proxy", &proxy.all_proxy)
}

fn mount(mount: &pb::Mount) -> Object {
    let cache = |it: &pb::CacheOpt| Object::new().text("ID", &it.id).number("sharing", it.sharing);
    let secret = |it: &pb::SecretOpt| file_of(&it.id, [it.uid, it.gid, it.mode], it.optional);
    let ssh = |it: &pb::SshOpt| file_of(&it.id, [it.uid, it.gid, it.mode], it.optional);
    Object::new()
        .number("input", mount.input)
        .text("selector", &mount.selector)
        .text("dest", &mount.dest)
        .number("output", mount.output)
        .flag("readonly", mount.readonly)
        .number("mountType", mount.mount_type)
        .object("TmpfsOpt", mount.tmpfs_opt.map(|it| Object::new().number("size", it.size)))
        .object("cacheOpt", mount.cache_opt.as_ref().map(cache))
        .object("secretOpt", mount.secret_opt.as_ref().map(secret))
        .object("SSHOpt", mount.ssh_opt.as_ref().map(ssh))
        .text("resultID", &mount.result_id)
        .number("contentCache", mount.content_cache)
}

/// A secret or a socket that a file gives access to.
fn file_of(id: &str, [uid, gid, mode]: [u32; 3], optional: bool) -> Object {
    Object::new()
        .text("ID", id)
        .number("uid", uid)
        .number("gid", gid)
        .number("mode", mode)
        .flag("optional", optional)
}

fn action(action: &pb::FileAction) -> Object {
    use pb::file_action::Action;
    let kind = Object::new();
    let kind = match &action.action {
        Some(Action::Copy(it)) => kind.object("copy", Some(copy(it))),
        Some(Action::Mkfile(it)) => kind.object("mkfile", Some(mkfile(it))),
        Some(Action::Mkdir(it)) => kind.object("mkdir", Some(mkdir(it))),
        Some(Action::Rm(it)) => kind.object("rm", Some(rm(it))),
        Some(Action::Symlink(it)) => kind.object("symlink", Some(symlink(it))),
        None => kind,
    };
    Object::new()
        .always("input", action.input)
        .always("secondaryInput", action.secondary_input)
        .always("output", action.output)
        .object("Action", Some(kind))
}

fn copy(copy: &pb::FileActionCopy) -> Object {
    Object::new()
        .text("src", &copy.src)
        .text("dest", &copy.dest)
        .object("owner", copy.owner.as_ref().map(owner))
        .number("mode", copy.mode)
        .flag("followSymlink", copy.follow_symlink)
        .flag("dirCopyContents", copy.dir_copy_contents)
        .flag("attemptUnpackDockerCompatibility", copy.attempt_unpack_docker_compatibility)
        .flag("createDestPath", copy.create_dest_path)
        .flag("allowWildcard", copy.allow_wildcard)
        .flag("allowEmptyWildcard", copy.allow_empty_wildcard)
        .number("timestamp", copy.timestamp)
        .texts("include_patterns", &copy.include_patterns)
        .texts("exclude_patterns", &copy.exclude_patterns)
        .flag("alwaysReplaceExistingDestPaths", copy.always_replace_existing_dest_paths)
        .text("modeStr", &copy.mode_str)
        .texts("required_paths", &copy.required_paths)
}

fn mkfile(mkfile: &pb::FileActionMkFile) -> Object {
    Object::new()
        .text("path", &mkfile.path)
        .number("mode", mkfile.mode)
        .text("data", &BASE64_STANDARD.encode(&mkfile.data))
        .object("owner", mkfile.owner.as_ref().map(owner))
        .number("timestamp", mkfile.timestamp)
}

fn mkdir(mkdir: &pb::FileActionMkDir) -> Object {
    Object::new()
        .text("path", &mkdir.path)
        .number("mode", mkdir.mode)
        .flag("makeParents", mkdir.make_parents)
        .object("owner", mkdir.owner.as_ref().map(owner))
        .number("timestamp", mkdir.timestamp)
}

fn rm(rm: &pb::FileActionRm) -> Object {
    Object::new()
        .text("path", &rm.path)
        .flag("allowNotFound", rm.allow_not_found)
        .flag("allowWildcard", rm.allow_wildcard)
}

fn symlink(symlink: &pb::FileActionSymlink) -> Object {
    Object::new()
        .text("oldpath", &symlink.oldpath)
        .text("newpath", &symlink.newpath)
        .object("owner", symlink.owner.as_ref().map(owner))
        .number("timestamp", symlink.timestamp)
}

fn owner(owner: &pb::ChownOpt) -> Object {
    Object::new()
        .object("user", owner.user.as_ref().map(user))
        .object("group", owner.group.as_ref().map(user))
}

fn user(user: &pb::UserOpt) -> Object {
    use pb::user_opt::User;
    let one = Object::new();
    let one = match &user.user {
        Some(User::ByName(it)) => {
            let name = Object::new().text("name", &it.name).number("input", it.input);
            one.object("byName", Some(name))
        }
        Some(User::ById(id)) => one.number("byId", *id),
        None => one,
    };
    Object::new().object("User", Some(one))
}

fn op_metadata(metadata: &pb::OpMetadata) -> Object {
    let group = |it: &pb::ProgressGroup| {
        Object::new().text("id", &it.id).text("name", &it.name).flag("weak", it.weak)
    };
    let export = |it: &pb::ExportCache| Object::new().flag("Value", it.value);
    let description = metadata.description.iter().map(|(key, value)| (key, quoted(value)));
    Object::new()
        .flag("ignore_cache", metadata.ignore_cache)
        .map("description", description)
        .object("export_cache", metadata.export_cache.as_ref().map(export))
        .map("caps", metadata.caps.iter().map(|(id, needed)| (id, needed.to_string())))
        .object("progress_group", metadata.progress_group.as_ref().map(group))
}

/// Unlike elsewhere the numbers are never left out.
fn locations(source: Option<&pb::Source>, digest: &str) -> impl Iterator<Item = Object> {
    let infos = source.map_or(&[][..], |source| &source.infos);
    let locations = source.and_then(|source| source.locations.get(digest));
    let locations = locations.into_iter().flat_map(|locations| &locations.locations);
    locations.map(move |it| {
        let info = usize::try_from(it.source_index).ok().and_then(|index| infos.get(index));
        let filename = info.map_or("", |info| info.filename.as_str());
        Object::new().text("filename", filename).objects("ranges", it.ranges.iter().map(range))
    })
}

fn range(range: &pb::Range) -> Object {
    let position = |it: Option<pb::Position>| {
        let pb::Position { line, character } = it.unwrap_or_default();
        Object::new().always("line", line.into()).always("character", character.into())
    };
    Object::new()
        .object("start", Some(position(range.start)))
        .object("end", Some(position(range.end)))
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
        expect![[r#"{"Op":{"exec":{"meta":{"proxy_env":{"no_proxy":"x"},"extraHosts":[{"Host":"h","IP":"::1"}],"ulimit":[{"Name":"nofile","Soft":1,"Hard":2}]},"mounts":[{"input":-1,"output":-1,"mountType":4,"TmpfsOpt":{"size":1}},{"secretOpt":{"ID":"s","mode":256}},{"SSHOpt":{"ID":"a","uid":7,"optional":true}}],"network":1}}}"#]].assert_eq(&op.end());
    }

    #[test]
    fn owners_are_names_or_numbers() {
        use pb::user_opt::User;
        let user = |user| Some(pb::UserOpt { user: Some(user) });
        let named = pb::NamedUserOpt { name: "u".into(), input: 0 };
        let chown = pb::ChownOpt { user: user(User::ByName(named)), group: user(User::ById(0)) };
        expect![[r#"{"user":{"User":{"byName":{"name":"u"}}},"group":{"User":{}}}"#]]
            .assert_eq(&owner(&chown).end());
    }

    #[test]
    fn nothing_of_a_string_steers_a_terminal() {
        let text = "ä\t\u{1b}[2J\u{7f}\u{9b}1m\u{202e}";
        let escaped = quoted(text);
        assert_eq!(escaped, r#""ä\t\u001b[2J\u007f\u009b1m\u202e""#);
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }

    #[test]
    fn a_line_that_is_no_op_says_so() {
        let definition = Definition { def: vec![vec![0xff]], ..Definition::default() };
        let line = json_lines([&definition]);
        assert!(!line.contains("\"Op\""), "{line}");
        assert_eq!(json_lines([&Definition::default()]), "");
    }
}
