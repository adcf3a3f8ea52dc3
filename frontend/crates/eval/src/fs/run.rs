use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Access, Bind, Exec, HostIp, Meta, Metadata, NetMode, NoCache, SecurityMode};

use super::device::{self, devices};
use super::env::{USER_PARAM, check_variable};
use super::exit::valid_exit_codes;
use super::mounts::Process;
use super::owner::check_user;
use super::script::{is_script, script};
use super::{client, expansion, key, mounts, shell};
use crate::value::Reset;
use crate::{Builtin, Call, ClientNeed, Cx, Fs, Lower, Needed, Needs, OptionCall, Value};

pub(super) static ROWS: &[&Builtin] =
    &[&RUN, &READONLY_ROOTFS, &ENV, &DIR, &USER, &NETWORK, &SECURITY, &SHLEX, &HOST];

static RUN: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "run",
        const {
            &[Param::variadic(
                "arg",
                Kind::String,
                "one for a line that the shell runs, or a script that begins with `#!`; several \
                 for a program and its arguments",
            )
            .about(Meaning::Command)]
        },
        "Runs a command, and continues from the filesystem as the command leaves it. The build \
         fails if its exit code is not 0.",
    ),
    Lower::Fs(lower),
)
.known_as("RUN");

static READONLY_ROOTFS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "readonlyRootfs",
        &[],
        "Keeps the command from writing to the root filesystem, which stays what it is. Mounts \
         can be written to.",
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
                Param::new("key", Kind::String, "the name of the variable")
                    .about(Meaning::Name)
                    .checked_by(check_variable),
                Param::new("value", Kind::String, "the value; `$NAME` in it stays as it is")
                    .about(Meaning::Recorded),
            ]
        },
        "Sets an environment variable for this command alone.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN NAME=VALUE COMMAND`");

static DIR: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "dir",
        const {
            &[Param::new(
                "path",
                Kind::String,
                "the directory; relative to the working directory of the filesystem",
            )
            .checked_by(expansion::check)]
        },
        "Sets the working directory of this command alone.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN cd PATH && COMMAND`");

static USER: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "user",
        const { &[USER_PARAM] },
        "Sets the user of this command alone.",
    ),
    Lower::Option,
)
.in_dockerfile("`USER` before the `RUN`, and again after it");

static NETWORK: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "network",
        const {
            &[Param::new(
                "mode",
                Kind::String,
                "`unset`: a network of its own; `host`: that of the daemon's machine; \
                 `none`: no network",
            )
            .checked_by(|text, site| read_network(text, site).map(drop))]
        },
        "Sets the network of this command. `host` needs `--allow network.host` of the client.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --network=default|host|none`");

static SECURITY: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "security",
        const {
            &[Param::new(
                "mode",
                Kind::String,
                "`sandbox`: as usual; `insecure`: with all capabilities of root",
            )
            .checked_by(|text, site| read_security(text, site).map(drop))]
        },
        "Sets the security mode of this command. `insecure` needs `--allow security.insecure` of \
         the client.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --security=sandbox|insecure`");

static SHLEX: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "shlex",
        &[],
        "Splits the one argument into words as a shell does, and runs these without a shell.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN [\"PROGRAM\", \"ARGUMENT\"]`");

static HOST: Builtin = Builtin::new(
    Signature::new(
        Kind::option("run"),
        "host",
        const {
            &[
                Param::new(
                    "hostname",
                    Kind::String,
                    "a host name, or several with spaces between them",
                )
                .checked_by(check_hosts),
                Param::new("address", Kind::String, "an IP address").checked_by(check_address),
            ]
        },
        "Adds a line to the `/etc/hosts` that this command sees.",
    ),
    Lower::Option,
)
.in_dockerfile("`docker build --add-host NAME=ADDRESS`");

/// Where ssh finds its agent.
const AGENT_VARIABLE: &str = "SSH_AUTH_SOCK";

