//! The words of a line as a shell or a Dockerfile divides it.

use std::borrow::Cow;

/// The text from its start to the end of the line, and of those that a backslash at the end joins to it. Comments between
/// them do not end it.
pub fn logical_line(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let is_comment = end > 0 && line.trim_start().starts_with('#');
        if !is_comment && !line.trim_end().ends_with('\\') {
            end += line.len();
            break;
        }
        end += line.len();
    }
    text.get(..end).unwrap_or(text).trim_end()
}

/// The start of a text, of at most `max` bytes.
pub fn start_of(text: &str, max: usize) -> &str {
    let ends = (0..=max.min(text.len())).rev();
    ends.filter_map(|end| text.get(..end)).next().unwrap_or_default()
}

/// A logical line as one line: what joins its lines is a space.
pub(super) fn joined(line: &str) -> Cow<'_, str> {
    if !line.contains('\n') {
        return Cow::Borrowed(line);
    }
    let lines = line.lines().map(|line| line.trim_end().trim_end_matches('\\').trim());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Cow::Owned(lines.collect::<Vec<_>>().join(" "))
}

/// The words of a line, without their quotes; a JSON list gives its elements.
pub(super) fn words(line: &str) -> Vec<String> {
    let list = line.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    let separates = |it: char| it.is_whitespace() || list.is_some() && it == ',';
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for it in list.unwrap_or(line).chars() {
        match quote {
            Some(open) if open == it => quote = None,
            None if matches!(it, '"' | '\'') => {
                quote = Some(it);
                word.get_or_insert_default();
            }
            None if separates(it) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    words
}

/// Whether an instruction has its arguments as a JSON list.
pub(super) fn is_list(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

/// The `KEY=VALUE` pairs of some words; the older `KEY VALUE…` is one.
pub(super) fn pairs(words: &[String]) -> Vec<(String, String)> {
    let pair = |word: &String| word.split_once('=').map(|(key, value)| (key.into(), value.into()));
    match words.iter().map(pair).collect() {
        Some(pairs) => pairs,
        None => match words.split_first() {
            Some((key, value)) if !value.is_empty() => vec![(key.clone(), value.join(" "))],
            _ => Vec::new(),
        },
    }
}
