use hlb_gateway::concurrent;

use super::failure::Failure;

/// Waits for all of some calls of the daemon, which are made at the same time, and returns what they give, in their order.
///
/// # Errors
/// The first that fails; the others are dropped, which cancels them. That one was canceled is no cause, so the others may
/// still say theirs.
pub async fn together<'c, T: Send + 'c>(
    calls: impl IntoIterator<Item = impl Future<Output = Result<T, Failure>> + Send + 'c>,
) -> Result<Vec<T>, Failure> {
    let outcomes = concurrent::all_until(calls, |it| it.as_ref().is_err_and(is_cause)).await;
    let mut all = Vec::with_capacity(outcomes.len());
    let mut canceled = None;
    for outcome in outcomes {
        match outcome {
            Ok(given) => all.push(given),
            Err(failure) if is_cause(&failure) => return Err(failure),
            Err(failure) => canceled = canceled.or(Some(failure)),
        }
    }
    match canceled {
        None => Ok(all),
        Some(failure) => Err(failure),
    }
}

fn is_cause(failure: &Failure) -> bool {
    !failure.is_canceled()
}
