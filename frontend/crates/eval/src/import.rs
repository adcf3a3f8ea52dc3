//! Where modules are imported from, evaluated.

use std::sync::Arc;

use hlb_program::check::{Expected, Place};
use hlb_program::module::{GitUri, ImportRequest, ImportSource, Transport};
use hlb_syntax::source::Span;
use llb::Scope;

use super::evaluator::{Evaluator, Frame};
use super::{Fs, Value, fs};

pub fn evaluate(evaluator: &mut Evaluator<'_, '_, '_>, request: &ImportRequest) -> Value {
    match &request.source {
        ImportSource::Git(uri) => Value::Fs(Arc::new(repository(evaluator, uri, request.span))),
        ImportSource::Computed(_) => expression(evaluator, request),
        // A file is no value: it is read from its root.
        ImportSource::File { .. } => Value::Unknown,
    }
}

fn expression(evaluator: &mut Evaluator<'_, '_, '_>, request: &ImportRequest) -> Value {
    let modules = evaluator.program.scopes.modules;
    let Some(source) = request.expr(modules) else { return Value::Unknown };
    let module = modules.get(request.module);
    evaluator.cx.root = module.root.clone();
    if let Some(import) = module.import_of(request.span) {
        evaluator.cx.scope = Arc::new(Scope { name: format!("import {}", import.name) });
    }
    let place = Place::module(request.module);
    let frame = Frame { place, params: &Default::default(), stop: None };
    evaluator.expr(&frame, source, Expected::Source)
}

/// The checkout of a repository that a URI names.
///
/// `.git` is kept, as in the first implementation (language spec, section 6.2). Whether the client has a key for ssh
/// can't be asked, so a URI that leaves the transport open is fetched by https.
fn repository(evaluator: &mut Evaluator<'_, '_, '_>, uri: &GitUri, span: Span) -> Fs {
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
    let metadata = evaluator.cx.internal_metadata(span, &text);
    Fs::scratch(&evaluator.cx.platform).with_state(llb::git(&git, metadata).into())
}
