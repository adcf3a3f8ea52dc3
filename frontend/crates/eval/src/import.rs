//! Where modules are imported from, evaluated.

use std::sync::Arc;

use hlb_program::module::{GitUri, ImportRequest, ImportSource, Transport};
use hlb_syntax::diagnostic::Code;

use super::evaluator::Evaluator;
use super::{Frame, Fs, Value, fs};

/// An export where a module is imported from: the result of the build is that of a target.
pub static EXPORT_IN_IMPORT: Code = Code::error("HLB0335", "export-in-import");

pub fn evaluate(evaluator: &mut Evaluator<'_>, request: &ImportRequest) -> Value {
    match &request.source {
        ImportSource::Git(uri) => Value::Fs(Arc::new(repository(evaluator, uri, request))),
        ImportSource::Computed(_) => expression(evaluator, request),
        // A file is no value: it is read from its root.
        ImportSource::File { .. } => Value::Unknown,
    }
}

fn expression(evaluator: &mut Evaluator<'_>, request: &ImportRequest) -> Value {
    let program = evaluator.program;
    let imports = program.module(request.module).into_iter().flat_map(|it| it.imports());
    let mut imports = imports.map(|id| program.import(id));
    let Some(import) = imports.find(|import| import.source.span() == request.span) else {
        return Value::Unknown;
    };
    let name = format!("import {}", import.name);
    let mut frame = Frame::of_import(&name, evaluator.home(request.module));
    let value = evaluator.expr(&mut frame, &import.source);
    let exported = evaluator.output.exports.iter().next().map(|export| export.span);
    match exported {
        None if evaluator.output.lacks(&value) => Value::Unknown,
        None => value,
        Some(span) => {
            let message = format!("import `{}` is from a filesystem with an export", import.name);
            let found = EXPORT_IN_IMPORT.at(span, message);
            let found = found.label(import.source.span(), "imported from here");
            evaluator.wrong(found.help("export from a target"))
        }
    }
}

/// The checkout of a repository that a URI names.
///
/// `.git` is kept, as in the first implementation (language spec, section 6.2). Whether the client has a key for ssh
/// can't be asked, so a URI that leaves the transport open is fetched by https.
fn repository(evaluator: &mut Evaluator<'_>, uri: &GitUri, request: &ImportRequest) -> Fs {
    let GitUri { transport, user, host, path, reference, file: _ } = uri;
    let (scheme, user) = match (transport, user.as_deref()) {
        (Transport::Ssh, user) => ("ssh", Some(user.unwrap_or("git"))),
        (Transport::Https | Transport::Either, user) => ("https", user),
    };
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let remote = format!("{scheme}://{user}{host}/{path}");
    let reference = reference.clone().unwrap_or_default();
    let git = llb::Git { keep_git_dir: true, ..fs::git_source(remote, reference) };
    let text = format!("load modules from {host}/{path}");
    let frame = Frame::of_import("", evaluator.home(request.module));
    let metadata = frame.internal_metadata(evaluator.host, request.span, &text);
    Fs::scratch(&evaluator.host.platform).with_state(llb::git(&git, metadata).into())
}
