use std::collections::BTreeSet;
use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Access, Bind, Exec, HostIp, KeyText, Meta, Metadata, NetMode, NoCache, SecurityMode};

use super::mount;
use super::{client, shell};
use crate::value::Reset;
use crate::{Builtin, Call, Cx, Fs, Lower, OptionCall, Value};

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
                "one: a line for the shell; several: a program and its arguments",
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
    )
    .with_flow(Flow::Keeps),
    Lower::Option,
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
    Lower::Option,
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
    Lower::Option,
);

static USER: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "user",
        const { &[Param::new("name", Kind::String, "a name or id, and perhaps `:` and a group")] },
        "Sets the user of this command.",
    ),
    Lower::Option,
);

static IGNORE_CACHE: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "ignoreCache",
        &[],
        "Runs the command in every build. Its environment and its cache mounts stay as they are.",
    ),
    Lower::Option,
);

static NETWORK: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "network",
        const { &[Param::new("mode", Kind::String, "`unset`, `host` or `none`")] },
        "Sets the network of this command. `host` needs the entitlement `network.host`.",
    ),
    Lower::Option,
);

static SECURITY: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "security",
        const { &[Param::new("mode", Kind::String, "`sandbox` or `insecure`")] },
        "Sets the security mode of this command. `insecure` needs the entitlement `security.insecure`.",
    ),
    Lower::Option,
);

static SHLEX: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "shlex",
        &[],
        "Splits the one argument into words by the quoting rules of a shell, and runs them without one.",
    ),
    Lower::Option,
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
    Lower::Option,
);

/// Where ssh finds its agent.
const AGENT_VARIABLE: &str = "SSH_AUTH_SOCK";

/// Something that is to be run, without a command.
pub static NO_COMMAND: Code = Code::error("HLB0330", "no-command");

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let args = args(&fs, call)?;
    let dir = call.option_call(&DIR);
    let dir = dir.map_or_else(|| fs.dir.to_string(), |dir| fs.path(dir.string("path")));
    let image_user = fs
        .user
        .clone()
        .or_else(|| Some(fs.image.config.user.clone()).filter(|user| !user.is_empty()));
    let user = call.option_call(&USER).map(|user| user.string("name").into()).or(image_user);
    let mut env = fs.env.clone();
    for option in call.option_calls(&ENV) {
        env.set(option.string("key"), option.string("value"), Reset::Moves);
    }
    let mut mounts = mount::mounts(cx, call, &dir)?;
    let client = &cx.host.settings.exec;
    mounts.mounts.extend(client::shared_memory(client));
    if let Some(socket) = mounts.agent.as_ref().filter(|_| !env.contains(AGENT_VARIABLE)) {
        env.set(AGENT_VARIABLE, socket, Reset::Moves);
    }
    let readonly = call.has(&READONLY_ROOTFS);
    let access = if readonly { Access::Readonly } else { Access::Output };
    let exec = Exec {
        meta: Meta {
            args: args.clone(),
            env: env.entries().map(str::to_owned).collect(),
            cwd: dir,
            user: user.map(|user: Arc<str>| user.to_string()).unwrap_or_default(),
            extra_hosts: hosts(call)?.into_iter().chain(client.extra_hosts.clone()).collect(),
            hostname: client.hostname.clone().unwrap_or_default(),
            ulimit: client.ulimits.clone(),
            cgroup_parent: client.cgroup_parent.clone().unwrap_or_default(),
            proxy_env: client.proxy.clone(),
            ..Meta::default()
        },
        root: Bind { input: fs.state.clone(), access, ..Bind::default() },
        mounts: mounts.mounts,
        network: client::network(client, network(call)?),
        security: security(call)?,
        key_only: key_only(cx, call),
        ..Exec::default()
    };
    let metadata = Metadata {
        // The flag empties cache mounts, so it is only for a build that is to use no cache at all.
        ignore_cache: cx.host.settings.no_cache == NoCache::All,
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
        fs.image.history.layer(format!("RUN {}", args.join(" ")));
    }
    Ok(fs)
}

/// The texts that change the cache key without changing what the command sees.
fn key_only(cx: &Cx<'_>, call: &Call) -> BTreeSet<KeyText> {
    let settings = &cx.host.settings;
    let again = call.has(&IGNORE_CACHE) || settings.no_cache.names(&cx.frame.scope.name);
    let nonce = || KeyText { name: "nonce".to_owned(), text: settings.nonce.clone() };
    again.then(nonce).into_iter().collect()
}

/// The command: one argument goes to a shell or is split into words, several are the command itself.
fn args(fs: &Fs, call: &Call) -> Result<Vec<String>, Diagnostic> {
    let mut words: Vec<String> = call.strings().map(|it| it.to_string()).collect();
    if let [line] = &words[..] {
        words = match call.has(&SHLEX) {
            true => shell::split(line).map_err(|problem| call.invalid("arg", problem))?,
            false => shell::of(fs).into_iter().chain([line.clone()]).collect(),
        };
    }
    if words.is_empty() {
        return Err(no_command(call).help("write `run \"COMMAND\"`"));
    }
    Ok(words)
}

/// An error in a call without a command.
pub(super) fn no_command(call: &Call) -> Diagnostic {
    let name = call.builtin.signature.name;
    NO_COMMAND.at(call.name_span, format!("`{name}` has no command"))
}

fn hosts(call: &Call) -> Result<Vec<HostIp>, Diagnostic> {
    let host = |option: &Arc<OptionCall>| {
        let address = option.string("address");
        match address.parse::<std::net::IpAddr>() {
            Ok(_) => {
                Ok(HostIp { host: option.string("hostname").to_owned(), ip: address.to_owned() })
            }
            Err(_) => {
                Err(option.invalid("address", format!("expected an IP address, found `{address}`")))
            }
        }
    };
    call.option_calls(&HOST).map(host).collect()
}

/// The network that the program asks for, if it does.
fn network(call: &Call) -> Result<Option<NetMode>, Diagnostic> {
    let Some(setting) = call.option_call(&NETWORK) else { return Ok(None) };
    let mode = setting.one_of(
        "mode",
        &[("unset", NetMode::Unset), ("host", NetMode::Host), ("none", NetMode::None)],
    )?;
    Ok(Some(mode))
}

fn security(call: &Call) -> Result<SecurityMode, Diagnostic> {
    let Some(setting) = call.option_call(&SECURITY) else { return Ok(SecurityMode::Sandbox) };
    setting
        .one_of("mode", &[("sandbox", SecurityMode::Sandbox), ("insecure", SecurityMode::Insecure)])
}
