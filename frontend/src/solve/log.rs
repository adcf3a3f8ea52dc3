use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::time::Instant;

use hlb_gateway::options::Log;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber, set_global_default};
use tracing::{Event, Level, Metadata};

/// Whose events are shown: those of this project's own crates, and not those of the libraries below it.
const TARGETS: &str = "hlb_";

/// Turns the debug log on, if the client asks for it.
///
/// Without it no subscriber is there, and an event costs one load of an atomic. What is logged are numbers, names and
/// digests: never an attribute of a cache import, a URL, a command, or the text of an error, all of which may hold secrets.
pub fn start_log(log: Log, started: Instant) {
    if log == Log::Debug {
        // A process that has a subscriber already, as a test may, keeps it.
        let _ = set_global_default(Stderr { started });
    }
}

/// Writes each event as a line to standard error, which is the daemon's log.
///
/// Its level is `INFO`, so that the debug events of the libraries below need not be in the program at all. Small on
/// purpose: `tracing-subscriber` with its filter would add 425 KB to a compressed image of less than 2 MB.
struct Stderr {
    started: Instant,
}

impl Subscriber for Stderr {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Asked once for each place in the code, so that those of libraries cost nothing afterwards.
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= Level::INFO
            && metadata.target().starts_with(TARGETS)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let millis = self.started.elapsed().as_millis();
        // A daemon that does not want its log loses nothing by it.
        let _ = writeln!(
            std::io::stderr().lock(),
            "hlb-frontend: {millis} ms: {}{}",
            line.message,
            line.fields
        );
    }

    // The project logs events only.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message of an event, and its fields as ` name=value`.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string can't fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
