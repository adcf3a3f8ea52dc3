//! Forms that the language keeps for old programs (language spec, section 7.2).

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::program::PARALLEL;

/// `group`, the former name of the kind `pipeline`.
pub static DEPRECATED_KIND: Code = Code::warning("HLB0501", "deprecated-kind");

/// `parallel`, the former name of `stage`.
pub static DEPRECATED_CALL: Code = Code::warning("HLB0502", "deprecated-call");

/// An import without `from`.
pub static DEPRECATED_IMPORT: Code = Code::warning("HLB0503", "deprecated-import");

pub(super) static RULE: Rule = Rule {
    codes: &[&DEPRECATED_KIND, &DEPRECATED_CALL, &DEPRECATED_IMPORT],
    across_modules: &[],
    find: Find::InModule(lint),
};

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    let imports = linted.module.imports().map(|id| linted.program.import(id));
    for import in imports.filter(|import| import.is_deprecated) {
        let name = &import.name;
        let message = format!("import `{name}`: a path without `from` is deprecated");
        let path = import.source.span();
        let lint = DEPRECATED_IMPORT.at(path, message);
        let help = match linted.text(path) {
            text if text.contains('\n') => format!("write `import {name} from` before the path"),
            text => format!("write `import {name} from {text}`"),
        };
        found.push(lint.help(help));
    }
    for function in linted.functions() {
        let params = function.params.iter().chain(&function.effects);
        let kinds = std::iter::once(function.kind_span).chain(params.map(|it| it.kind_span));
        found.extend(kinds.filter_map(|kind| deprecated_kind(linted.text(kind), kind)));
    }
    let written = linted.kinds.iter();
    found.extend(written.filter_map(|kind| deprecated_kind(kind.text(), kind.span)));
    for call in &linted.calls {
        if call.it.signature().is_some() && call.it.path.first.text() == PARALLEL {
            let lint = DEPRECATED_CALL.at(call.it.path.span, "`parallel` is deprecated");
            found.push(lint.help("write `stage`"));
        }
    }
}

fn deprecated_kind(text: &str, span: Span) -> Option<Diagnostic> {
    let lint = || DEPRECATED_KIND.at(span, "kind `group` is deprecated");
    (text == "group").then(|| lint().help("write `pipeline`"))
}
