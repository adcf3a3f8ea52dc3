use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use visible::visible_line;

/// How much of its life the process works, and how much it waits for answers.
///
/// Everything runs on one thread, so it waits exactly when the runtime has parked that thread.
#[derive(Clone)]
pub struct Timing {
    started: Instant,
    waited: Arc<AtomicU64>,
    parked_at: Arc<AtomicU64>,
}

impl Timing {
    /// Starts the clock; to be called first of all.
    pub fn start() -> Self {
        Self { started: Instant::now(), waited: Arc::default(), parked_at: Arc::default() }
    }

    /// When the process began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Has the runtime report when it waits.
    pub fn watch(&self, runtime: &mut tokio::runtime::Builder) {
        let (parks, unparks) = (self.clone(), self.clone());
        runtime.on_thread_park(move || parks.parked_at.store(parks.nanos(), Ordering::Relaxed));
        runtime.on_thread_unpark(move || {
            let waited = unparks.nanos().saturating_sub(unparks.parked_at.load(Ordering::Relaxed));
            unparks.waited.fetch_add(waited, Ordering::Relaxed);
        });
    }

    /// Writes two lines to standard error, which is the daemon's log: the time, and the memory under the name that the
    /// client gave to this build.
    pub fn print(&self, name: &str) {
        let lived = self.started.elapsed();
        let worked =
            lived.saturating_sub(Duration::from_nanos(self.waited.load(Ordering::Relaxed)));
        let (worked, lived) = (worked.as_micros(), lived.as_micros());
        let (name, peak) = (visible_line(name), peak_kib());
        // A daemon that does not want its log loses nothing by it.
        let _ = writeln!(
            std::io::stderr().lock(),
            "hlb-frontend: worked {worked} of {lived} microseconds\nhlb-frontend: {name}: {peak} KiB at most"
        );
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The most memory that the process has had so far, in KiB; 0 if the system does not say.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|it| it.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}
