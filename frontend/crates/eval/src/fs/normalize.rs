//! Modes of files that do not depend on the machine of who builds.

use hlb_program::builtin::{Kind, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{FileAction, FileCopy, Metadata, State};

use crate::own_program::OWN_PROGRAM_HELP;
use crate::{Absence, Answer, Builtin, Call, Cx, Lower};

pub(super) static NORMALIZE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("local"),
        "normalize",
        &[],
        "Gives the files the modes that they have in a checkout with a umask of 022: `0o755` for directories and what \
         its owner may execute, `0o644` for other files. What comes after is taken from the cache by these and by the \
         content, so two machines with other umasks share it.",
    ),
    Lower::Option,
)
.in_dockerfile("`COPY --chmod=u=rwX,go=rX`");

/// Files whose modes can't be changed, in a build that does not say which image this program is of.
pub static NOT_NORMALIZED: Code = Code::error("HLB0359", "not-normalized");

/// Files whose modes a step of this program itself is to change.
#[derive(Clone, Debug)]
pub struct Normalized {
    pub of: State,
    /// Of the step.
    pub metadata: Metadata,
}

/// A filesystem as its option has it.
///
/// Of two checkouts with other modes the step runs for each, and what it makes is the same. A copy of that is known by its
/// content, and so is whatever comes after the copy.
pub(super) fn normalized(cx: &mut Cx<'_>, call: &Call, of: State) -> Result<State, Diagnostic> {
    let Some(option) = call.option_call(&NORMALIZE) else { return Ok(of) };
    let span = option.name_span;
    let metadata = |text: &str| cx.internal_metadata(span, text);
    let (step, copy) = (metadata("normalize modes"), metadata("take normalized files"));
    let normalized = Normalized { of: of.clone(), metadata: step };
    match cx.normalized(&normalized) {
        Answer::Ready(from) => {
            let [src, dest] = ["/"; 2].map(str::to_owned);
            let all = FileCopy { from, src, dest, dir_copy_contents: true, ..FileCopy::default() };
            Ok(llb::file(State::Scratch, vec![FileAction::Copy(all)], copy))
        }
        Answer::Pending => Ok(of),
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            let message = format!("`normalize` can't change modes: {problem}");
            Err(NOT_NORMALIZED.at(span, message).help(OWN_PROGRAM_HELP))
        }
    }
}
