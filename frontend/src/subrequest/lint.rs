use hlb_eval::registry;
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_program::lint::lint as warnings;
use hlb_syntax::diagnostic::{Diagnostic, render_line_with_help};
use hlb_syntax::source::Sources;
use serde_json::{Value, json};

use super::Subrequest;
use super::document::Document;
use super::reply::Reply;
use crate::solve::{Build, Failure, ResolveCache, load};

pub(super) static LINT: Subrequest = Subrequest {
    name: "frontend.lint",
    version: "1.0.0",
    description: "Lint an HLB file",
    options: &[],
    has_status: true,
    answer: |bridge, options, sources| Box::pin(lint(bridge, options, sources)),
};

/// Lists the warnings about a program; if it has errors, those.
#[expect(clippy::indexing_slicing, reason = "indexing a JSON object inserts the key")]
async fn lint(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let cx = Build::new(bridge, options).await?;
    let (found, errors) = match load(&cx, &mut ResolveCache::default(), sources).await {
        Ok(program) => (warnings(&program, &registry().builtins), Vec::new()),
        Err(Failure::Diagnostics(found)) => found.into_iter().partition(|it| !it.is_error()),
        Err(failure) => return Err(failure),
    };
    let mut document = Document::new(sources);
    let warnings: Vec<Value> =
        found.iter().map(|found| warning(found, sources, &mut document)).collect();
    let error = build_error(&errors, sources, &mut document);
    let mut json = json!({ "warnings": warnings, "sources": document.files() });
    if let Some(error) = error {
        json["buildError"] = error;
    }
    let all = found.iter().chain(&errors);
    let text = all.map(|found| render_line_with_help(found, sources) + "\n").collect::<String>();
    let status = u8::from(!text.is_empty());
    Ok(Reply { json, text, status: Some(status) })
}

fn warning(found: &Diagnostic, sources: &Sources, document: &mut Document<'_>) -> Value {
    json!({
        "ruleName": found.code.name,
        "description": found.code.id,
        // Clients put the name of the build file in place of every other, so the right one stands here too.
        "detail": render_line_with_help(found, sources),
        "location": location(found, document),
    })
}

/// All errors at the location of the first: clients show one location only.
fn build_error(
    errors: &[Diagnostic],
    sources: &Sources,
    document: &mut Document<'_>,
) -> Option<Value> {
    let first = errors.first()?;
    let lines: Vec<String> =
        errors.iter().map(|found| render_line_with_help(found, sources)).collect();
    Some(json!({ "message": lines.join("\n"), "location": location(first, document) }))
}

/// A location, which clients rely on; a source index of -1 is none (buildx 0.29, `commands/build.go`, `printLintFallback`).
fn location(found: &Diagnostic, document: &mut Document<'_>) -> Value {
    match found.span {
        Some(span) => document.location(span),
        None => json!({ "sourceIndex": -1 }),
    }
}
