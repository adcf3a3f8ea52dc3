//! How other languages declare something.

use super::flag::is_name;
use super::shown::quoted;

/// The help for a line that declares something in another language; `None` for any other.
pub fn declaration(line: &str) -> Option<String> {
    let word = line.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').next()?;
    let (_, kind) = WORDS.iter().find(|(known, _)| *known == word)?;
    let rest = line.get(word.len()..)?.trim_start();
    if word == "from" && !rest.contains(" import ") {
        return None;
    }
    // Without quotes it is the deprecated name of a kind.
    if word == "group" && !rest.starts_with(['"', '\'']) {
        return None;
    }
    Some(match kind {
        Declared::Function => {
            let rest = rest.strip_prefix("function").unwrap_or(rest).trim_start();
            let name = rest.split(|it: char| !is_word(it)).next().unwrap_or_default();
            let name = if is_name(name) { name } else { "NAME" };
            format!("write the kind of its result first: `fs {name}() {{ … }}`")
        }
        Declared::Variable => {
            let name = label(rest).unwrap_or("NAME");
            let value =
                rest.split_once('=').map_or("", |(_, value)| value.trim().trim_end_matches(';'));
            let value = value.trim_matches(['"', '\'', '`']);
            let is_plain = !value.is_empty() && !value.contains(['(', '{', '[', '"', '\'', '>']);
            let value = if is_plain { value } else { "…" };
            format!(
                "declare a function that returns the value, `string {name}() {{ {} }}`, or give a function a parameter",
                quoted(value)
            )
        }
        Declared::Parameter => {
            let name = label(rest).unwrap_or("NAME");
            format!("give the function that needs it the parameter `string {name} = \"…\"`")
        }
        Declared::Target => {
            let name = label(rest).unwrap_or("NAME");
            format!("write a function: `fs {name}() {{ … }}`")
        }
        Declared::Group => {
            let name = label(rest).unwrap_or("NAME");
            format!("write a function: `pipeline {name}() {{ stage … }}`")
        }
        Declared::Import => "write `import NAME from \"./FILE.hlb\"`".to_owned(),
        Declared::Nothing => "remove it: a file has imports, exports and functions".to_owned(),
    })
}

/// What a word declares.
#[derive(Clone, Copy)]
enum Declared {
    Function,
    Variable,
    /// A variable that whoever builds may set.
    Parameter,
    Target,
    Group,
    Import,
    /// What has no counterpart.
    Nothing,
}

static WORDS: &[(&str, Declared)] = &[
    // Starlark, Python, Ruby.
    ("def", Declared::Function),
    ("class", Declared::Nothing),
    ("load", Declared::Import),
    ("from", Declared::Import),
    // Go, Rust, JavaScript and others.
    ("func", Declared::Function),
    ("fn", Declared::Function),
    ("function", Declared::Function),
    ("async", Declared::Function),
    ("package", Declared::Nothing),
    ("type", Declared::Nothing),
    ("interface", Declared::Nothing),
    ("use", Declared::Import),
    ("require", Declared::Import),
    ("const", Declared::Variable),
    ("let", Declared::Variable),
    ("var", Declared::Variable),
    ("val", Declared::Variable),
    ("final", Declared::Variable),
    // HCL, as in a bake file.
    ("variable", Declared::Parameter),
    ("target", Declared::Target),
    ("group", Declared::Group),
    ("locals", Declared::Variable),
    ("resource", Declared::Nothing),
    ("module", Declared::Import),
];

fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

/// The name at the start of a text, perhaps in quotes.
fn label(rest: &str) -> Option<&str> {
    let text = rest.trim_start_matches(['"', '\'']);
    let name = text.split(|it: char| !is_word(it)).next()?;
    Some(name).filter(|name| is_name(name))
}
