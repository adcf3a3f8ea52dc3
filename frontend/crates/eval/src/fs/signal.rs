use hlb_program::builtin::ArgSite;
use hlb_syntax::diagnostic::{Code, Diagnostic};

/// A signal that no system has.
pub static INVALID_SIGNAL: Code = Code::error("HLB0322", "invalid-signal");

/// Those of Linux but those of real time; `moby/sys` 0.4, `signal/signal_linux.go`.
const SIGNALS: &[&str] = &[
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];

const SIG: &str = "SIG";

/// The last signal of real time, which is the last one at all.
const LAST: u8 = 64;

/// Whether a text is a signal: a name with or without `SIG`, in any case, or a number.
pub fn check_signal(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let upper = text.to_ascii_uppercase();
    let bare = upper.strip_prefix(SIG).unwrap_or(&upper);
    let name = format!("{SIG}{bare}");
    if SIGNALS.contains(&name.as_str()) || is_of_real_time(bare) || is_number(text) {
        return Ok(());
    }
    Err(match text {
        "" => {
            INVALID_SIGNAL.at(site.span, "expected a signal, found nothing").help("write `SIGTERM`")
        }
        _ => {
            let found = INVALID_SIGNAL.at(site.span, format!("unknown signal `{text}`"));
            found.suggest(&name, SIGNALS.iter().copied())
        }
    })
}

fn is_number(text: &str) -> bool {
    text.parse().is_ok_and(|number| (1..=LAST).contains(&number))
}

/// The system counts 15 up from the first signal of real time, and 14 down from the last.
fn is_of_real_time(name: &str) -> bool {
    let steps =
        |prefix: char, text: &str| text.strip_prefix(prefix).and_then(|it| it.parse::<u8>().ok());
    match (name.strip_prefix("RTMIN"), name.strip_prefix("RTMAX")) {
        (Some(""), _) | (_, Some("")) => true,
        (Some(rest), _) => steps('+', rest).is_some_and(|it| (1..=15).contains(&it)),
        (_, Some(rest)) => steps('-', rest).is_some_and(|it| (1..=14).contains(&it)),
        (None, None) => false,
    }
}
