use std::fmt;

use gateway_proto::{rpc, status};
use hlb_gateway::bridge::BridgeError;
use hlb_gateway::container::NoLine;

use super::DEBUG_CONTAINER;
use crate::internal::OwnProgramError;

/// Why a build that is for tests fails.
#[derive(Debug)]
pub(super) enum Failure {
    Own(OwnProgramError),
    Bridge(BridgeError),
    NoLine(NoLine),
    /// The word is none of those that are known.
    Unknown(String),
}

impl Failure {
    pub fn into_status(self) -> rpc::Status {
        match self {
            Self::Bridge(error) => error.into_status(),
            other => rpc::Status {
                code: status::UNKNOWN,
                message: other.to_string(),
                details: Vec::new(),
            },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(error) => error.fmt(f),
            Self::Bridge(error) => error.fmt(f),
            Self::NoLine(error) => write!(f, "the container did not say hello: {error}"),
            Self::Unknown(word) => write!(f, "{DEBUG_CONTAINER}: unknown word `{word}`"),
        }
    }
}

impl From<OwnProgramError> for Failure {
    fn from(error: OwnProgramError) -> Self {
        Self::Own(error)
    }
}

impl From<BridgeError> for Failure {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

impl From<NoLine> for Failure {
    fn from(error: NoLine) -> Self {
        Self::NoLine(error)
    }
}
