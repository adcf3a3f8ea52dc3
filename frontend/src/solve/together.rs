use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::failure::Failure;

/// Waits for all of some calls of the daemon, which are made at the same time, and returns what they give, in their order.
///
/// # Errors
/// The first that fails; the others are dropped, which cancels them. That one was canceled is no cause, so the others may
/// still say theirs.
pub async fn together<T>(
    calls: impl IntoIterator<Item = impl Future<Output = Result<T, Failure>>>,
) -> Result<Vec<T>, Failure> {
    let calls = calls.into_iter().enumerate();
    let mut running: FuturesUnordered<_> =
        calls.map(|(number, call)| async move { (number, call.await) }).collect();
    let mut done = BTreeMap::new();
    let mut canceled = None;
    while let Some((number, outcome)) = running.next().await {
        match outcome {
            Ok(given) => {
                done.insert(number, given);
            }
            Err(failure) if failure.is_canceled() => canceled = canceled.or(Some(failure)),
            Err(failure) => return Err(failure),
        }
    }
    match canceled {
        None => Ok(done.into_values().collect()),
        Some(failure) => Err(failure),
    }
}
