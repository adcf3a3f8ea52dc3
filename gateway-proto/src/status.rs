//! Errors on the wire: from what a call ends with to what `Return` takes, with nothing missing.
//!
//! In: a [`tonic::Status`]. Out: an [`rpc::Status`](Status) whose details are the daemon's, in its order and byte for
//! byte, those of unknown type too: debuggers, snippets and exit codes at the client live on them. Who adds context puts
//! it before `message` or appends details. What the details say is for [`errdefs`](crate::errdefs).
//!
//! What the person at the client reads is the message, after the code's name and a colon unless the code is
//! [`UNKNOWN`] (BuildKit 0.32, `util/grpcerrors/grpcerrors.go`), and after "failed to solve: ". So a message starts in
//! lower case, has no full stop and stays on one line.

use prost::Message;
use serde_json::Value;
use tonic::Code;

use crate::errdefs::{Detail, Source, Stack};
use crate::rpc::Status;

/// For a build that the client gave up; buildx exits with 130.
pub const CANCELED: i32 = Code::Cancelled as i32;
/// For a user's error or a failed command: the one code whose name is not put before the message.
pub const UNKNOWN: i32 = Code::Unknown as i32;
/// A registry or daemon denies something.
pub const PERMISSION_DENIED: i32 = Code::PermissionDenied as i32;
/// A registry wants to know who asks.
pub const UNAUTHENTICATED: i32 = Code::Unauthenticated as i32;
/// For a frontend capability or subrequest that there is not.
pub const UNIMPLEMENTED: i32 = Code::Unimplemented as i32;

/// Largest error that [`fit`] lets through, in bytes: half a message, as each hop wraps it once more.
pub const MAX_STATUS: usize = 8 << 20;

/// The error that a call ended with, as `Return` takes it.
///
/// A failed `Solve` has it as bytes of its own in the trailer; the error of a broken connection has only code and
/// message. The code is never 0, which Go would take for success.
pub fn to_rpc(status: &tonic::Status) -> Status {
    let carried = match status.details() {
        [] => None,
        bytes => Status::decode(bytes).ok(),
    };
    let status = carried.unwrap_or_else(|| Status {
        code: status.code() as i32,
        message: status.message().to_owned(),
        details: Vec::new(),
    });
    match status.code {
        0 => Status { code: UNKNOWN, ..status },
        _ => status,
    }
}

/// The way back: how a daemon answers a call with this error.
pub fn to_tonic(status: &Status) -> tonic::Status {
    let code = Code::from_i32(status.code);
    tonic::Status::with_details(code, status.message.clone(), status.encode_to_vec().into())
}

/// Makes an error fit into a message by leaving out what is large and least missed.
///
/// First go the definitions in source details, which only tools read, and then the stacks. An error of up to
/// [`MAX_STATUS`] stays as it is.
pub fn fit(mut status: Status) -> Status {
    if status.encoded_len() > MAX_STATUS {
        for detail in &mut status.details {
            if detail.type_url == Source::TYPE_URL
                && let Some(smaller) = without_definition(&detail.value)
            {
                detail.value = smaller;
            }
        }
    }
    if status.encoded_len() > MAX_STATUS {
        status.details.retain(|detail| detail.type_url != Stack::TYPE_URL);
    }
    status
}

fn without_definition(json: &[u8]) -> Option<Vec<u8>> {
    let mut source: Value = serde_json::from_slice(json).ok()?;
    source.get_mut("info")?.as_object_mut()?.remove("definition")?;
    Some(source.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Any;

    fn any(type_url: &str, value: &[u8]) -> Any {
        Any { type_url: type_url.to_owned(), value: value.to_vec() }
    }

    #[test]
    fn what_a_trailer_carries_is_the_error() {
        let carried = Status {
            code: UNKNOWN,
            message: "exit code: 1".to_owned(),
            details: vec![any("github.com/moby/buildkit/not.Known+json", b"\xff{ "), any("", b"")],
        };
        assert_eq!(to_rpc(&to_tonic(&carried)), carried);
    }

    #[test]
    fn an_error_without_details_has_code_and_message() {
        let status = tonic::Status::unavailable("gone");
        let expected = Status { code: 14, message: "gone".to_owned(), details: Vec::new() };
        assert_eq!(to_rpc(&status), expected);
    }

    #[test]
    fn details_that_are_no_status_are_not_the_error() {
        let status = tonic::Status::with_details(Code::Unknown, "lost", vec![0xff].into());
        let expected = Status { code: UNKNOWN, message: "lost".to_owned(), details: Vec::new() };
        assert_eq!(to_rpc(&status), expected);
    }

    #[test]
    fn no_error_has_the_code_of_success() {
        let bytes = Status { code: 0, message: "odd".to_owned(), details: Vec::new() };
        let status =
            tonic::Status::with_details(Code::Unknown, "odd", bytes.encode_to_vec().into());
        assert_eq!(to_rpc(&status).code, UNKNOWN);
    }

    #[test]
    fn a_definition_goes_first_and_the_snippet_stays() {
        let definition = "x".repeat(MAX_STATUS);
        let json = format!(
            r#"{{"info":{{"filename":"build.hlb","data":"ZnMK","definition":{{"def":["{definition}"]}}}},"ranges":[]}}"#
        );
        let stack = any(Stack::TYPE_URL, b"{}");
        let status = Status {
            code: UNKNOWN,
            message: "m".to_owned(),
            details: vec![any(Source::TYPE_URL, json.as_bytes()), stack.clone()],
        };
        let fitted = fit(status);
        let left = br#"{"info":{"data":"ZnMK","filename":"build.hlb"},"ranges":[]}"#;
        assert_eq!(fitted.details, [any(Source::TYPE_URL, left), stack]);
    }

    #[test]
    fn stacks_go_when_that_is_not_enough() {
        let large = any("large", &vec![b'x'; MAX_STATUS]);
        let stack = any(Stack::TYPE_URL, b"{}");
        let status =
            Status { code: UNKNOWN, message: "m".to_owned(), details: vec![stack, large.clone()] };
        assert_eq!(fit(status).details, [large]);
    }
}
