//! The reference pages, which are printed from tables: `docs/builtins.md`, `docs/options.md`,
//! `docs/tool-caches.md` and `docs/compatibility.md`.
//!
//! `UPDATE_EXPECT=1 cargo test -p hlb-frontend --test reference` prints them anew.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod checklist;
mod compatibility;
mod tools;

use std::fs;
use std::path::Path;

use hlb_eval::registry;
use hlb_frontend::reference::{Entry, entries};
use hlb_gateway::options::{Key, ROWS, Row};
use hlb_program::builtin::Signature;

/// Holds what follows a line of a page to what is printed; what stands above is written by hand.
fn hold(page: &str, head: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let text = fs::read_to_string(&path).expect("the page");
    let (above, rest) = text.split_once(head).expect("a page with this line");
    match rest == printed {
        true => {}
        false if update() => fs::write(&path, format!("{above}{head}{printed}")).expect("written"),
        false => {
            let command = "UPDATE_EXPECT=1 cargo test -p hlb-frontend --test reference";
            panic!("docs/{page} is not what its table says; to print it anew: {command}")
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the switch that rewrites it is the environment's")]
fn update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

#[test]
fn the_page_of_options_lists_each() {
    let printed: String = ROWS.iter().map(option).collect();
    hold("options.md", "| option | value | meaning |\n| --- | --- | --- |\n", &printed);
}

#[test]
fn the_page_of_tools_has_each() {
    let head = "The rest of this page is printed from the table of the frontend.\n";
    hold("tool-caches.md", head, &tools::printed());
}

fn option(row: &Row) -> String {
    let key = match row.key {
        Key::Exact(key) => format!("`{key}`"),
        Key::Prefix(prefix) => format!("`{prefix}`*NAME*"),
    };
    format!("| {key} | {} | {} |\n", row.value, row.doc)
}

#[test]
fn the_page_of_builtins_has_each() {
    let entries = entries();
    let mut printed = contents(&entries);
    for entry in &entries {
        printed += &section(entry);
    }
    hold("builtins.md", "## All builtins\n", &printed);
}

#[test]
fn what_is_said_reads_like_a_reference() {
    let mut wrong = Vec::new();
    for signature in registry().builtins.iter() {
        let is_sentence = signature.doc.starts_with(char::is_uppercase)
            && signature.doc.ends_with('.')
            && signature.doc.split(' ').count() > 3;
        let params = signature.params.iter().map(|it| it.doc);
        let all = params.chain(signature.effects.iter().map(|it| it.doc));
        let is_phrase = |doc: &str| {
            doc.contains(' ') && !doc.starts_with(char::is_uppercase) && !doc.ends_with('.')
        };
        if !is_sentence || !{ all }.all(is_phrase) {
            wrong.push(signature.to_string());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_builtin_is_printed_once() {
    let entries = entries();
    let mut printed: Vec<String> = Vec::new();
    for entry in &entries {
        printed.push(entry.signature().to_string());
        options(entry, &mut |path, _| printed.push(path.last().expect("it").to_string()));
    }
    printed.sort_unstable();
    let mut all: Vec<String> = registry().builtins.iter().map(ToString::to_string).collect();
    all.sort_unstable();
    assert_eq!(printed, all);
}

/// A line for each builtin, with the first sentence of what is said of it.
fn contents(entries: &[Entry]) -> String {
    let mut text = "\n| builtin | kind | what it does |\n| --- | --- | --- |\n".to_owned();
    for signature in entries.iter().map(Entry::signature) {
        let (name, doc) = (signature.name, signature.doc);
        let (summary, _) = doc.split_once(". ").unwrap_or((doc.trim_end_matches('.'), ""));
        let anchor = name.to_lowercase();
        text += &format!("| [`{name}`](#{anchor}) | `{}` | {summary}. |\n", signature.kind);
    }
    text
}

fn section(entry: &Entry) -> String {
    let signature = entry.signature();
    let mut text =
        format!("\n### {}\n\n```text\n{signature}\n```\n\n{}\n", signature.name, signature.doc);
    let params = signature.params.iter().map(|it| ("argument", it.name, it.doc));
    let effects = signature.effects.iter().map(|it| ("`as`", it.name, it.doc));
    let mut above = "";
    for (head, name, doc) in params.chain(effects) {
        if head != above {
            text += &format!("\n| {head} | what it is |\n| --- | --- |\n");
            above = head;
        }
        text += &format!("| `{name}` | {} |\n", cell(doc));
    }
    let equivalent = signature.equivalent().map(|it| format!("In a Dockerfile: {it}.\n"));
    let needs = entry.needs().map(|it| format!("Needs {it}.\n"));
    let lack = (!entry.is_supported()).then(|| "Not supported yet.\n".to_owned());
    let lines: Vec<String> = equivalent.into_iter().chain(needs).chain(lack).collect();
    if !lines.is_empty() {
        text += &format!("\n{}", lines.concat());
    }
    let mut rows = String::new();
    options(entry, &mut |path, option| rows += &row(path, option));
    if !rows.is_empty() {
        text +=
            "\n| option | what it does | in a Dockerfile | needs |\n| --- | --- | --- | --- |\n";
        text += &rows;
    }
    text
}

/// An option, after those that it is an option of.
fn row(path: &[&'static Signature], option: &Entry) -> String {
    let (signature, above) = path.split_last().expect("an option");
    let mut name: String = above.iter().map(|it| format!("`{}` with ", it.name)).collect();
    let call = signature.to_string();
    let call = call.strip_prefix(&format!("{} ", signature.kind)).expect("its kind");
    name += &format!("`{}`", call.trim_end_matches("()"));
    let mut doc = signature.doc.to_owned();
    let params = signature.params.iter().map(|it| (it.name, it.doc));
    for (name, about) in params.chain(signature.effects.iter().map(|it| (it.name, it.doc))) {
        doc += &format!(" `{name}`: {about}.");
    }
    if !option.is_supported() {
        doc += " Not supported yet.";
    }
    let equivalent = signature.equivalent().unwrap_or_default();
    let needs = option.needs().unwrap_or_default();
    let cells = [&name, &doc, &*equivalent, &needs].map(cell);
    format!("| {} |\n", cells.join(" | ")).replace("|  |", "| |").replace("|  |", "| |")
}

/// A bar in a cell would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Visits all options of a builtin, those of an option after it.
fn options(entry: &Entry, visit: &mut impl FnMut(&[&'static Signature], &Entry)) {
    options_below(entry, &mut Vec::new(), visit);
}

fn options_below(
    entry: &Entry,
    path: &mut Vec<&'static Signature>,
    visit: &mut impl FnMut(&[&'static Signature], &Entry),
) {
    for option in &entry.options {
        path.push(option.signature());
        visit(path, option);
        options_below(option, path, visit);
        path.pop();
    }
}
