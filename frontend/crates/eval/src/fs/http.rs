use std::sync::Arc;

use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{CopyMode, FileAction, FileCopy, Http, Owner, State, User};

use super::mode::{MODE, Mode, Of};
use super::owner::read_owner;
use super::source::find;
use super::{secret, url};
use crate::statement::redacted;
use crate::{Builtin, Call, ClientNeed, Cx, Fs, Lower, Needed, Needs, Source};

pub(super) static ROWS: &[&Builtin] = &[&HTTP, &CHECKSUM, &CHMOD, &CHOWN, &FILENAME, &AUTH_SECRET];

static HTTP: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "http",
        const {
            &[Param::new("url", Kind::String, "a URL that begins with `http://` or `https://`")
                .checked_by(check_url)]
        },
        "Starts from a filesystem with one file, which the daemon downloads. Its name is the \
         last part of the URL's path, or what the server says; its permissions are `0o600`.",
    )
    .with_flow(Flow::Starts),
    Lower::Fs(lower),
)
.in_dockerfile("`ADD URL DEST`");

static CHECKSUM: Builtin = Builtin::new(
    Signature::new(
        Kind::option("http"),
        "checksum",
        const {
            &[Param::new("digest", Kind::String, "the digest, such as `sha256:…`")
                .checked_by(check_digest)]
        },
        "Fails the build if the file has another digest.",
    ),
    Lower::Option,
)
.in_dockerfile("`ADD --checksum=DIGEST`");

static CHMOD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("http"),
        "chmod",
        const { &[MODE] },
        "Sets the permissions of the file.",
    ),
    Lower::Option,
)
.in_dockerfile("`ADD --chmod=MODE`");

static FILENAME: Builtin = Builtin::new(
    Signature::new(
        Kind::option("http"),
        "filename",
        const {
            &[Param::new("name", Kind::String, "the name, which is no path")
                .checked_by(check_filename)]
        },
        "Sets the name of the file.",
    ),
    Lower::Option,
)
.in_dockerfile("the last part of DEST in `ADD URL DEST`");

static CHOWN: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("http"),
        "chown",
        const {
            &[Param::new("owner", Kind::String, "`USER` or `USER:GROUP`, each an id")
                .checked_by(|text, site| owner_ids(text, site).map(drop))]
        },
        "Sets the owner of the file. Without it, that is root.",
    ),
    Lower::Option,
)
.in_dockerfile("`ADD --chown=OWNER`");

static AUTH_SECRET: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("http"),
        "authSecret",
        const {
            &[Param::new("id", Kind::String, "the id of the secret, as in `--secret id=…`")
                .checked_by(secret::check_id)]
        },
        "Sends a secret of the client as the header `Authorization`. The secret is all of the \
         header's value, such as `Bearer …`.",
    ),
    Lower::Option,
)
.needing(caps::SOURCE_HTTP_AUTH);

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    call.read("url", check_url)?;
    let text = |row, param, check: fn(&str, &ArgSite) -> Result<(), Diagnostic>| {
        let Some(setting) = call.option_call(row) else { return Ok(String::new()) };
        setting.read(param, check)?;
        Ok(setting.string(param).to_owned())
    };
    let mode = match call.option_call(&CHMOD) {
        None => None,
        // 0 is not set (language spec, section 5.2).
        Some(setting) => Some(Mode::of(setting)?.bits(Of::PrivateFile)).filter(|mode| *mode != 0),
    };
    let (uid, gid) = match call.option_call(&CHOWN) {
        None => (0, 0),
        Some(setting) => setting.read("owner", owner_ids)?,
    };
    let http = Http {
        url: call.string("url").to_owned(),
        checksum: text(&CHECKSUM, "digest", check_digest)?,
        filename: text(&FILENAME, "name", check_filename)?,
        mode,
        uid,
        gid,
        auth_header_secret: text(&AUTH_SECRET, "id", secret::check_id)?,
        ..Http::default()
    };
    let metadata = cx.metadata(call);
    let mut fs = cx.scratch();
    let file = llb::http(&http, metadata);
    if let Some(option) = call.option_call(&AUTH_SECRET) {
        let (vertex, id) = (file.vertex.digest().into(), http.auth_header_secret.clone());
        let needed = Needed { what: Needs::SourceSecret, id, span: option.span_of("id") };
        cx.output.client_needs.push(ClientNeed { vertex, needed });
    }
    let file = State::from(file);
    find(cx, Source::Http(&file), &redacted(&http.url), call.span_of("url"))?;
    fs.state = match mode {
        Some(mode) if mode > 0o777 => with_special_bits(cx, call, file, mode),
        _ => file,
    };
    Ok(fs)
}

/// The same file with a mode of twelve bits, of which the daemon gives a download nine (BuildKit 0.13 and 0.32,
/// `source/http`).
fn with_special_bits(cx: &Cx<'_>, call: &Call, from: State, mode: u32) -> State {
    let copy = FileCopy {
        from,
        src: "/".to_owned(),
        dest: "/".to_owned(),
        dir_copy_contents: true,
        mode: CopyMode::Bits(mode),
        ..FileCopy::default()
    };
    let metadata = cx.internal_metadata(call.span, "set the mode of a download");
    llb::file(State::Scratch, vec![FileAction::Copy(copy)], metadata)
}

fn check_url(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    url::check(text, &["http", "https"], site)
}

/// Checks an OCI digest: an algorithm and as many hexadecimal digits as it has.
fn check_digest(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let digits = match text.split_once(':') {
        Some(("sha256", digits)) if digits.len() == 64 => digits,
        Some(("sha384", digits)) if digits.len() == 96 => digits,
        Some(("sha512", digits)) if digits.len() == 128 => digits,
        _ => {
            return Err(
                site.invalid(format!("expected a digest such as `sha256:…`, found `{text}`"))
            );
        }
    };
    match digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(()),
        false => {
            let problem = format!("expected lower-case hexadecimal digits, found `{digits}`");
            Err(site.invalid(problem))
        }
    }
}

/// Checks that a file name is one, and no path.
fn check_filename(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match text.contains(['/', '\0']) || matches!(text, "." | "..") {
        true => Err(site.invalid(format!("expected the name of a file, found `{text}`"))),
        false => Ok(()),
    }
}

/// Reads an owner whose user and group are ids, since there is no filesystem that could know names.
fn owner_ids(text: &str, site: &ArgSite) -> Result<(u32, u32), Diagnostic> {
    let Owner { user, group } = read_owner(text, site)?;
    let id = |user: User| match user {
        User::Id(id) => Ok(id),
        User::Name(name) => {
            Err(site.invalid(format!("expected ids, for nothing knows the name `{name}`")))
        }
    };
    let user = user.map_or(Ok(0), id)?;
    // A user alone is its own group, as in a `chown` of `copy` (BuildKit 0.13 and 0.32, `solver/llbsolver/ops/user_linux.go`).
    Ok((user, group.map_or(Ok(user), id)?))
}
