use hlb_eval::registry;
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_program::builtin::Kind;
use hlb_program::check::{Function, Scopes};
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

async fn targets(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let cx = Build::new(bridge, options).await?;
    let modules = load(&cx, &mut ResolveCache::default(), sources).await?;
    let scopes = Scopes::new(&modules, &registry().builtins);
    let functions = scopes.iter().next().into_iter().flat_map(|scope| &scope.functions);
    let functions: Vec<_> = functions.filter(|function| is_target(function)).collect();
    let mut document = Document::new(sources);
    let mut rows = vec![["TARGET".to_owned(), "DESCRIPTION".to_owned()]];
    let mut entries = Vec::new();
    for function in functions {
        let name = function.decl.name.text();
        let is_default = name == DEFAULT_TARGET;
        let description = description(function.decl.doc.as_deref());
        rows.push([
            format!("{name}{}", if is_default { " (default)" } else { "" }),
            description.clone(),
        ]);
        let mut entry = json!({ "name": name, "location": document.location(function.span()) });
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
fn is_target(function: &Function<'_>) -> bool {
    let params = function.decl.params.params.iter().zip(&function.params);
    let mut needed = params.filter(|(it, _)| it.default.is_none() && it.variadic.is_none());
    function.kind == Kind::Fs && needed.all(|(_, kind)| kind.is_text())
}
