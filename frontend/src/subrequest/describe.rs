use serde_json::{Value, json};

use super::reply::{Reply, table};
use super::{ALL, Subrequest};

pub(super) static DESCRIBE: Subrequest = Subrequest {
    name: "frontend.subrequests.describe",
    version: "1.0.0",
    description: "List available subrequest types",
    options: &[],
    has_status: false,
    answer: |_, _, _| Box::pin(async { Ok(describe()) }),
};

fn describe() -> Reply {
    let rows = ALL.iter().map(|it| [short(it.name), it.version, it.description]);
    let rows: Vec<_> = [["NAME", "VERSION", "DESCRIPTION"]].into_iter().chain(rows).collect();
    let json = ALL.iter().map(|request| entry(request)).collect();
    Reply { json, text: table(&rows, 1), status: None }
}

fn short(name: &'static str) -> &'static str {
    name.strip_prefix("frontend.").unwrap_or(name)
}

fn entry(request: &Subrequest) -> Value {
    let named =
        |(name, description): &(&str, &str)| json!({ "name": name, "description": description });
    let mut metadata =
        vec![("result.json", "The answer as JSON"), ("result.txt", "The answer for eyes")];
    if request.has_status {
        metadata.push(("result.statuscode", "The exit code of the client"));
    }
    let options: Vec<Value> = request.options.iter().map(named).collect();
    json!({
        "name": request.name,
        "version": request.version,
        "type": "rpc",
        "description": request.description,
        "opts": if options.is_empty() { Value::Null } else { options.into() },
        "inputs": null,
        "metadata": metadata.iter().map(named).collect::<Vec<_>>(),
        "refs": null,
    })
}
