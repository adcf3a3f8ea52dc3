use std::collections::HashSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::StringForm;

use super::linted::{In, Linted};
use super::rule::{Find, Rule};
use crate::builtin::Meaning;
use crate::program::{StringExpr, StringPart};

/// A `$` before the name of a parameter, which is text: only `${…}` takes its value.
pub static UNEXPANDED_NAME: Code = Code::warning("HLB0552", "unexpanded-name");

pub(super) static RULE: Rule =
    Rule { codes: &[&UNEXPANDED_NAME], across_modules: &[], find: Find::InModule(lint) };

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // A shell has variables of its own.
    let args = linted.calls.iter().flat_map(|call| call.it.args_with_meaning());
    let is_command = |it| matches!(it, Meaning::Command | Meaning::ContainerCommand);
    let commands = args.filter(|(meaning, _)| is_command(*meaning));
    let commands: HashSet<Span> = commands.map(|(_, arg)| arg.span()).collect();
    let is_same = |a: &In<'_, _>, b: &In<'_, _>| a.function_span() == b.function_span();
    for strings in linted.strings.chunk_by(is_same) {
        let function = strings.first().and_then(|string| string.function);
        let params = function.iter().flat_map(|function| &function.params);
        let params: HashSet<&str> = params.map(|param| param.name.text()).collect();
        let strings = strings.iter().map(|string| string.it);
        let strings = strings.filter(|it| takes_values(it.form) && !commands.contains(&it.span));
        found.extend(strings.filter_map(|string| unexpanded(linted, &params, string)));
    }
}

fn takes_values(form: StringForm) -> bool {
    match form {
        StringForm::Quoted => true,
        StringForm::Raw => false,
        StringForm::Heredoc { raw, .. } => !raw,
    }
}

fn unexpanded(
    linted: &Linted<'_>,
    params: &HashSet<&str>,
    string: &StringExpr,
) -> Option<Diagnostic> {
    let texts = string.parts.iter().filter_map(|part| match part {
        StringPart::Text { span, .. } => Some(*span),
        StringPart::Interpolation { .. } => None,
    });
    let named = texts.flat_map(|span| {
        let text = linted.text(span);
        variables(text).map(move |(at, name)| {
            let start = span.start + at as u32;
            (Span { start, end: start + 1 + name.len() as u32, ..span }, name)
        })
    });
    let (span, name) = named.into_iter().find(|(_, name)| params.contains(name))?;
    let message = format!("`${name}` is text: it does not take the value of the parameter");
    let before = Span { end: span.start, ..string.span };
    let lint = match linted.text(before).contains('\n') {
        // A comment to allow it does not fit into the literal, so it is about all of it.
        true => UNEXPANDED_NAME.at(string.span, message).label(span, "here"),
        false => UNEXPANDED_NAME.at(span, message),
    };
    Some(lint.help(format!("write `${{{name}}}` for its value, or `\\${name}` for the text")))
}

/// The `$NAME`s of a text as it is written, with their offsets; an escaped `$` begins none.
fn variables(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('$').filter_map(|(at, _)| {
        let escaped = text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        let rest = &text[at + 1..];
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let name = &rest[..rest.find(|it| !is_word(it)).unwrap_or(rest.len())];
        (!escaped && !name.is_empty()).then_some((at, name))
    })
}
