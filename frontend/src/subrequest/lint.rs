use hlb_eval::registry;
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::{Options, WarningOptions};
use hlb_gateway::report::lines;
use hlb_program::lint::{lint as warnings, shown};
use hlb_syntax::diagnostic::{Diagnostic, Severity, render_line_with_help};
use hlb_syntax::source::{Sources, Span};
use serde_json::{Value, json};

use super::document::Document;
use super::reply::Reply;
use super::{Subrequest, TARGET};
use crate::solve::{Build, Failure, ResolveCache, about_options, load, survey_target};

/// How many warnings are listed, and errors.
const MAX_LISTED: usize = 1000;

/// How long their lines may be together, in bytes. They stand in the answer twice, and with the sources it has to fit into
/// the 4 MiB that a daemon before 0.14 takes.
const MAX_BYTES: usize = 512 << 10;

/// About what JSON adds to the line of a warning, in bytes.
const BYTES_AROUND: usize = 300;

pub(super) static LINT: Subrequest = Subrequest {
    name: "frontend.lint",
    version: "1.0.0",
    description: "Lint an HLB file",
    options: &[TARGET],
    has_status: true,
    answer: |bridge, options, sources| Box::pin(lint(bridge, options, sources)),
};

/// Lists the warnings about a program and its target, and the errors.
#[expect(clippy::indexing_slicing, reason = "indexing a JSON object inserts the key")]
async fn lint(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let cx = Build::new(bridge, options).await?;
    let (errors, found): (Vec<_>, Vec<_>) = match find(&cx, sources).await {
        Ok(found) | Err(Failure::Diagnostics(found)) => {
            found.into_iter().partition(Diagnostic::is_error)
        }
        Err(failure) => return Err(failure),
    };
    // The exit code of the client is the same for warnings and for errors, so that they stay warnings.
    let wanted = WarningOptions { severity: Severity::Warning, ..options.warnings.clone() };
    let found = wanted.apply(found);
    let mut document = Document::new(sources);
    let (listed, more) = listed(&found, sources);
    let mut warnings: Vec<Value> =
        listed.iter().map(|found| warning(found, sources, &mut document)).collect();
    warnings.extend((more > 0).then(|| not_listed(more)));
    let error = build_error(&errors, sources, &mut document);
    let mut json = json!({ "warnings": warnings, "sources": document.files() });
    if let Some(error) = error {
        json["buildError"] = error;
    }
    let all: Vec<&Diagnostic> = found.iter().chain(&errors).collect();
    let text = lines(sources, &all, MAX_LISTED, MAX_BYTES);
    let status = u8::from(!text.is_empty());
    let text = if text.is_empty() { text } else { text + "\n" };
    Ok(Reply { json, text, status: Some(status) })
}

/// What there is to be found in a program without building it.
async fn find(cx: &Build<'_>, sources: &mut Sources) -> Result<Vec<Diagnostic>, Failure> {
    let mut answers = ResolveCache::for_description();
    let program = load(cx, &mut answers, sources).await?;
    let mut found = about_options(cx, &program);
    found.extend(warnings(&program, &registry().builtins));
    let of_target = match survey_target(cx, &program, sources, &mut answers).await {
        Ok(of_target) | Err(Failure::Diagnostics(of_target)) => of_target,
        Err(failure) => return Err(failure),
    };
    let (errors, of_target): (Vec<_>, Vec<_>) =
        of_target.into_iter().partition(Diagnostic::is_error);
    Ok([errors, found, shown(&program, of_target)].concat())
}

/// The first warnings, and how many more there are.
fn listed<'f>(found: &'f [Diagnostic], sources: &Sources) -> (&'f [Diagnostic], usize) {
    let mut left = MAX_BYTES;
    let fits = |warning: &&Diagnostic| {
        let bytes = render_line_with_help(warning, sources).len() + BYTES_AROUND;
        let fits = bytes <= left;
        left = left.saturating_sub(bytes);
        fits
    };
    let count = found.iter().take(MAX_LISTED).take_while(fits).count();
    let (listed, others) = found.split_at(count);
    (listed, others.len())
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

/// What stands for the warnings that are not listed.
fn not_listed(more: usize) -> Value {
    json!({
        "ruleName": "more-warnings",
        "description": "",
        "detail": format!("and {more} more warnings"),
        "location": nowhere(),
    })
}

/// All errors at the location of the first: clients show one location only, and need one. Without any it is the first line
/// of the build file (buildx 0.29, `commands/build.go`; BuildKit 0.32, `frontend/subrequests/lint/lint.go`, `PrintErrorTo`).
fn build_error(
    errors: &[Diagnostic],
    sources: &Sources,
    document: &mut Document<'_>,
) -> Option<Value> {
    let first = errors.first()?;
    let all: Vec<&Diagnostic> = errors.iter().collect();
    let message = lines(sources, &all, MAX_LISTED, MAX_BYTES);
    let (build_file, _) = sources.iter().next()?;
    let span = first.span.unwrap_or(Span::new(build_file, 0, 0));
    Some(json!({ "message": message, "location": document.location(span) }))
}

/// A location, which clients rely on; a source index of -1 is none (buildx 0.29, `commands/build.go`, `printLintFallback`).
fn location(found: &Diagnostic, document: &mut Document<'_>) -> Value {
    match found.span {
        Some(span) => document.location(span),
        None => nowhere(),
    }
}

fn nowhere() -> Value {
    json!({ "sourceIndex": -1 })
}
