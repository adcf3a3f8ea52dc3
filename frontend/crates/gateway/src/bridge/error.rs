use std::fmt;

use gateway_proto::channel::TooLarge;
use gateway_proto::{errdefs, rpc, status};

use super::Unreadable;

/// Why the daemon did not answer.
#[derive(Clone, Debug)]
pub enum BridgeError {
    /// The daemon's own error, or that of the connection, with every detail in its order.
    Status(rpc::Status),
    /// A path of a ref or container has no content to read.
    Unreadable { path: String, why: Unreadable },
    /// The request is larger than the daemon takes.
    RequestTooLarge(TooLarge),
    /// The daemon did not answer in time.
    Timeout { what: &'static str },
    /// The daemon is too old or set up differently; the text says for what.
    Unsupported(String),
    /// A source policy replaced an image by something that has no image config.
    NoImage { asked: String, given: String },
    /// The daemon answered with something that makes no sense.
    Malformed(String),
}

impl BridgeError {
    /// The same error, as one about a path if that is what the daemon's text says.
    ///
    /// The text of a vertex that failed is about other paths, even if it ends in the same words: looking at a file is what
    /// runs the vertices that it comes from.
    pub(crate) fn about_file(self, path: &str) -> Self {
        let why = match &self {
            Self::Status(status) if errdefs::all::<errdefs::Vertex>(status).next().is_none() => {
                Unreadable::of_text(&status.message)
            }
            _ => None,
        };
        why.map_or(self, |why| Self::Unreadable { path: path.to_owned(), why })
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

    /// The daemon's error with what was being done before its text; all details stay.
    pub fn context(self, doing: &str) -> Self {
        match self {
            Self::Status(error) => {
                let message = format!("{doing}: {}", error.message);
                Self::Status(rpc::Status { message, ..error })
            }
            other => other,
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

impl fmt::Display for BridgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => f.write_str(&status.message),
            Self::Unreadable { path, why } => write!(f, "file `{path}` {why}"),
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
