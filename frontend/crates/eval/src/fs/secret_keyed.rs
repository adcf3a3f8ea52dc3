//! The value of a secret in the cache key, without anybody who sees the key learning of it.

use hlb_program::builtin::{Kind, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::KeyText;

use crate::{Absence, Answer, Builtin, Cx, Fingerprint, Lower, OptionCall, SECRET_KEY};

pub(super) static KEYED: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("secret"),
        "keyed",
        &[],
        "Runs the command again when the secret has another value. The cache key gets a fingerprint of the value (HMAC-SHA-256) \
         that says nothing to who does not have its key, which is the secret `hlb-secret-key`: at least 16 random bytes, the \
         same in each build.",
    ),
    Lower::Option,
);

/// A secret with `keyed` in a build without the key for its fingerprint.
pub static NO_SECRET_KEY: Code = Code::error("HLB0345", "no-secret-key");
/// A key that can be guessed.
pub static WEAK_SECRET_KEY: Code = Code::error("HLB0348", "weak-secret-key");
/// A secret with `keyed` whose fingerprint can't be made.
pub static NO_FINGERPRINT: Code = Code::error("HLB0349", "no-fingerprint");

/// How the key is made and passed.
const HELP: &str = "make it once, as with `openssl rand -hex 32 > hlb.key`, and pass it to each build with \
                    `--secret id=hlb-secret-key,src=hlb.key`";

/// What of a secret enters the cache key: none if the client does not give it.
///
/// # Errors
/// If there is no fingerprint. A hash without a key is none, since whoever sees it can try likely values.
pub(super) fn key_text(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    id: &str,
) -> Result<Option<KeyText>, Diagnostic> {
    let Some(keyed) = setting.option_call(&KEYED) else { return Ok(None) };
    let span = keyed.name_span;
    match cx.fingerprint(id) {
        Answer::Ready(Fingerprint::Of(text)) => {
            Ok(Some(KeyText::new(&format!("fingerprint of secret {id}"), &text)))
        }
        // If it is needed, the step says so.
        Answer::Ready(Fingerprint::NoSecret) | Answer::Pending => Ok(None),
        Answer::Ready(Fingerprint::NoKey) => {
            let message =
                format!("`keyed` needs secret `{SECRET_KEY}`, which the client does not give");
            Err(NO_SECRET_KEY.at(span, message).help(HELP))
        }
        Answer::Ready(Fingerprint::WeakKey) => {
            let message = format!("secret `{SECRET_KEY}` is too short for a key");
            Err(WEAK_SECRET_KEY.at(span, message).help(HELP))
        }
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            let message = format!("no fingerprint of secret `{id}`: {problem}");
            let error = NO_FINGERPRINT.at(span, message);
            Err(error.help("give it a `version`, which is changed by hand"))
        }
    }
}
