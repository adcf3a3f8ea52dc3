use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Name;

use crate::builtin::Signature;

/// A name that a module declares more than once, as a function, import or alias.
pub static REDEFINITION: Code = Code::error("HLB0121", "redefinition");

/// A declaration with the name of one of the language's builtins.
pub static RESERVED_NAME: Code = Code::error("HLB0122", "reserved-name");

/// `first` is the name in the declaration that counts.
pub(in crate::check) fn redefinition(name: &Name, first: Span) -> Diagnostic {
    REDEFINITION
        .at(name.span, format!("`{name}` is declared more than once"))
        .label(first, "first declared here")
}

pub(in crate::check) fn reserved_name(name: &Name, builtin: &Signature) -> Diagnostic {
    RESERVED_NAME
        .at(name.span, format!("`{name}` is the name of a builtin of kind `{}`", builtin.kind))
        .help("choose another name")
}
