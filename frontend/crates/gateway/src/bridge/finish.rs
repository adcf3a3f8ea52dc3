use gateway_proto::errdefs::{self, Detail};
use gateway_proto::{frontend, rpc, status};
use visible::{shortened, visible};

use super::{Bridge, BridgeError};

/// Longest message of an error, in bytes. It may quote a program or what the daemon said, and travels twice, once in a
/// header of HTTP/2 that some clients limit.
const MAX_MESSAGE: usize = 128 << 10;

/// Returns the build's outcome to the daemon.
///
/// If the daemon refuses a result, that error takes its place, and if it refuses an error, the bare message does: a build
/// must not end without an outcome, else the client hears of a frontend that died. Containers are released before.
pub async fn finish(
    bridge: &dyn Bridge,
    outcome: Result<frontend::Result, rpc::Status>,
) -> Result<(), BridgeError> {
    let outcome = outcome.map_err(readable);
    let bare = match &outcome {
        Ok(_) => None,
        Err(status) => Some(seen(rpc::Status { details: Vec::new(), ..status.clone() })),
    };
    if let Ok(containers) = bridge.containers() {
        containers.released().await;
    }
    match bridge.return_result(outcome).await {
        Ok(()) => Ok(()),
        Err(refused) => {
            bridge.return_result(Err(bare.unwrap_or_else(|| refused.into_status()))).await
        }
    }
}

/// An error that fits into a message and into a terminal.
fn readable(error: rpc::Status) -> rpc::Status {
    let message = visible(&shortened(&error.message, MAX_MESSAGE)).into_owned();
    seen(status::fit(rpc::Status { message, ..error }))
}

/// An error with a source: one that shows nothing, if it has none.
///
/// The Dockerfile frontend that read the `# syntax` line and called us adds its own to an error without one: it blames that
/// line, and it adds the whole file, which in a header of HTTP/2 breaks the connection if it is larger than some 9 MB
/// (`COMPRESSION_ERROR`). Clients print nothing for a line 0 (BuildKit 0.13 to 0.32, `frontend/dockerfile/builder/build.go`
/// and `solver/errdefs/source.go`).
fn seen(mut error: rpc::Status) -> rpc::Status {
    if errdefs::all::<errdefs::Source>(&error).next().is_none() {
        let nowhere = vec![errdefs::Range::default()];
        let source = errdefs::Source { ranges: nowhere, ..errdefs::Source::default() };
        error.details.push(source.to_any());
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_names_the_line_of_an_error_without_one() {
        let status = |details| rpc::Status { code: 2, message: "odd".to_owned(), details };
        let lines = |status: &rpc::Status| -> Vec<_> {
            errdefs::all::<errdefs::Source>(status).map(|it| it.ranges[0].start.line).collect()
        };
        let without = readable(status(Vec::new()));
        assert_eq!(lines(&without), [0]);
        assert_eq!(readable(without.clone()), without);
    }
}
