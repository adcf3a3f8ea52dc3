use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use crate::image_config::Present;
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] =
    &[&ENTRYPOINT, &CMD, &LABEL, &EXPOSE, &VOLUMES, &STOP_SIGNAL, &SHELL];

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
                Param::new("key", Kind::String, "the label").about(Meaning::Name),
                Param::new("value", Kind::String, "its value").about(Meaning::Recorded),
            ]
        },
        "Sets a label of the image.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(label),
);

static EXPOSE: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "expose",
        const {
            &[Param::variadic(
                "port",
                Kind::String,
                "such as `8080/tcp`; without a protocol it is TCP",
            )]
        },
        "Says which ports a container of the image listens on.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(expose),
);

static VOLUMES: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "volumes",
        const { &[Param::variadic("mountpoint", Kind::String, "a directory of the container")] },
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
        const { &[Param::new("signal", Kind::String, "such as `SIGTERM`")] },
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
        "Sets the shell that runs a `run` of one argument.",
    ),
    Lower::Unsupported,
);

fn words(call: &Call) -> Arc<[Arc<str>]> {
    call.strings().cloned().collect()
}

fn entrypoint(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    let words = words(call);
    let quoted: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    fs.image.history.empty_layer(format!("ENTRYPOINT [{}]", quoted.join(" ")));
    let config = fs.image.config_mut();
    config.entrypoint = words;
    if !fs.own_cmd {
        config.cmd = Arc::default();
    }
    Ok(fs)
}

fn cmd(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.image.config_mut().cmd = words(call);
    fs.own_cmd = true;
    Ok(fs)
}

fn label(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    let (key, value) = (call.string("key"), call.string("value"));
    fs.image.config_mut().labels.insert_mut(key.to_owned(), value.to_owned());
    fs.image.history.label(format!("{key}={value}"));
    Ok(fs)
}

fn expose(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    for port in call.strings() {
        let port = if port.contains('/') { port.to_string() } else { format!("{port}/tcp") };
        fs.image.config_mut().exposed_ports.insert_mut(port, Present {});
    }
    Ok(fs)
}

fn volumes(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    for volume in call.strings() {
        fs.image.config_mut().volumes.insert_mut(volume.to_string(), Present {});
    }
    Ok(fs)
}

fn stop_signal(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.image.config_mut().stop_signal = call.string("signal").into();
    Ok(fs)
}
