use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::tree::Name;

/// An `export` of a builtin.
pub static EXPORTED_BUILTIN: Code = Code::error("HLB0206", "exported-builtin");

pub(in crate::check) fn exported_builtin(name: &Name) -> Diagnostic {
    EXPORTED_BUILTIN
        .at(name.span, format!("export `{name}`: a builtin can't be exported"))
        .help("remove the `export`; a builtin is in scope in every module")
}
