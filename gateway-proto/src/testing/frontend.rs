use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::oneshot;

use super::{Daemon, serve};

/// A frontend that runs as a process of its own, with a daemon at the other end of its stdin and stdout.
///
/// The daemon runs in a thread, so this is for tests with and without a runtime.
pub struct Frontend {
    child: Child,
    stderr: JoinHandle<String>,
    daemon: JoinHandle<io::Result<()>>,
    /// Dropped to hang up.
    line: oneshot::Sender<()>,
}

/// How a frontend ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// What it printed, which BuildKit puts into the daemon's log.
    pub stderr: String,
}

impl Frontend {
    pub fn start(mut command: Command, daemon: Arc<impl Daemon>) -> io::Result<Self> {
        let (stdin, answers) = io::pipe()?;
        let (calls, stdout) = io::pipe()?;
        let mut child = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn()?;
        // The command still has the child's ends, and with them the pipes would never end.
        drop(command);
        let stderr = child.stderr.take().map(OwnedFd::from);
        let (line, hung_up) = oneshot::channel();
        Ok(Self {
            child,
            stderr: thread::spawn(move || read_all(stderr)),
            daemon: thread::spawn(move || answer(daemon, calls.into(), answers.into(), hung_up)),
            line,
        })
    }

    /// Waits for the frontend's end; after `limit` it is killed, and that is an error.
    pub fn wait(self, limit: Duration) -> io::Result<Ended> {
        let Self { child, stderr, daemon, line } = self;
        let status = wait(child, limit);
        drop(line);
        let stderr = stderr.join().unwrap_or_default();
        let answered = daemon.join().unwrap_or_else(|_| Err(io::Error::other("the daemon panics")));
        let status =
            status.map_err(|error| io::Error::new(error.kind(), format!("{error}: {stderr}")))?;
        answered?;
        Ok(Ended { status, stderr })
    }

    /// Closes both pipes, as a daemon that dies does, and waits.
    pub fn hang_up(self, limit: Duration) -> io::Result<Ended> {
        let (line, _) = oneshot::channel();
        drop(self.line);
        Self { line, ..self }.wait(limit)
    }
}

/// Serves until either side hangs up, and then closes the pipes, whatever is under way.
fn answer(
    daemon: Arc<impl Daemon>,
    calls: OwnedFd,
    answers: OwnedFd,
    hung_up: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pipes =
            tokio::io::join(Receiver::from_owned_fd(calls)?, Sender::from_owned_fd(answers)?);
        tokio::select! {
            served = serve(daemon, pipes) => served.map_err(io::Error::other),
            _ = hung_up => Ok(()),
        }
    })
}

fn wait(mut child: Child, limit: Duration) -> io::Result<ExitStatus> {
    const STEP: Duration = Duration::from_millis(2);
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > end {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the frontend does not end"));
        }
        thread::sleep(STEP);
    }
}

fn read_all(stderr: Option<OwnedFd>) -> String {
    let mut text = Vec::new();
    if let Some(stderr) = stderr {
        // What was read before an error is still worth showing.
        let _ = std::fs::File::from(stderr).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}
