//! The rules: each has its code, message, labels and help; the logic that finds it calls it.

pub(super) mod argument_order;
pub(super) mod arity;
pub(super) mod bind;
pub(super) mod declaration;
pub(super) mod dotted;
pub(super) mod export;
pub(super) mod kind_mismatch;
pub(super) mod literal;
pub(super) mod recursion;
pub(super) mod resolve_error;
pub(super) mod signature;
pub(super) mod unknown_kind;
pub(super) mod unknown_name;
pub(super) mod unquoted;

use hlb_syntax::diagnostic::Code;

use crate::builtin::INVALID_ARGUMENT;

/// Every error that checking finds.
pub static CODES: &[&Code] = &[
    &declaration::REDEFINITION,
    &declaration::RESERVED_NAME,
    &unknown_kind::UNKNOWN_KIND,
    &signature::DUPLICATE_PARAMETER,
    &signature::MISPLACED_VARIADIC,
    &signature::MISPLACED_DEFAULT,
    &recursion::RECURSION,
    &kind_mismatch::KIND_MISMATCH,
    &arity::WRONG_ARITY,
    &argument_order::ARGUMENT_ORDER,
    &unquoted::UNQUOTED_WORDS,
    &bind::BIND_WITHOUT_NAME,
    &bind::BIND_WITHOUT_CLOSURE,
    &bind::BIND_WITHOUT_EFFECT,
    &bind::UNKNOWN_EFFECT,
    &unknown_name::UNKNOWN_NAME,
    &dotted::CALLED_IMPORT,
    &dotted::NOT_AN_IMPORT,
    &dotted::UNEXPORTED_MEMBER,
    &dotted::UNKNOWN_MEMBER,
    &export::EXPORTED_BUILTIN,
    &INVALID_ARGUMENT,
];
