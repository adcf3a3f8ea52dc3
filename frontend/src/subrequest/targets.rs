use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_program::builtin::Kind;
use hlb_program::program::Function;
use hlb_syntax::source::Sources;
use serde_json::{Value, json};

use super::Subrequest;
use super::document::{Document, description};
use super::reply::{Reply, table};
use crate::solve::{Build, DEFAULT_TARGET, Failure, ResolveCache, load};

pub(super) static TARGETS: Subrequest = Subrequest {
    name: "frontend.targets",
    version: "1.0.0",
    description: "List all targets current build supports",
    options: &[],
    has_status: false,
    answer: |bridge, options, sources| Box::pin(targets(bridge, options, sources)),
};

#[expect(clippy::indexing_slicing, reason = "indexing a JSON object inserts the key")]
async fn targets(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let cx = Build::new(bridge, options).await?;
    let program = load(&cx, &mut ResolveCache::default(), sources).await?;
    let functions = program.main().into_iter().flat_map(|module| module.functions());
    let functions: Vec<_> =
        functions.map(|id| program.function(id)).filter(|function| is_target(function)).collect();
    let mut document = Document::new(sources);
    let mut rows = vec![["TARGET".to_owned(), "DESCRIPTION".to_owned()]];
    let mut entries = Vec::new();
    for function in functions {
        let name = function.name.text();
        let is_default = name == DEFAULT_TARGET;
        let description = description(function.doc.as_deref());
        rows.push([
            format!("{name}{}", if is_default { " (default)" } else { "" }),
            description.clone(),
        ]);
        let mut entry = json!({ "name": name, "location": document.location(function.name.span) });
        if is_default {
            entry["default"] = Value::Bool(true);
        }
        if !description.is_empty() {
            entry["description"] = description.into();
        }
        entries.push(entry);
    }
    let rows: Vec<_> = rows.iter().map(|row| row.each_ref().map(String::as_str)).collect();
    let text = table(&rows, 3);
    let json = json!({ "targets": entries, "sources": document.texts() });
    Ok(Reply { json, text, status: None })
}

/// Whether a client can build a function: a build argument can't be a filesystem.
fn is_target(function: &Function) -> bool {
    let mut needed = function.params.iter().filter(|it| it.default.is_none() && !it.is_variadic);
    matches!(function.kind, Kind::Fs | Kind::Pipeline) && needed.all(|param| param.kind.is_text())
}
