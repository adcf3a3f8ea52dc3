use std::borrow::Cow;

use super::tree::Indent;

/// What a heredoc stands for, given its parts joined, interpolated values included (language spec, section 1.7.3).
///
/// Line feeds before the text and line feeds and tabs after it are no part of it; spaces after it are.
pub fn heredoc_value(indent: Indent, joined: &str) -> String {
    let text = joined.trim_start_matches('\n').trim_end_matches(['\n', '\t']);
    match indent {
        Indent::Literal => text.to_owned(),
        Indent::Dedent => dedent(text),
        Indent::Fold => fold(text),
    }
}

/// Removes the white space that all lines begin with which hold anything else; lines that don't become empty.
///
/// As version 1.1.0 of the Go module `lithammer/dedent`, `Dedent`: of two lines of which neither's white space
/// begins with the other's, nothing is removed, although they may share a part of it.
fn dedent(text: &str) -> String {
    let is_space = |it: char| it == ' ' || it == '\t';
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| if line.trim_start_matches(is_space).is_empty() { "" } else { line })
        .collect();
    let mut margin: Option<&str> = None;
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let indent = &line[..line.len() - line.trim_start_matches(is_space).len()];
        margin = match margin {
            Some(margin) if indent.starts_with(margin) => Some(margin),
            Some(margin) if !margin.starts_with(indent) => Some(""),
            _ => Some(indent),
        };
        if margin == Some("") {
            break;
        }
    }
    let margin = margin.unwrap_or_default();
    let dedented: Vec<&str> =
        lines.iter().map(|line| line.strip_prefix(margin).unwrap_or(line)).collect();
    dedented.join("\n")
}

/// Joins the lines with a space, each without the white space around it.
fn fold(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.trim().split('\n').map(|line| line.trim().into()).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_keeps_all_but_the_edges() {
        assert_eq!(heredoc_value(Indent::Literal, "\n\n\t\ta\n  b \n\t\n\t"), "\t\ta\n  b ");
        assert_eq!(heredoc_value(Indent::Literal, "\n    x\n  "), "    x\n  ");
    }

    #[test]
    fn dedent_removes_what_all_lines_share() {
        let dedent = |text| heredoc_value(Indent::Dedent, text);
        assert_eq!(dedent("\n\t\tone\n\t\t  two\n\n\t\tsix\n\t"), "one\n  two\n\nsix");
        assert_eq!(dedent("\ta\n   \t \n\t\tb"), "a\n\n\tb");
        assert_eq!(dedent("\ta\n    b"), "\ta\n    b");
        assert_eq!(dedent("\t a\n\t\tb"), "\t a\n\t\tb");
        assert_eq!(dedent("  "), "");
        assert_eq!(dedent(""), "");
    }

    #[test]
    fn fold_makes_one_line() {
        let fold = |text| heredoc_value(Indent::Fold, text);
        assert_eq!(fold("\n\t\tapk add\n\n\t\t  curl\n\t"), "apk add  curl");
        assert_eq!(fold(" \n \n"), "");
    }
}
