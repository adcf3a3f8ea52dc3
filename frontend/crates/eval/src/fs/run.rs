use std::collections::BTreeSet;
use std::sync::Arc;

use hlb_program::builtin::{Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Access, Bind, Exec, HostIp, KeyText, Meta, Metadata, NetMode, NoCache, SecurityMode};

use super::mount::{self, CACHE_MOUNT, FORWARD, MOUNT, SECRET, SSH};
use super::{client, shell};
use crate::{Builtin, Call, Cx, Fs, Lower, Setting, Value};

pub(super) static ROWS: &[&Builtin] =
    &[&RUN, &READONLY_ROOTFS, &ENV, &DIR, &USER, &IGNORE_CACHE, &NETWORK, &SECURITY, &SHLEX, &HOST];

static RUN: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "run",
        const {
            &[Param::variadic(
                "arg",
                Kind::String,
                "one: a line for `/bin/sh`; several: a program and its arguments",
            )
            .about(Meaning::Command)]
        },
        "Runs a command in this filesystem.",
    ),
    Lower::Fs(lower),
);

static READONLY_ROOTFS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "readonlyRootfs",
        &[],
        "Keeps the command from writing to the root filesystem, which stays what it was.",
    ),
    Lower::Setting,
);

static ENV: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "env",
        const {
            &[
                Param::new("key", Kind::String, "the variable").about(Meaning::Name),
                Param::new("value", Kind::String, "its value").about(Meaning::Recorded),
            ]
        },
        "Sets an environment variable for this command.",
    ),
    Lower::Setting,
);

static DIR: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "dir",
        const {
            &[Param::new("path", Kind::String, "the directory; relative to that of the filesystem")]
        },
        "Sets the working directory of this command.",
    ),
    Lower::Setting,
);

static USER: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "user",
        const { &[Param::new("name", Kind::String, "a name or id, and perhaps `:` and a group")] },
        "Sets the user of this command.",
    ),
    Lower::Setting,
);

static IGNORE_CACHE: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "ignoreCache",
        &[],
        "Runs the command in every build. Its environment and its cache mounts stay as they are.",
    ),
    Lower::Setting,
);

static NETWORK: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "network",
        const { &[Param::new("mode", Kind::String, "`unset`, `host` or `none`")] },
        "Sets the network of this command. `host` needs the entitlement `network.host`.",
    ),
    Lower::Setting,
);

static SECURITY: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "security",
        const { &[Param::new("mode", Kind::String, "`sandbox` or `insecure`")] },
        "Sets the security mode of this command. `insecure` needs the entitlement `security.insecure`.",
    ),
    Lower::Setting,
);

static SHLEX: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "shlex",
        &[],
        "Splits the one argument into words by the quoting rules of a shell, and runs them without one.",
    ),
    Lower::Setting,
);

static HOST: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "host",
        const {
            &[
                Param::new("hostname", Kind::String, "a name, or several with spaces between them"),
                Param::new("address", Kind::String, "an IP address"),
            ]
        },
        "Adds an entry to the hosts file of this command.",
    ),
    Lower::Setting,
);

