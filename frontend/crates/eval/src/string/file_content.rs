use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::Part;

use crate::evaluator::UNAVAILABLE;
use crate::fs::{check_file, taken};
use crate::{Absence, Answer, Builtin, Call, Cx, FileContent, Lower, MAX_CONTENT_BYTES};

pub(super) static ROWS: &[&Builtin] = &[&FILE_CONTENT];

static FILE_CONTENT: Builtin = Builtin::extension(
    Signature::new(
        Kind::String,
        "fileContent",
        const {
            &[
                Param::new(
                    "input",
                    Kind::Fs,
                    "the filesystem; it is built before what needs the text",
                ),
                Param::new(
                    "path",
                    Kind::String,
                    "the file; relative to the working directory of `input`",
                )
                .checked_by(check_file),
            ]
        },
        "The content of a file that the build makes: UTF-8 text of at most 64 KiB, without the \
         line ending at its end.",
    ),
    Lower::String(lower),
);

/// A file that a program makes a value of and that holds no text for one.
pub static NO_CONTENT: Code = Code::error("HLB0346", "no-content");

fn lower(cx: &mut Cx<'_>, call: &Call) -> Result<String, Diagnostic> {
    let Some(input) = call.fs("input") else { return Ok(String::new()) };
    let path = input.path(call.string("path"));
    check_file(&path, &call.site("path"))?;
    let part = Part::of(&path);
    let input = &input.with_state(taken(cx, &input.state, &part, call.span_of("path"))?);
    let problem = match cx.file(input, &path, call.span_of("input")) {
        Answer::Pending => return Ok(String::new()),
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            return Err(UNAVAILABLE.at(call.name_span, format!("`fileContent`: {problem}")));
        }
        Answer::Ready(FileContent::Text(text)) => {
            return Ok(without_line_end(&text).to_owned());
        }
        Answer::Ready(FileContent::Missing) => "is not in the filesystem".to_owned(),
        Answer::Ready(FileContent::NotAFile) => "is not a regular file".to_owned(),
        Answer::Ready(FileContent::TooLarge) => {
            format!("is larger than {} KiB", MAX_CONTENT_BYTES >> 10)
        }
        Answer::Ready(FileContent::NotText) => "is not UTF-8".to_owned(),
    };
    Err(NO_CONTENT.at(call.span_of("path"), format!("file `{path}` {problem}")))
}

/// The text without the line ending at its end, of which commands and editors write one that nobody means.
fn without_line_end(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::without_line_end;

    #[test]
    fn one_line_ending_is_cut() {
        for (text, cut) in
            [("a\n", "a"), ("a\n\n", "a\n"), ("a\r\n", "a"), ("a\r", "a\r"), ("\n", ""), ("a", "a")]
        {
            assert_eq!(without_line_end(text), cut);
        }
    }
}
