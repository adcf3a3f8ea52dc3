use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::foreign::{command, quoted};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Path;

/// Words that nothing declares, where strings are wanted.
pub static UNQUOTED_WORDS: Code = Code::error("HLB0153", "unquoted-words");

/// All arguments of a call that takes a line for a shell.
pub(in crate::check) fn unquoted_command(path: &Path, span: Span, line: &str) -> Diagnostic {
    let found = UNQUOTED_WORDS.at(span, format!("call of `{path}`: command without quotes"));
    found.help(format!("write `{}`", command(&path.to_string(), line)))
}

/// Several arguments, from the first to the last of those without quotes; `args` are all of them.
pub(in crate::check) fn unquoted_words(path: &Path, span: Span, args: &[Arg<'_>]) -> Diagnostic {
    let found = UNQUOTED_WORDS.at(span, format!("call of `{path}`: words without quotes"));
    if args.len() > MAX_ARGS {
        return found.help("write each of them as a string in double quotes");
    }
    let args = args.iter().map(|arg| match arg {
        Arg::Bare(text) => quoted(text),
        Arg::Other(text) => (*text).to_owned(),
    });
    found.help(format!("write `{path} {}`", args.collect::<Vec<_>>().join(" ")))
}

/// An argument as it is written.
pub(in crate::check) enum Arg<'t> {
    Bare(&'t str),
    Other(&'t str),
}

/// Most arguments that the help repeats.
const MAX_ARGS: usize = 12;