/// A `run` without a command.
pub static NO_COMMAND: Code = Code::error("HLB0330", "no-command");

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let args = args(call)?;
    let dir = call.setting(&DIR).map_or_else(|| fs.dir.clone(), |dir| fs.path(dir.string("path")));
    let image_user = fs
        .user
        .clone()
        .or_else(|| Some(fs.image.config.user.clone()).filter(|user| !user.is_empty()));
    let user = call.setting(&USER).map(|user| user.string("name").to_owned()).or(image_user);
    let mut env = fs.env.clone();
    for setting in call.settings(&ENV) {
        set(&mut env, setting.string("key"), setting.string("value"));
    }
    let mut mounts = mount::mounts(cx, call, &dir)?;
    mounts.mounts.extend(client::shared_memory(&cx.exec));
    if let Some(socket) =
        mounts.agent.as_ref().filter(|_| !env.iter().any(|(key, _)| key == "SSH_AUTH_SOCK"))
    {
        set(&mut env, "SSH_AUTH_SOCK", socket);
    }
    let readonly = call.has(&READONLY_ROOTFS);
    let access = if readonly { Access::Readonly } else { Access::Output };
    let exec = Exec {
        meta: Meta {
            args: args.clone(),
            env: env.iter().map(|(key, value)| format!("{key}={value}")).collect(),
            cwd: dir,
            user: user.unwrap_or_default(),
            extra_hosts: hosts(call)?.into_iter().chain(cx.exec.extra_hosts.clone()).collect(),
            hostname: cx.exec.hostname.clone().unwrap_or_default(),
            ulimit: cx.exec.ulimits.clone(),
            cgroup_parent: cx.exec.cgroup_parent.clone().unwrap_or_default(),
            proxy_env: cx.exec.proxy.clone(),
            ..Meta::default()
        },
        root: Bind { input: fs.state.clone(), access, ..Bind::default() },
        mounts: mounts.mounts,
        network: client::network(&cx.exec, network(call)?),
        security: security(call)?,
        key_only: key_only(cx, call),
        ..Exec::default()
    };
    let metadata = Metadata {
        // The flag empties cache mounts, so it is only for a build that is to use no cache at all.
        ignore_cache: cx.no_cache == NoCache::All,
        ..cx.metadata(call)
    };
    let outputs = llb::exec(exec, &fs.platform, metadata);
    for bound in mounts.bound {
        let mut output = Fs::scratch(&bound.input.platform);
        output.image = bound.input.image.clone();
        output.state = match outputs.mount(bound.index) {
            Some(edge) => edge.into(),
            // A readonly mount is its input still.
            None => bound.input.state.clone(),
        };
        cx.bind(bound.alias, Value::Fs(Arc::new(output)));
    }
    let mut fs = Arc::unwrap_or_clone(fs);
    if let Some(root) = outputs.root() {
        fs.state = root.into();
        fs.image.layer(format!("RUN {}", args.join(" ")));
    }
    Ok(fs)
}

/// The texts that change the cache key without changing what the command sees.
fn key_only(cx: &Cx<'_>, call: &Call) -> BTreeSet<KeyText> {
    let again = call.has(&IGNORE_CACHE) || cx.no_cache.names(&cx.scope.name);
    let nonce = || KeyText { name: "nonce".to_owned(), text: cx.nonce.clone() };
    again.then(nonce).into_iter().collect()
}

fn set(env: &mut Vec<(String, String)>, key: &str, value: &str) {
    env.retain(|(name, _)| name != key);
    env.push((key.to_owned(), value.to_owned()));
}

/// The command: one argument goes to a shell or is split into words, several are the command itself.
fn args(call: &Call) -> Result<Vec<String>, Diagnostic> {
    let mut words: Vec<String> = call.strings().map(str::to_owned).collect();
    if let [line] = &words[..] {
        words = match call.has(&SHLEX) {
            true => shell::split(line).map_err(|problem| call.invalid("arg", problem))?,
            false => vec!["/bin/sh".to_owned(), "-c".to_owned(), line.clone()],
        };
    }
    if words.is_empty() {
        return Err(NO_COMMAND
            .at(call.name_span, "`run` has no command")
            .help("write `run \"COMMAND\"`"));
    }
    Ok(words)
}

fn hosts(call: &Call) -> Result<Vec<HostIp>, Diagnostic> {
    let host = |setting: &Setting| {
        let address = setting.string("address");
        match address.parse::<std::net::IpAddr>() {
            Ok(_) => {
                Ok(HostIp { host: setting.string("hostname").to_owned(), ip: address.to_owned() })
            }
            Err(_) => {
                Err(setting
                    .invalid("address", format!("expected an IP address, found `{address}`")))
            }
        }
    };
    call.settings(&HOST).map(host).collect()
}

/// The network that the program asks for, if it does.
fn network(call: &Call) -> Result<Option<NetMode>, Diagnostic> {
    let Some(setting) = call.setting(&NETWORK) else { return Ok(None) };
    let mode = setting.one_of(
        "mode",
        &[("unset", NetMode::Unset), ("host", NetMode::Host), ("none", NetMode::None)],
    )?;
    Ok(Some(mode))
}

fn security(call: &Call) -> Result<SecurityMode, Diagnostic> {
    let Some(setting) = call.setting(&SECURITY) else { return Ok(SecurityMode::Sandbox) };
    setting
        .one_of("mode", &[("sandbox", SecurityMode::Sandbox), ("insecure", SecurityMode::Insecure)])
}

/// The options of `run` that mount something, in the order in which a program may mix them.
pub(super) fn mounting(setting: &Setting) -> bool {
    [&MOUNT, &CACHE_MOUNT, &SECRET, &SSH, &FORWARD]
        .iter()
        .any(|row| setting.signature == &row.signature)
}
