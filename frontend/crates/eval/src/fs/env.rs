use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::expansion;
use super::owner::check_user;
use crate::value::Reset;
use crate::{Builtin, Call, Cx, Fs, Lower, join};

pub(super) static ROWS: &[&Builtin] = &[&ENV, &DIR, &USER];

static ENV: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "env",
        const {
            &[
                Param::new("key", Kind::String, "the name of the variable")
                    .about(Meaning::Variable)
                    .checked_by(check_variable),
                Param::new("value", Kind::String, "the value; `$NAME` in it stays as it is")
                    .about(Meaning::Recorded),
            ]
        },
        "Sets an environment variable for the commands that follow, and in the configuration of \
         the image.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(env),
)
.known_as("ENV");

static DIR: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "dir",
        const {
            &[Param::new(
                "path",
                Kind::String,
                "the directory; relative to the working directory before",
            )
            .about(Meaning::Directory)
            .checked_by(expansion::check)]
        },
        "Sets the working directory for the statements that follow, and in the configuration of \
         the image. It makes no directory; a command that runs there does.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(dir),
)
.known_as("WORKDIR");

static USER: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "user",
        const { &[USER_PARAM] },
        "Sets the user for the commands that follow, and in the configuration of the image. \
         Owners of what `copy`, `mkdir` and `mkfile` make are not affected.",
    )
    .with_flow(Flow::Configures),
    Lower::Fs(user),
)
.known_as("USER");

/// The parameter for the user of a command.
pub const USER_PARAM: Param =
    Param::new("name", Kind::String, "`USER` or `USER:GROUP`, each a name or an id")
        .checked_by(check_user);

/// Whether a text can be the name of an environment variable.
pub fn check_variable(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    if !text.is_empty() && !text.contains(['=', '\0']) {
        return Ok(());
    }
    let found = site.invalid(format!("`{text}` can't be the name of a variable"));
    Err(match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => found
            .help(format!("write the value as an argument of its own: `\"{name}\" \"{value}\"`")),
        _ => found,
    })
}

fn env(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    call.read("key", check_variable)?;
    let (key, value) = (call.string("key"), call.string("value"));
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.set_env(key, value);
    fs.image.config_mut().env.set(key, value, Reset::Stays);
    fs.image.history.empty_layer(format!("ENV {key}={value}"));
    Ok(fs)
}

fn dir(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    call.read("path", expansion::check)?;
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.dir = fs.path(call.string("path")).into();
    let dir = join(&fs.image.config.working_dir, call.string("path"));
    fs.image.history.empty_layer(format!("WORKDIR {dir}"));
    fs.image.config_mut().working_dir = dir.into();
    Ok(fs)
}

fn user(_: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    call.read("name", check_user)?;
    let mut fs = Arc::unwrap_or_clone(fs);
    let user: Arc<str> = call.string("name").into();
    fs.user = Some(user.clone());
    fs.image.config_mut().user = user;
    fs.image.history.empty_layer(format!("USER {}", call.string("name")));
    Ok(fs)
}
