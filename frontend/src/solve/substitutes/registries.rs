use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

/// How many images are looked up at once in one registry. An image that is there takes a request for its digest, and then two
/// fetches, of which the daemon makes no more than five at once and has the others wait (BuildKit 0.13 to 0.33,
/// `util/resolver/limited/group.go`). That wait counts as one for the registry: with hundreds of lookups at once a registry that
/// answers every request would be taken for one that does not. With 8, one that takes 300 ms for a request is waited for less
/// than 2 s, and 200 images that are not there are known after 25 requests, one after the other.
const MAX_AT_ONCE: usize = 8;

/// The registries that images of sections are looked up in.
#[derive(Default)]
pub struct Registries(Mutex<BTreeMap<String, Arc<Registry>>>);

struct Registry {
    turns: Semaphore,
    is_silent: AtomicBool,
}

impl Default for Registry {
    fn default() -> Self {
        Self { turns: Semaphore::new(MAX_AT_ONCE), is_silent: AtomicBool::new(false) }
    }
}

impl Registries {
    /// Waits for the answer of a registry when it is this question's turn; nothing if there is none in time. A registry that
    /// did not answer one question is not asked another: all that wait for their turn cost one wait together.
    pub async fn ask<T>(
        &self,
        registry: &str,
        longest: Duration,
        question: impl Future<Output = T>,
    ) -> Option<T> {
        let registry = self.entry(registry);
        // Nobody closes it.
        let _turn = registry.turns.acquire().await;
        if registry.is_silent.load(Ordering::Relaxed) {
            return None;
        }
        let answer = tokio::time::timeout(longest, question).await.ok();
        if answer.is_none() {
            registry.is_silent.store(true, Ordering::Relaxed);
        }
        answer
    }

    fn entry(&self, registry: &str) -> Arc<Registry> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(registry.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Instant;

    use futures_util::future::join_all;

    use super::*;

    const LONGEST: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_registry_is_asked_a_few_questions_at_once() {
        let (registries, running, most) = (Registries::default(), Cell::new(0), Cell::new(0));
        let question = || async {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            tokio::task::yield_now().await;
            running.set(running.get() - 1);
        };
        let asked = (0..200).map(|_| registries.ask("r.example", LONGEST, question()));
        assert_eq!(join_all(asked).await.into_iter().flatten().count(), 200);
        assert_eq!(most.get(), MAX_AT_ONCE);
    }

    #[tokio::test]
    async fn one_that_does_not_answer_is_waited_for_once_and_holds_up_no_other() {
        let (registries, asked, started) = (Registries::default(), Cell::new(0), Instant::now());
        let silence = || async {
            asked.set(asked.get() + 1);
            std::future::pending::<()>().await;
        };
        let of_silent = (0..200).map(|_| registries.ask("silent.example", LONGEST, silence()));
        let other = async {
            let answer = registries.ask("r.example", LONGEST, async {}).await;
            assert!(answer.is_some() && started.elapsed() < LONGEST);
        };
        let (of_silent, ()) = futures_util::future::join(join_all(of_silent), other).await;
        assert_eq!(of_silent.into_iter().flatten().count(), 0);
        assert_eq!(asked.get(), MAX_AT_ONCE);
        assert!(registries.ask("silent.example", LONGEST, silence()).await.is_none());
        assert_eq!(asked.get(), MAX_AT_ONCE);
    }
}
