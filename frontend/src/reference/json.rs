use hlb_program::builtin::{Effect, Origin, Param, Takes};
use serde_json::{Map, Value, json};

use super::Entry;

/// The reference for programs: each builtin, and after it its options. Texts are Markdown.
pub fn json(entries: &[Entry]) -> Value {
    let mut all = Vec::new();
    add(&mut all, entries);
    json!({ "builtins": all })
}

fn add(all: &mut Vec<Value>, entries: &[Entry]) {
    for entry in entries {
        all.push(builtin(entry));
        add(all, &entry.options);
    }
}

/// A key without a value is left out.
fn builtin(entry: &Entry) -> Value {
    let signature = entry.signature();
    let mut json = Map::new();
    let mut add = |key: &str, value: Value| json.insert(key.to_owned(), value);
    add("name", signature.name.into());
    add("kind", signature.kind.to_string().into());
    add("signature", signature.to_string().into());
    add("doc", signature.doc.into());
    add("params", signature.params.iter().map(param).collect());
    add("binds", signature.effects.iter().map(effect).collect());
    // A declaration of the program that has the name of an extension is preferred.
    add("extension", (signature.origin == Origin::Extension).into());
    add("supported", entry.is_supported().into());
    if let Some(equivalent) = signature.equivalent() {
        add("dockerfile", equivalent.into());
    }
    if let Some((cap, when)) = entry.capability() {
        add("needs", json!({ "capability": cap.id, "since": cap.since, "when": when }));
    }
    json.into()
}

fn param(param: &Param) -> Value {
    let takes = match param.takes {
        Takes::One => "one",
        Takes::Optional => "optional",
        Takes::Any => "any",
    };
    json!({ "name": param.name, "kind": param.kind.to_string(), "takes": takes, "doc": param.doc })
}

fn effect(effect: &Effect) -> Value {
    json!({ "name": effect.name, "kind": effect.kind.to_string(), "doc": effect.doc })
}
