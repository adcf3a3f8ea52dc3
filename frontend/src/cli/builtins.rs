use std::io::{Write, stdout};

use super::Exit;
use super::arguments::{Arguments, Given, Opt};
use super::command::Command;
use super::exit::Usage;
use crate::reference::{Entry, find, json, text};

pub(super) static BUILTINS: Command = Command {
    name: "builtins",
    summary: "Print what the builtins do, or those of a name",
    operands: "[NAME]",
    options: &[&FORMAT],
    run,
};

static FORMAT: Opt =
    Opt { name: "format", value: Some("text|json"), summary: "Text (default) or JSON" };

type Print = fn(&[Entry]) -> String;

fn run(mut arguments: Arguments) -> anyhow::Result<Exit> {
    let mut names = Vec::new();
    let mut print: Print = text;
    while let Some(given) = arguments.next()? {
        match given {
            Given::Operand(name) => names.push(name.to_string_lossy().into_owned()),
            Given::Option(_, value) => print = format(&value)?,
        }
    }
    let name = match &names[..] {
        [] => None,
        [name] => Some(name.as_str()),
        _ => return Err(Usage::new("more than one name").into()),
    };
    let unknown = |names| Usage::unknown_of_many("builtin", name.unwrap_or_default(), names);
    let entries = find(name).map_err(unknown)?;
    stdout().lock().write_all(print(&entries).as_bytes())?;
    Ok(Exit::Fine)
}

fn format(value: &str) -> Result<Print, Usage> {
    match value {
        "text" => Ok(text),
        "json" => Ok(|entries| format!("{:#}\n", json(entries))),
        _ => Err(Usage::unknown("format", value, &["text", "json"])),
    }
}
