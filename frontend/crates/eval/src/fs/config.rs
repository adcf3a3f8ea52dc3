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
        const { &[Param::variadic("arg", Kind::String, "the program and its first arguments")] },
        "Sets the program that a container of the image runs. A `cmd` of the base image goes.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(entrypoint),
);

static CMD: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "cmd",
        const {
            &[Param::variadic(
                "arg",
                Kind::String,
                "the default arguments, or the program if there is no entrypoint",
            )]
        },
        "Sets the default arguments of a container of the image.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(cmd),
);

static LABEL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "label",
        const {
            &[
                Param::new("key", Kind::String, "the label")
                    .about(Meaning::Name)
                    .checked_by(check_label),
                Param::new("value", Kind::String, "its value").about(Meaning::Recorded),
            ]
        },
        "Sets a label of the image.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(label),
);

static VOLUMES: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "volumes",
        const {
            &[Param::variadic("mountpoint", Kind::String, "a directory of the container")
                .checked_by(check_volume)]
        },
        "Says which directories of a container hold data from outside.",
    )
    .known_as("VOLUME")
    .with_flow(Flow::Configures),
    Lower::Fs(volumes),
);

static STOP_SIGNAL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "stopSignal",
        const { &[Param::new("signal", Kind::String, "such as `SIGTERM`").checked_by(check_signal)] },
        "Sets the signal that stops a container of the image.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(stop_signal),
);

static SHELL: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "shell",
        const { &[Param::variadic("arg", Kind::String, "the shell and its arguments")] },
        "Sets the shell that runs a `run` of one argument, and the health check of the image. A base image may have set \
         one; else it is `/bin/sh -c`.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(shell),
);

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
