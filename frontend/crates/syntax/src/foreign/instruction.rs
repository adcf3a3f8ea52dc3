//! The instructions of a Dockerfile (docker/dockerfile 1.20, `frontend/dockerfile/command`).

use super::Place;
use super::flag::{Flag, context, is_name, with_clause};
use super::shown::{command, quoted, statements, strings};
use super::words::{is_list, joined, pairs, words};

/// The help for a line that begins with an instruction, as most people write it, in upper case; `None` for any other.
pub fn instruction(line: &str, place: Place) -> Option<Vec<String>> {
    let line = joined(line);
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
    let (_, meant) = INSTRUCTIONS.iter().find(|(known, _)| *known == name)?;
    let (flags, rest) = flags(rest.trim());
    let args = Args { rest, words: words(rest), flags, place };
    let advice = |flag: &Flag| match flag {
        Flag::Advice(advice) => Some(advice.clone()),
        Flag::Option(_) | Flag::Input(_) => None,
    };
    let first = match meant(&args) {
        Meant::Nothing(why) => return Some(vec![why.to_owned()]),
        Meant::Declaration(help) => help,
        Meant::Statements(stmts) => {
            let stmts = statements(&args.with_options(stmts));
            match place {
                Place::Block => format!("write `{stmts}`"),
                Place::File => {
                    format!("write `{stmts}` in a function, as in `fs default() {{ … }}`")
                }
            }
        }
    };
    Some(std::iter::once(first).chain(args.flags.iter().filter_map(advice)).collect())
}

/// What comes after the name of an instruction.
struct Args<'l> {
    flags: Vec<Flag>,
    rest: &'l str,
    words: Vec<String>,
    place: Place,
}

impl Args<'_> {
    /// Statements with the options that the flags are.
    fn with_options(&self, stmts: Vec<String>) -> Vec<String> {
        let options = self.flags.iter().filter_map(|flag| match flag {
            Flag::Option(option) => Some(option),
            Flag::Input(_) | Flag::Advice(_) => None,
        });
        let options: Vec<_> = options.collect();
        match with_clause(&options).as_str() {
            "" => stmts,
            with => stmts.into_iter().map(|stmt| format!("{stmt} {with}")).collect(),
        }
    }

    /// What to copy from.
    fn input(&self) -> String {
        let mut inputs = self.flags.iter().filter_map(|flag| match flag {
            Flag::Input(input) => Some(input.clone()),
            Flag::Option(_) | Flag::Advice(_) => None,
        });
        inputs.next_back().unwrap_or_else(context)
    }
}

