//! How a help repeats a text of the program.

/// Longest text of a program that a help repeats, in bytes.
pub(crate) const MAX_SHOWN: usize = 60;

/// A text as a string in double quotes; `"…"` if it is too long to be repeated.
pub fn quoted(text: &str) -> String {
    // A help has its own code in backticks.
    if text.len() > MAX_SHOWN || text.contains(|it: char| it.is_control() || it == '`') {
        return "\"…\"".to_owned();
    }
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    format!("\"{text}\"")
}

/// A call with a text for a shell, such as `run "make"`.
pub fn command(callee: &str, text: &str) -> String {
    format!("{callee} {}", quoted(text))
}

/// Strings with spaces between them; of many, one that stands for all.
pub(super) fn strings<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> String {
    if texts.len() > MAX_LISTED {
        return "\"…\"".to_owned();
    }
    let quoted: Vec<String> = texts.map(quoted).collect();
    quoted.join(" ")
}

/// Statements on one line; of many, the first.
pub(super) fn statements(stmts: &[String]) -> String {
    match stmts.get(MAX_LISTED..) {
        None | Some([]) => stmts.join("; "),
        Some(_) => format!("{}; …", stmts.get(..MAX_LISTED).unwrap_or_default().join("; ")),
    }
}

/// Most parts of a line that a help repeats.
const MAX_LISTED: usize = 6;
