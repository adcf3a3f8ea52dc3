//! Forms that the language keeps for old programs (language spec, section 7.2).

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::tree::{Name, Param};

use super::Linted;
use crate::check::resolve::{PARALLEL, Resolved};

/// `group`, the former name of the kind `pipeline`.
pub static DEPRECATED_KIND: Code = Code::warning("HLB0501", "deprecated-kind");

/// `parallel`, the former name of `stage`.
pub static DEPRECATED_CALL: Code = Code::warning("HLB0502", "deprecated-call");

/// An import without `from`.
pub static DEPRECATED_IMPORT: Code = Code::warning("HLB0503", "deprecated-import");

pub(super) fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for import in linted.scope.imports.iter().filter(|import| import.from.is_none()) {
        let name = &import.name;
        let message = format!("import `{name}`: a path without `from` is deprecated");
        let path = import.source.span();
        let lint = DEPRECATED_IMPORT.at(path, message);
        let help = match linted.scope.module.tree.text.get(path.range()) {
            Some(path) if !path.contains('\n') => format!("write `import {name} from {path}`"),
            _ => format!("write `import {name} from` before the path"),
        };
        found.push(lint.help(help));
    }
    for function in &linted.scope.functions {
        let effects = function.decl.effects.iter().flat_map(|effects| &effects.params);
        let params = function.decl.params.params.iter().chain(effects);
        let kinds = std::iter::once(&function.decl.kind).chain(params.map(|it: &Param| &it.kind));
        found.extend(kinds.filter_map(deprecated_kind));
    }
    for walked in &linted.walked {
        found.extend(walked.kinds.iter().copied().filter_map(deprecated_kind));
        for it in &walked.uses {
            let is_stage = matches!(it.resolved, Resolved::Builtin(_));
            if is_stage && it.path.first.text() == PARALLEL {
                let lint = DEPRECATED_CALL.at(it.path.span, "`parallel` is deprecated");
                found.push(lint.help("write `stage`"));
            }
        }
    }
}

fn deprecated_kind(kind: &Name) -> Option<Diagnostic> {
    let lint = || DEPRECATED_KIND.at(kind.span, "kind `group` is deprecated");
    (kind.text() == "group").then(|| lint().help("write `pipeline`"))
}