/// Something that is to be run, without a command.
pub static NO_COMMAND: Code = Code::error("HLB0330", "no-command");

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let command = command(&fs, call)?;
    let dir = match call.option_call(&DIR) {
        Some(dir) => {
            dir.read("path", expansion::check)?;
            fs.path(dir.string("path"))
        }
        None => fs.dir.to_string(),
    };
    let image_user = fs
        .user
        .clone()
        .or_else(|| Some(fs.image.config.user.clone()).filter(|user| !user.is_empty()));
    let user = match call.option_call(&USER) {
        Some(user) => {
            user.read("name", check_user)?;
            Some(user.string("name").into())
        }
        None => image_user,
    };
    let mut env = fs.env.clone();
    for option in call.option_calls(&ENV) {
        option.read("key", check_variable)?;
        env.set(option.string("key"), option.string("value"), Reset::Moves);
    }
    let process = Process { dir: &dir, user: user.as_deref(), env: &env };
    let mut mounts = mounts::mounts(cx, &fs, call, &process)?;
    let client = &cx.host.settings.exec;
    let shared_memory = client::shared_memory(client).filter(|mount| !mounts.has(&mount.dest));
    let args = match command {
        Command::Words(words) => words,
        Command::Script(text) => {
            let (path, mount) = script(cx, &text, call.span);
            mounts.push(mount, call.name_span)?;
            vec![path]
        }
    };
    let mut all = mounts.lay_out(cx, call);
    let portable = mounts.portable.drain(..);
    let portable: Vec<_> = portable.map(|it| (it.directories(&all), it)).collect();
    all.extend(shared_memory);
    if let Some(socket) = mounts.agent.as_ref().filter(|_| !env.contains(AGENT_VARIABLE)) {
        env.set(AGENT_VARIABLE, socket, Reset::Moves);
    }
    for (name, value) in &mounts.env {
        if !env.contains(name) {
            env.set(name, value, Reset::Moves);
        }
    }
    let readonly = call.has(&READONLY_ROOTFS);
    let access = if readonly { Access::Readonly } else { Access::Output };
    let mut key_only = key::key_only(cx, call)?;
    key_only.extend(mounts.key_only);
    let (exec_network, exec_security) = (client::network(client, network(call)?), security(call)?);
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
            valid_exit_codes: valid_exit_codes(call)?,
            ..Meta::default()
        },
        root: Bind {
            input: fs.state.clone(),
            access,
            content_cache: key::content_cache(call),
            ..Bind::default()
        },
        mounts: all,
        network: exec_network,
        security: exec_security,
        secret_env: mounts.secret_env,
        cdi_devices: devices(call)?,
        key_only,
    };
    let metadata = Metadata {
        // The flag empties cache mounts, so it is only for a build that is to use no cache at all.
        ignore_cache: cx.host.settings.no_cache == NoCache::All,
        ..cx.metadata(call)
    };
    let outputs = llb::exec(exec, &fs.platform, metadata);
    for (directories, portable) in portable {
        portable.bind(cx, call, directories, &outputs)?;
    }
    let entitlements = [
        (&NETWORK, exec_network == NetMode::Host, "network.host"),
        (&SECURITY, exec_security == SecurityMode::Insecure, "security.insecure"),
    ];
    let entitlements = entitlements.into_iter().filter(|(_, is_needed, _)| *is_needed);
    let entitlements = entitlements.filter_map(|(row, _, id)| {
        let span = call.option_call(row)?.span_of("mode");
        Some(Needed { what: Needs::Entitlement, id: id.to_owned(), span })
    });
    let devices = device::needed(call);
    for needed in mounts.needed.into_iter().chain(entitlements).chain(devices) {
        let vertex = outputs.vertex.digest().into();
        cx.output.client_needs.push(ClientNeed { vertex, needed });
    }
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

/// What a `run` runs.
enum Command {
    /// A program and its arguments.
    Words(Vec<String>),
    /// A text that begins with `#!` and a program.
    Script(String),
}

/// The command: one argument goes to a shell, is split into words or is a script; several are the command itself.
fn command(fs: &Fs, call: &Call) -> Result<Command, Diagnostic> {
    let mut words: Vec<String> = call.strings().map(|it| it.to_string()).collect();
    if let [line] = &words[..] {
        words = match call.has(&SHLEX) {
            true => shell::split(line).map_err(|problem| call.invalid("arg", problem))?,
            false if is_script(line) => return Ok(Command::Script(line.clone())),
            false => shell::of(fs).into_iter().chain([line.clone()]).collect(),
        };
    }
    if words.is_empty() {
        return Err(no_command(call).help("write `run \"COMMAND\"`"));
    }
    Ok(Command::Words(words))
}

/// An error in a call without a command.
pub(super) fn no_command(call: &Call) -> Diagnostic {
    let name = call.builtin.signature.name;
    NO_COMMAND.at(call.name_span, format!("`{name}` has no command"))
}

fn hosts(call: &Call) -> Result<Vec<HostIp>, Diagnostic> {
    let host = |option: &Arc<OptionCall>| {
        option.read("hostname", check_hosts)?;
        option.read("address", check_address)?;
        let (host, ip) =
            (option.string("hostname").to_owned(), option.string("address").to_owned());
        Ok(HostIp { host, ip })
    };
    call.option_calls(&HOST).map(host).collect()
}

/// Checks the names of an entry of a hosts file, in which a `#` begins a comment.
fn check_hosts(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let is_name = |name: &str| !name.contains(|c: char| c == '#' || c.is_control());
    match text.split(' ').any(|name| !name.is_empty()) && text.split(' ').all(is_name) {
        true => Ok(()),
        false => Err(site.invalid(format!("expected the name of a host, found `{text}`"))),
    }
}

fn check_address(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match text.parse::<std::net::IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(site.invalid(format!("expected an IP address, found `{text}`"))),
    }
}

/// The network that the program asks for, if it does.
fn network(call: &Call) -> Result<Option<NetMode>, Diagnostic> {
    call.option_call(&NETWORK).map(|setting| setting.read("mode", read_network)).transpose()
}

fn read_network(text: &str, site: &ArgSite) -> Result<NetMode, Diagnostic> {
    let modes = [("unset", NetMode::Unset), ("host", NetMode::Host), ("none", NetMode::None)];
    site.one_of(text, &modes)
}

fn security(call: &Call) -> Result<SecurityMode, Diagnostic> {
    let setting = call.option_call(&SECURITY);
    setting.map_or(Ok(SecurityMode::Sandbox), |setting| setting.read("mode", read_security))
}

fn read_security(text: &str, site: &ArgSite) -> Result<SecurityMode, Diagnostic> {
    let modes = [("sandbox", SecurityMode::Sandbox), ("insecure", SecurityMode::Insecure)];
    site.one_of(text, &modes)
}