/// What an instruction is here.
enum Meant {
    Statements(Vec<String>),
    Declaration(String),
    Nothing(&'static str),
}

/// What an instruction means, given its arguments.
type Meaning = fn(&Args<'_>) -> Meant;

static INSTRUCTIONS: &[(&str, Meaning)] = &[
    ("FROM", from),
    ("RUN", |args| one(text_or_list("run", args))),
    ("CMD", |args| one(program("cmd", args))),
    ("ENTRYPOINT", |args| one(program("entrypoint", args))),
    ("LABEL", |args| for_pairs("label", args)),
    ("ENV", |args| for_pairs("env", args)),
    ("MAINTAINER", |args| {
        one(format!("label \"org.opencontainers.image.authors\" {}", quoted(args.rest)))
    }),
    ("EXPOSE", |args| one(format!("expose {}", all(args)))),
    ("VOLUME", |args| one(format!("volumes {}", all(args)))),
    ("USER", |args| one(command("user", args.rest))),
    ("WORKDIR", |args| one(command("dir", args.rest.trim_matches(['"', '\''])))),
    ("STOPSIGNAL", |args| one(command("stopSignal", args.rest))),
    ("COPY", copy),
    ("ADD", add),
    ("ARG", arg),
    ("ONBUILD", |_| {
        Meant::Nothing(
            "write a function that others call: an image has no triggers of its own here",
        )
    }),
    ("HEALTHCHECK", |_| Meant::Nothing("remove it: an image has no health check of its own here")),
    ("SHELL", |_| {
        Meant::Nothing("name the shell in each command, as in `run \"/bin/bash\" \"-c\" \"…\"`")
    }),
];

/// The flags before the arguments, and the rest.
fn flags(rest: &str) -> (Vec<Flag>, &str) {
    let mut flags = Vec::new();
    let mut rest = rest;
    while rest.starts_with("--") {
        let (flag, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        flags.extend(Flag::parse(flag));
        rest = after.trim_start();
    }
    (flags, rest)
}

fn one(stmt: String) -> Meant {
    Meant::Statements(vec![stmt])
}

fn all(args: &Args<'_>) -> String {
    strings(args.words.iter().map(String::as_str))
}

/// A line for a shell, or a list of words.
fn text_or_list(callee: &str, args: &Args<'_>) -> String {
    match is_list(args.rest) {
        true => format!("{callee} {}", all(args)),
        false => command(callee, args.rest),
    }
}

/// What a container runs, which takes words only.
fn program(callee: &str, args: &Args<'_>) -> String {
    match is_list(args.rest) {
        true => format!("{callee} {}", all(args)),
        false => format!("{callee} \"/bin/sh\" \"-c\" {}", quoted(args.rest)),
    }
}

fn for_pairs(callee: &str, args: &Args<'_>) -> Meant {
    let stmt =
        |(key, value): &(String, String)| format!("{callee} {} {}", quoted(key), quoted(value));
    match pairs(&args.words).as_slice() {
        [] => one(format!("{callee} \"…\" \"…\"")),
        pairs => Meant::Statements(pairs.iter().map(stmt).collect()),
    }
}

fn from(args: &Args<'_>) -> Meant {
    let image = args.words.first().map_or("", String::as_str);
    let source = if image == "scratch" { "scratch".to_owned() } else { command("image", image) };
    let is_as = args.words.get(1).is_some_and(|word| word.eq_ignore_ascii_case("as"));
    let name = args.words.get(2).filter(|name| is_as && is_name(name));
    match (args.place, name) {
        (Place::Block, None) => one(source),
        (_, name) => {
            let name = name.map_or("default", String::as_str);
            Meant::Declaration(format!(
                "write a function for each stage: `fs {name}() {{ {source} }}`"
            ))
        }
    }
}

fn copy(args: &Args<'_>) -> Meant {
    let input = args.input();
    match args.words.split_last() {
        Some((dst, sources)) if !sources.is_empty() => {
            let stmt = |src: &String| format!("copy {input} {} {}", quoted(src), quoted(dst));
            Meant::Statements(sources.iter().map(stmt).collect())
        }
        _ => one(format!("copy {input} \"…\" \"…\"")),
    }
}

fn add(args: &Args<'_>) -> Meant {
    let [src, dst] = args.words.as_slice() else { return copy(args) };
    let is_web = ["http://", "https://"].iter().any(|scheme| src.starts_with(scheme));
    let is_git = src.starts_with("git@") || src.contains(".git#") || src.ends_with(".git");
    if is_git {
        let (url, reference) = src.split_once('#').unwrap_or((src, ""));
        return one(format!(
            "copy git({}, {}) \".\" {}",
            quoted(url),
            quoted(reference),
            quoted(dst)
        ));
    }
    match is_web {
        true => {
            let file = src.rsplit('/').next().unwrap_or_default();
            one(format!("copy http({}) {} {}", quoted(src), quoted(file), quoted(dst)))
        }
        false => copy(args),
    }
}

fn arg(args: &Args<'_>) -> Meant {
    let params = args.words.iter().map(|word| match word.split_once('=') {
        Some((name, default)) => format!("string {name} = {}", quoted(default)),
        None => format!("string {word}"),
    });
    let params = params.collect::<Vec<_>>().join(", ");
    Meant::Declaration(format!("give the function that needs it the parameter `{params}`"))
}
