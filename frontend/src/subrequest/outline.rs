use std::collections::BTreeMap;

use hlb_eval::{Evaluation, registry};
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_program::program::{Doc, Item, Program};
use hlb_syntax::source::{Sources, Span};
use serde_json::{Map, Value, json};

use super::document::{Document, description, param_description};
use super::reply::{Reply, table};
use super::{Subrequest, TARGET, described};
use crate::solve::{Build, Failure, ResolveCache, described_target};
use crate::used::Used;

pub(super) static OUTLINE: Subrequest = Subrequest {
    name: "frontend.outline",
    version: "1.0.0",
    description: "List all parameters current build target supports",
    options: &[TARGET],
    has_status: false,
    answer: |bridge, options, sources| Box::pin(outline(bridge, options, sources)),
};

/// A parameter that a build argument sets.
struct Arg {
    name: String,
    description: String,
    /// Its value; `None` if it must be set and is not.
    value: Option<String>,
    span: Span,
}

/// What a client can give to a target: its parameters, and what its steps take from the client.
///
/// The steps are known only if the target can be evaluated: while a parameter without a default is not set they are
/// left out.
async fn outline(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let (cx, mut answers, program) = described(bridge, options, sources).await?;
    let sources = &*sources;
    let (description, args) = signature(&cx, &program, sources, &mut answers).await?;
    let used = match args.iter().all(|arg| arg.value.is_some()) {
        true => {
            let product = described_target(&cx, &program, sources, &mut answers).await?.value;
            Used::by(product.states())
        }
        false => Used::default(),
    };
    let text = text(cx.target(), &description, &args, &used);
    let mut document = Document::new(sources);
    let mut json = Map::new();
    json.insert("name".to_owned(), cx.target().into());
    if !description.is_empty() {
        json.insert("description".to_owned(), description.into());
    }
    let mut add = |key: &str, entries: Vec<Value>| {
        if !entries.is_empty() {
            json.insert(key.to_owned(), entries.into());
        }
    };
    add("args", args.iter().map(|arg| arg.entry(&mut document)).collect());
    let needed = |all: &BTreeMap<String, bool>| {
        all.iter().map(|(name, required)| json!({ "name": name, "required": required })).collect()
    };
    add("secrets", needed(&used.secrets));
    add("ssh", needed(&used.ssh));
    add("cache", used.caches.keys().map(|id| json!({ "ID": id })).collect());
    json.insert("sources".to_owned(), document.texts().into());
    Ok(Reply { json: json.into(), text, status: None })
}

/// What the target is, in a line, and its parameters.
async fn signature(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
) -> Result<(String, Vec<Arg>), Failure> {
    let (registry, settings) = (registry(), &cx.first_settings());
    let evaluation = Evaluation { program, sources, registry, settings };
    let target = cx.target();
    let evaluated = answers.resolve(cx, |answers| evaluation.parameters(target, answers)).await?;
    let doc = doc(program, target);
    let args = evaluated.value.iter().map(|it| {
        let name = it.param.name.text();
        let value = it.value.as_ref().map(|it| it.text().unwrap_or_default().to_string());
        let description = param_description(doc, name);
        Arg { name: name.to_owned(), description, value, span: it.param.span }
    });
    Ok((description(doc), args.collect()))
}

/// The documentation of a target: for an alias, that of the function that it is in.
fn doc<'p>(program: &'p Program, target: &str) -> Option<&'p Doc> {
    let function = match program.main()?.lookup(target)? {
        Item::Function(id) => id,
        Item::Alias(id) => program.alias(id).function,
        Item::Import(_) => return None,
    };
    program.function(function).doc.as_deref()
}

impl Arg {
    #[expect(clippy::indexing_slicing, reason = "indexing a JSON object inserts the key")]
    fn entry(&self, document: &mut Document<'_>) -> Value {
        let mut entry = json!({ "name": self.name, "location": document.location(self.span) });
        for (key, text) in
            [("description", Some(&self.description)), ("value", self.value.as_ref())]
        {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                entry[key] = text.as_str().into();
            }
        }
        entry
    }
}

fn text(name: &str, description: &str, args: &[Arg], used: &Used) -> String {
    let mut head = format!("TARGET:      {name}\n");
    if !description.is_empty() {
        head += &format!("DESCRIPTION: {description}\n");
    }
    let mut parts = vec![head];
    let rows = args.iter().map(|arg| {
        [arg.name.as_str(), arg.value.as_deref().unwrap_or_default(), arg.description.as_str()]
    });
    let rows: Vec<_> = [["BUILD ARG", "VALUE", "DESCRIPTION"]].into_iter().chain(rows).collect();
    parts.push(table(&rows, 3));
    for (head, all) in [("SECRET", &used.secrets), ("SSH", &used.ssh)] {
        let rows =
            all.iter().map(|(name, required)| [name.as_str(), if *required { "true" } else { "" }]);
        let rows: Vec<_> = [[head, "REQUIRED"]].into_iter().chain(rows).collect();
        parts.push(table(&rows, 3));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}
