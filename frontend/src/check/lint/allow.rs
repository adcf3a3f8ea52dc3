use crate::diagnostic::Diagnostic;
use crate::syntax::{TokenKind, Tree};

/// Whether a comment on the line before a finding silences it.
pub(super) fn is_allowed(tree: &Tree, found: &Diagnostic) -> bool {
    let code = found.code;
    let comment = found.span.and_then(|span| comment_before(tree, span.start));
    let allowed = comment.and_then(allowed_by);
    allowed.is_some_and(|mut allowed| allowed.any(|it| it == code.id || it == code.name))
}

/// The codes and names that a comment allows.
fn allowed_by(comment: &str) -> Option<impl Iterator<Item = &str>> {
    let directive = comment.strip_prefix('#')?.trim().strip_prefix("hlb:")?.trim_start();
    let list = directive.strip_prefix("allow(")?.strip_suffix(')')?;
    Some(list.split(',').map(str::trim))
}

/// The comment that the line before the one of an offset consists of.
fn comment_before(tree: &Tree, offset: u32) -> Option<&str> {
    let before = tree.text.get(..offset as usize)?;
    let previous = &before[..before.rfind('\n')?];
    let line = &previous[previous.rfind('\n').map_or(0, |at| at + 1)..];
    let start = (previous.len() - line.trim_start().len()) as u32;
    let token = tree.tokens.get(tree.tokens.at_or_after(start))?;
    let is_comment = token.kind == TokenKind::Comment && token.span.start == start;
    is_comment.then_some(line.trim())
}
