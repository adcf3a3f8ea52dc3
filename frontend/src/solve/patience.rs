//! How long to wait for the answer about a source that the program can do without.

use std::fmt;
use std::time::Duration;

use hlb_eval::Finding;
use hlb_gateway::options::Options;

/// As long as nobody would believe that an answer still comes.
fn longest(finding: Finding) -> Duration {
    match finding {
        Finding::Lookup => Duration::from_secs(10),
        Finding::Fetch => Duration::from_secs(900),
    }
}

/// That there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Late(Duration);

/// Waits for an answer, but not for ever: a server that accepts a connection and says nothing is waited for by the daemon
/// without end. The question is then canceled.
///
/// # Errors
/// If it takes too long.
pub async fn in_time<T>(
    options: &Options,
    finding: Finding,
    answer: impl Future<Output = T>,
) -> Result<T, Late> {
    let longest = options.source_timeout.unwrap_or(longest(finding));
    tokio::time::timeout(longest, answer).await.map_err(|_| Late(longest))
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer within {} s (`HLB_SOURCE_TIMEOUT` sets the time)", self.0.as_secs())
    }
}
