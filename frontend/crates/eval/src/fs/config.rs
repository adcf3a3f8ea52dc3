use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::run::no_command;
use super::signal::check_signal;
use crate::image_config::Present;
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&ENTRYPOINT, &CMD, &LABEL, &VOLUMES, &STOP_SIGNAL, &SHELL];

/// A label without a name, or a volume without a path.
pub static EMPTY_NAME: Code = Code::error("HLB0323", "empty-name");

static ENTRYPOINT: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "entrypoint",
        const {
            &[Param::variadic(
                "arg",
                Kind::String,
                "the program, and its arguments if there are any",
            )]
        },
        "Sets the program that a container of the image runs. It removes the `cmd` of the base \
         image.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(entrypoint),
)
.known_as("ENTRYPOINT");

static CMD: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "cmd",
        const {
            &[Param::variadic(
                "arg",
                Kind::String,
                "the arguments of the entrypoint, or if there is none, a program and its arguments",
            )]
        },
        "Sets what a container of the image runs, if whoever starts it does not say.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(cmd),
)
.known_as("CMD");

static LABEL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "label",
        const {
            &[
                Param::new("key", Kind::String, "the name of the label")
                    .about(Meaning::Name)
                    .checked_by(check_label),
                Param::new("value", Kind::String, "the value").about(Meaning::Recorded),
            ]
        },
        "Sets a label of the image. The option `--label` of the client overrides it.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(label),
)
.known_as("LABEL");

static VOLUMES: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "volumes",
        const {
            &[Param::variadic("mountpoint", Kind::String, "a directory of the containers")
                .checked_by(check_volume)]
        },
        "Says in the configuration of the image which directories of its containers hold data \
         that outlives them.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(volumes),
)
.known_as("VOLUME");

static STOP_SIGNAL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "stopSignal",
        const {
            &[Param::new(
                "signal",
                Kind::String,
                "a signal by name or number, such as `SIGTERM` or `15`",
            )
            .checked_by(check_signal)]
        },
        "Sets the signal that an engine stops the containers of the image with.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(stop_signal),
)
.known_as("STOPSIGNAL");

static SHELL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "shell",
        const {
            &[Param::variadic(
                "arg",
                Kind::String,
                "the shell, and the arguments that stand before the line, such as `-c`",
            )]
        },
        "Sets the shell for `run` and `healthcheck` with one argument, from here on and in the \
         image. Without it, that is the shell of the base image, or `/bin/sh -c`.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(shell),
)
.known_as("SHELL");

fn words(call: &Call) -> Arc<[Arc<str>]> {
    call.strings().cloned().collect()
}

/// Words as the history of an image has them.
pub(super) fn quoted(words: &[Arc<str>]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(" "))
}

fn entrypoint(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    let words = words(call);
    fs.image.history.empty_layer(format!("ENTRYPOINT {}", quoted(&words)));
    let config = fs.image.config_mut();
    config.entrypoint = words;
    if !fs.own_cmd {
        config.cmd = Arc::default();
    }
    Ok(fs)
}

fn cmd(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    let words = words(call);
    fs.image.history.empty_layer(format!("CMD {}", quoted(&words)));
    fs.image.config_mut().cmd = words;
    fs.own_cmd = true;
    Ok(fs)
}

fn label(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let (key, value) = (call.string("key"), call.string("value"));
    call.read("key", check_label)?;
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.image.config_mut().labels.insert_mut(key.to_owned(), value.to_owned());
    fs.image.history.label(format!("{key}={value}"));
    Ok(fs)
}

fn volumes(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    let mut volumes = Vec::new();
    call.read_all(check_volume)?;
    for volume in call.strings() {
        volumes.push(volume.trim());
    }
    fs.image.history.empty_layer(format!("VOLUME [{}]", volumes.join(" ")));
    for volume in volumes {
        fs.image.config_mut().volumes.insert_mut(volume.to_owned(), Present {});
    }
    Ok(fs)
}

fn stop_signal(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let signal = call.string("signal");
    call.read("signal", check_signal)?;
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.image.config_mut().stop_signal = signal.into();
    fs.image.history.empty_layer(format!("STOPSIGNAL {signal}"));
    Ok(fs)
}

fn shell(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let words = words(call);
    if words.is_empty() {
        return Err(no_command(call).help("write `shell \"/bin/bash\" \"-c\"`"));
    }
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.image.history.empty_layer(format!("SHELL [{}]", words.join(" ")));
    fs.image.config_mut().shell = words;
    Ok(fs)
}

fn check_label(key: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    if !key.is_empty() {
        return Ok(());
    }
    Err(EMPTY_NAME.at(site.span, "a label has no name").help("write `label \"NAME\" \"VALUE\"`"))
}

/// Spaces around a path are no part of it, as in a Dockerfile.
fn check_volume(path: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    if !path.trim().is_empty() {
        return Ok(());
    }
    Err(EMPTY_NAME.at(site.span, "a volume has no path").help("write `volumes \"/DIRECTORY\"`"))
}
