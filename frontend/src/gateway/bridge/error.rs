use std::fmt;

use gateway_proto::rpc;
use prost::Message as _;

use super::MAX_FILE_BYTES;

/// `google.rpc.Code`: what a user's mistake or a failed command has; the only one that Go does not put before the text.
pub(in crate::gateway) const UNKNOWN: i32 = 2;

/// Why the daemon did not answer.
#[derive(Clone, Debug)]
pub enum BridgeError {
    /// The daemon's own error, or that of the connection, with every detail in its order.
    Status(rpc::Status),
    /// There is no daemon to ask, and `what` was wanted of it.
    Offline {
        what: String,
    },
    FileTooLarge {
        path: String,
    },
    /// The request is larger than the daemon takes.
    RequestTooLarge {
        bytes: usize,
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
        Self::Status(rpc::Status { code: UNKNOWN, message, details: Vec::new() })
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
        const CANCELED: i32 = 1;
        matches!(self, Self::Status(status) if status.code == CANCELED)
    }

    /// The status to give back for it: the daemon's own with all its details, or one that is made of the text.
    pub fn into_status(self) -> rpc::Status {
        match self {
            Self::Status(status) if status.code == 0 => rpc::Status { code: UNKNOWN, ..status },
            Self::Status(status) => status,
            other => rpc::Status { code: UNKNOWN, message: other.to_string(), details: Vec::new() },
        }
    }
}

/// How the text of an error about a missing file ends.
const NOT_FOUND: &str = "no such file or directory";

impl fmt::Display for BridgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => f.write_str(&status.message),
            Self::Offline { what } => {
                write!(f, "{what} needs a BuildKit daemon, and there is none")
            }
            Self::FileTooLarge { path } => {
                write!(f, "file `{path}` is larger than {} MiB", MAX_FILE_BYTES >> 20)
            }
            Self::RequestTooLarge { bytes } => {
                write!(
                    f,
                    "the build's definition is too large: {} MiB, and BuildKit takes 16",
                    bytes >> 20
                )
            }
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
    /// Takes the whole status that stands in the details, as the daemon sends it; else what gRPC itself says.
    fn from(status: tonic::Status) -> Self {
        let whole = rpc::Status::decode(status.details()).ok();
        let whole = whole.filter(|whole| whole.code != 0 || !whole.message.is_empty());
        Self::Status(whole.unwrap_or_else(|| rpc::Status {
            code: status.code() as i32,
            message: status.message().to_owned(),
            details: Vec::new(),
        }))
    }
}
