use std::fmt;

use gateway_proto::channel::TooLarge;
use gateway_proto::{rpc, status};

use super::MAX_FILE_BYTES;

/// Why the daemon did not answer.
#[derive(Clone, Debug)]
pub enum BridgeError {
    /// The daemon's own error, or that of the connection, with every detail in its order.
    Status(rpc::Status),
    FileTooLarge {
        path: String,
    },
    /// The request is larger than the daemon takes.
    RequestTooLarge(TooLarge),
    /// The daemon did not answer in time.
    Timeout {
        what: &'static str,
    },
    /// The daemon is too old or set up differently; the text says for what.
    Unsupported(String),
    /// A source policy replaced an image by something that has no image config.
    NoImage {
        asked: String,
        given: String,
    },
    /// The daemon answered with something that makes no sense.
    Malformed(String),
}

impl BridgeError {
    pub(super) fn not_found(path: &str) -> Self {
        let message = format!("open {path}: {NOT_FOUND}");
        Self::Status(rpc::Status { code: status::UNKNOWN, message, details: Vec::new() })
    }

    /// Whether a file that was asked for is not there.
    ///
    /// There is no code for that, so it goes by the text (BuildKit 0.32, `cache/util/fsutil.go`).
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Status(status) => status.message.ends_with(NOT_FOUND),
            _ => false,
        }
    }

    /// Whether the file that was asked for is a directory or another thing without content.
    ///
    /// It goes by the text, too.
    pub fn is_not_a_file(&self) -> bool {
        match self {
            Self::Status(status) => status.message.ends_with("is not a regular file"),
            _ => false,
        }
    }

    /// Whether the build was given up, by the client or because another part of it failed.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Status(error) if error.code == status::CANCELED)
    }

    /// The code of the status.
    pub fn code(&self) -> i32 {
        match self {
            Self::Status(error) => error.code,
            _ => status::UNKNOWN,
        }
    }

    /// The status to return for it: the daemon's own with all its details, or one that is made of the text.
    pub fn into_status(self) -> rpc::Status {
        match self {
            Self::Status(error) if error.code == 0 => {
                rpc::Status { code: status::UNKNOWN, ..error }
            }
            Self::Status(error) => error,
            other => rpc::Status {
                code: status::UNKNOWN,
                message: other.to_string(),
                details: Vec::new(),
            },
        }
    }
}

/// How the text of an error about a missing file ends.
const NOT_FOUND: &str = "no such file or directory";

impl fmt::Display for BridgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => f.write_str(&status.message),
            Self::FileTooLarge { path } => {
                write!(f, "file `{path}` is larger than {} MiB", MAX_FILE_BYTES >> 20)
            }
            Self::RequestTooLarge(error) => error.fmt(f),
            Self::Timeout { what } => write!(f, "{what} takes too long"),
            Self::Unsupported(text) => f.write_str(text),
            Self::NoImage { asked, given } => {
                write!(
                    f,
                    "a source policy replaces image `{asked}` by `{given}`, which is no image"
                )
            }
            Self::Malformed(text) => write!(f, "unexpected answer of the daemon: {text}"),
        }
    }
}

impl std::error::Error for BridgeError {}

impl From<tonic::Status> for BridgeError {
    fn from(error: tonic::Status) -> Self {
        Self::Status(status::to_rpc(&error))
    }
}

impl From<TooLarge> for BridgeError {
    fn from(error: TooLarge) -> Self {
        Self::RequestTooLarge(error)
    }
}
