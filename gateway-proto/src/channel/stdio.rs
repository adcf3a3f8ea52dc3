use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::stdio::dup2_stdout;
use tokio::net::unix::pipe::{Receiver, Sender};
use tonic::transport::Channel;

/// Why stdin and stdout are no connection to a daemon.
#[derive(Debug)]
pub enum StdioError {
    /// A person, a file or nothing is there, so this was not started by a daemon.
    NotAPipe {
        /// `stdin` or `stdout`.
        stream: &'static str,
    },
    Io(io::Error),
}

/// Takes stdin and stdout for the connection to the daemon that started this process.
///
/// From then on what the process prints goes to stderr, which only the daemon's log sees, and so does what its children
/// print. Must be called once, in a tokio runtime with I/O, before anything is printed. If it is refused because they
/// aren't pipes then stdout is as it was.
pub fn stdio() -> Result<Channel, StdioError> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    require_pipe("stdin", stdin.as_fd())?;
    require_pipe("stdout", stdout.as_fd())?;

    let reader = private_copy(stdin.as_fd())?;
    let writer = private_copy(stdout.as_fd())?;
    dup2_stdout(io::stderr()).map_err(io::Error::from)?;

    // The checked constructors want to know the access mode, and a socket's is not what they want.
    let reader = Receiver::from_owned_fd_unchecked(reader)?;
    let writer = Sender::from_owned_fd_unchecked(writer)?;
    Ok(super::over(tokio::io::join(reader, writer)))
}

fn require_pipe(stream: &'static str, fd: BorrowedFd<'_>) -> Result<(), StdioError> {
    let stat = fstat(fd).map_err(io::Error::from)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Fifo | FileType::Socket => Ok(()),
        _ => Err(StdioError::NotAPipe { stream }),
    }
}

/// A copy that no child inherits and that does not block.
fn private_copy(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    /// The first that is none of the standard streams, should one of those be closed.
    const FIRST: i32 = 3;
    let copy = fcntl_dupfd_cloexec(fd, FIRST)?;
    fcntl_setfl(&copy, fcntl_getfl(&copy)? | OFlags::NONBLOCK)?;
    Ok(copy)
}

impl From<io::Error> for StdioError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for StdioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPipe { stream } => {
                write!(f, "{stream} is not a pipe, so there is no BuildKit daemon at its other end")
            }
            Self::Io(_) => f.write_str("cannot take stdin and stdout for the connection"),
        }
    }
}

impl std::error::Error for StdioError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotAPipe { .. } => None,
            Self::Io(error) => Some(error),
        }
    }
}
