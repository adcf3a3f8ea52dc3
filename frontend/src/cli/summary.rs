use std::io::{Write, stdout};

use serde_json::{Map, Value};
use visible::visible_line;

use super::Exit;
use super::arguments::{Arguments, Given};
use super::command::Command;
use super::exit::Usage;
use super::file::Input;
use crate::solve::{CACHE, FIRST_OF};

pub(super) static SUMMARY: Command = Command {
    name: "summary",
    summary: "Print what a build's `--metadata-file` says of caches, as Markdown",
    operands: "FILE|-",
    options: &[],
    run,
};

fn run(mut arguments: Arguments) -> anyhow::Result<Exit> {
    let mut inputs = Vec::new();
    while let Some(given) = arguments.next()? {
        if let Given::Operand(operand) = given {
            inputs.push(Input::new(operand));
        }
    }
    let [input] = &inputs[..] else {
        return Err(Usage::new("expected one file, or `-` for standard input").into());
    };
    let metadata: Map<String, Value> = serde_json::from_str(&input.read()?)
        .map_err(|error| Usage::new(format!("no metadata of a build: {error}")))?;
    stdout().lock().write_all(markdown(&metadata).as_bytes())?;
    Ok(Exit::Fine)
}

/// What the metadata of a build says, or that of several targets, which bake writes by their names.
fn markdown(metadata: &Map<String, Value>) -> String {
    let own = of_build("Caches of the build", metadata);
    let targets = metadata.iter().filter_map(|(name, it)| {
        let title = format!("Caches of target {}", code(name));
        it.as_object().map(|it| of_build(&title, it))
    });
    let parts = [own].into_iter().chain(targets).filter(|it| !it.is_empty());
    let parts: Vec<_> = parts.collect();
    match parts.is_empty() {
        true => "The build says nothing of caches: its program has no sections.\n".to_owned(),
        false => parts.join("\n"),
    }
}

/// A part with a table for each thing that the metadata has; nothing if that is none.
fn of_build(title: &str, metadata: &Map<String, Value>) -> String {
    let list = |key, list| metadata.get(key).map_or(&[][..], |it| values(it, list));
    let sections = list(CACHE, "sections").iter().flat_map(rows_of_section);
    let client = list(CACHE, "client");
    let client = client.iter().map(|it| row(&[code(text(it, "cache")), fate(it)]));
    let choices = list(FIRST_OF, "firstOf").iter().map(row_of_choice);
    let tables = [
        table(&["section", "at", "cache", ""], sections.collect()),
        table(&["`--cache-from`", ""], client.collect()),
        table(&["`firstOf` at", "took", "sources", "not there"], choices.collect()),
    ];
    let mut tables: Vec<_> = tables.into_iter().filter(|it| !it.is_empty()).collect();
    let more = metadata.get(CACHE).and_then(|it| it.get("moreSections")?.as_u64());
    tables.extend(more.filter(|it| *it > 0).map(|it| format!("And {it} more sections.\n")));
    match tables.is_empty() {
        true => String::new(),
        false => format!("### {title}\n\n{}", tables.join("\n")),
    }
}

/// A row for each import, the first of them with the section.
fn rows_of_section(section: &Value) -> Vec<String> {
    let platform = text(section, "platform");
    let mut name = code(format!("{platform} {}", text(section, "name")).trim_start());
    if section.get("isolated").and_then(Value::as_bool) == Some(true) {
        name += ", isolated";
    }
    let at = code(text(section, "at"));
    let imports = values(section, "imports").iter();
    let imports = imports.map(|import| (code(text(import, "cache")), fate(import)));
    let all: Vec<_> = image_of_section(section).into_iter().chain(imports).collect();
    if all.is_empty() {
        return vec![row(&[name, at, "none".to_owned(), String::new()])];
    }
    let mut first = [name, at];
    let rows = all.into_iter().map(|(cache, fate)| {
        let [name, at] = std::mem::take(&mut first);
        row(&[name, at, cache, fate])
    });
    rows.collect()
}

/// The image that a section may be taken from, and whether it was.
fn image_of_section(section: &Value) -> Option<(String, String)> {
    let repository = section.get("repository")?.as_str()?;
    let reference = section.get("reference").and_then(Value::as_str).unwrap_or(repository);
    let why = text(section, "notFoundBecause");
    let fate = match section.get("found").and_then(Value::as_bool) {
        Some(true) => "found".to_owned(),
        Some(false) => "missing".to_owned(),
        None if why.is_empty() => "not looked up".to_owned(),
        None => format!("not taken: {}", prose(why)),
    };
    Some((code(reference), fate))
}

/// What became of an import.
fn fate(import: &Value) -> String {
    match import.get("leftOut").and_then(Value::as_str) {
        Some(why) => format!("left out: {}", prose(why)),
        None => "asked".to_owned(),
    }
}

fn row_of_choice(choice: &Value) -> String {
    let number = |key| choice.get(key).and_then(Value::as_u64).unwrap_or_default();
    let sources = values(choice, "sources").iter().filter_map(Value::as_str).map(code);
    let absent = values(choice, "absent")
        .iter()
        .map(|it| format!("{} {}", code(text(it, "at")), prose(text(it, "why"))));
    row(&[
        code(text(choice, "at")),
        format!("candidate {} of {}", number("candidate"), number("candidates")),
        sources.collect::<Vec<_>>().join(", "),
        absent.collect::<Vec<_>>().join(", "),
    ])
}

fn values<'v>(object: &'v Value, key: &str) -> &'v [Value] {
    object.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(object: &'v Value, key: &str) -> &'v str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A table; nothing without rows.
fn table(head: &[&str], rows: Vec<String>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head: Vec<String> = head.iter().map(|it| (*it).to_owned()).collect();
    let line: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
    [row(&head), row(&line), rows.concat()].concat()
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// A text of the program's, in which nothing is Markdown, and nothing ends the cell.
fn code(text: &str) -> String {
    let text = visible_line(text).replace('`', "'").replace('|', "\\|");
    if text.is_empty() { text } else { format!("`{text}`") }
}

/// A sentence of this program's, in which names are code already.
fn prose(text: &str) -> String {
    visible_line(text).replace('|', "\\|").replace('<', "&lt;")
}
