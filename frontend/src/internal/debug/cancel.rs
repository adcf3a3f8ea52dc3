use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use super::Debug;
use super::failure::Failure;

/// How many lives are cut short, and how many of them run at once.
const CANCELED: usize = 100;
const AT_ONCE: usize = 4;

/// How far the life of a container has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    #[default]
    Making,
    Starting,
    Running,
    Releasing,
}

/// How many lives were cut short in each phase, and how many came to their end before.
#[derive(Debug, Default)]
pub(super) struct Cut {
    making: usize,
    starting: usize,
    running: usize,
    releasing: usize,
    lived: usize,
}

impl Debug<'_> {
    /// Drops a hundred lives, in every phase and at different times of it.
    pub(super) async fn cancel(&self) -> Cut {
        let lives = (0..CANCELED).map(async |number| {
            let phases = watch::Sender::<Phase>::default();
            let mut reached = phases.subscribe();
            let (phase, step) = match number % 4 {
                0 => (Phase::Making, 1),
                1 => (Phase::Starting, 6),
                2 => (Phase::Running, 6),
                _ => (Phase::Releasing, 2),
            };
            let later = Duration::from_millis((number / 4 * step) as u64);
            tokio::select! {
                _ = self.life(&phases) => None,
                () = async {
                    let _ = reached.wait_for(|reached| *reached >= phase).await;
                    tokio::time::sleep(later).await;
                } => Some(*phases.borrow()),
            }
        });
        let mut lives = stream::iter(lives).buffer_unordered(AT_ONCE);
        let mut cut = Cut::default();
        while let Some(phase) = lives.next().await {
            *match phase {
                Some(Phase::Making) => &mut cut.making,
                Some(Phase::Starting) => &mut cut.starting,
                Some(Phase::Running) => &mut cut.running,
                Some(Phase::Releasing) => &mut cut.releasing,
                None => &mut cut.lived,
            } += 1;
        }
        cut
    }

    /// All that a container does, with descriptor 0, which is the harder case.
    pub(super) async fn life(&self, phase: &watch::Sender<Phase>) -> Result<(), Failure> {
        let container = self.container().await?;
        phase.send_replace(Phase::Starting);
        let (mut running, _stdin) = container.exec_piped(self.process()).await?;
        running.line().await?;
        phase.send_replace(Phase::Running);
        tokio::time::sleep(Duration::from_millis(150)).await;
        phase.send_replace(Phase::Releasing);
        Ok(container.release().await?)
    }
}
