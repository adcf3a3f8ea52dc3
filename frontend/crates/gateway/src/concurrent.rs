//! Calls of the daemon that are made at the same time.

use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

/// Waits for all of some calls, and returns what they give in their order.
pub async fn all<'c, T: Send + 'c>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'c>,
) -> Vec<T> {
    all_until(calls, |_| false).await
}

/// The same up to the first that gives something with which the others are no longer needed: they are dropped, which cancels
/// them, and give nothing.
pub async fn all_until<'c, T: Send + 'c>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'c>,
    is_enough: fn(&T) -> bool,
) -> Vec<T> {
    let calls: Vec<_> = calls.into_iter().collect();
    let mut given: Vec<Option<T>> = calls.iter().map(|_| None).collect();
    let running = calls.into_iter().zip(&mut given).map(|(call, given)| -> Call<'_> {
        Box::pin(async move { is_enough(given.insert(call.await)) })
    });
    wait(running.collect()).await;
    given.into_iter().flatten().collect()
}

/// Says whether it is the last that is waited for.
type Call<'c> = Pin<Box<dyn Future<Output = bool> + Send + 'c>>;

/// Of one type for all calls: what waits for many is large, and would be there once for each kind.
async fn wait(mut running: FuturesUnordered<Call<'_>>) {
    while let Some(is_last) = running.next().await {
        if is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_calls_give_is_in_their_order() {
        let call = |number: u32| async move {
            for _ in number..3 {
                tokio::task::yield_now().await;
            }
            number
        };
        assert_eq!(all((0..4).map(call)).await, [0, 1, 2, 3]);
        assert_eq!(all_until((0..4).map(call), |it| *it == 2).await, [2, 3]);
        assert!(all((0..0).map(call)).await.is_empty());
    }
}
