//! Paths of a command's environment, in which nothing is expanded: neither `~` nor `$NAME`, as a shell and a Dockerfile do.

use hlb_program::builtin::ArgSite;
use hlb_syntax::diagnostic::Diagnostic;

/// Refuses a path that a shell would expand.
pub fn check(path: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let refused = |what: &str, help: &str| {
        Err(site.invalid(format!("nothing expands `{what}` in the path `{path}`")).help(help))
    };
    if path == "~" || path.starts_with("~/") {
        return refused("~", "write the home directory itself, such as `/root`");
    }
    match variable(path) {
        Some(name) => refused(name, "write the path itself, or `${…}` with a parameter"),
        None => Ok(()),
    }
}

/// The first variable of a shell in a text, without its braces' content beyond the name.
fn variable(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let name = rest.strip_prefix('{').unwrap_or(rest);
        name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_').then_some(())?;
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let len = name.find(|it| !is_word(it)).unwrap_or(name.len());
        let braces = rest.len() - name.len();
        let end = at + 1 + braces + len;
        let end = if text.get(end..)?.starts_with('}') && braces > 0 { end + 1 } else { end };
        text.get(at..end)
    })
}
