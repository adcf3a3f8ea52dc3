use std::fmt;

use prost::Message;

use crate::caps::{Caps, FILE_COPY_ALWAYSREPLACEEXISTINGDESTPATHS};

/// Largest message that either side takes, in bytes.
///
/// BuildKit 0.14 and later, `frontend/gateway/gateway.go`, `serve`. Older daemons send without limit.
pub const MAX_MESSAGE: usize = 16 << 20;

/// Largest header list that is taken from the daemon, in bytes.
///
/// An error's details come in a trailer and hold whole source files and stacks, and the daemon sends it whatever was
/// announced. With hyper's 16 KiB an ordinary failed command ends in a broken connection and not in its message.
pub const MAX_HEADER_LIST: u32 = 16 << 20;

/// Largest message that a daemon before 0.14 takes, in bytes: gRPC's own default.
const MAX_REQUEST_BEFORE_0_14: usize = 4 << 20;

/// A request is larger than the daemon takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// What is too large.
    pub what: &'static str,
    pub len_bytes: usize,
    pub max_bytes: usize,
}

/// The largest request that a daemon takes, in bytes.
///
/// The daemon does not say it, but one that has this capability of the same release is of 0.14 or later.
pub fn max_request(caps: &Caps) -> usize {
    match caps.supports(FILE_COPY_ALWAYSREPLACEEXISTINGDESTPATHS) {
        true => MAX_MESSAGE,
        false => MAX_REQUEST_BEFORE_0_14,
    }
}

/// Refuses a message that is longer than `max_bytes`, which is [`max_request`] or [`MAX_MESSAGE`]; `what` is what it holds.
pub fn check_size(
    message: &impl Message,
    max_bytes: usize,
    what: &'static str,
) -> Result<(), TooLarge> {
    let len_bytes = message.encoded_len();
    match len_bytes <= max_bytes {
        true => Ok(()),
        false => Err(TooLarge { what, len_bytes, max_bytes }),
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, len_bytes, max_bytes } = self;
        write!(f, "{what} too large: {len_bytes} bytes, and the build server takes {max_bytes}")
    }
}

impl std::error::Error for TooLarge {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apicaps::ApiCap;
    use crate::pb::Definition;

    #[test]
    fn a_request_of_just_the_limit_passes() {
        let request = Definition { def: vec![vec![0; 100]], ..Default::default() };
        assert_eq!(check_size(&request, 102, "definition"), Ok(()));
        let refused = check_size(&request, 101, "definition");
        let expected = TooLarge { what: "definition", len_bytes: 102, max_bytes: 101 };
        assert_eq!(refused, Err(expected));
    }

    #[test]
    fn a_daemon_before_0_14_takes_less() {
        assert_eq!(max_request(&Caps::all()), 16 << 20);
        let old = ApiCap { id: "file.base".to_owned(), enabled: true, ..Default::default() };
        assert_eq!(max_request(&Caps::new(&[], &[old])), 4 << 20);
    }
}
