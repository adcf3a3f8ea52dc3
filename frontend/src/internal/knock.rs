use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write, stdout};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::InternalMode;

/// Says whether a host answers: `knock HOST:PORT MILLISECONDS` prints [`ANSWERS`], or `silent` if nothing comes in that time.
///
/// Any answer counts, that the connection is refused or closed among them, and so does a name that nobody knows: a daemon hears
/// the same, and goes on. What it waits for without end is a host that accepts a connection and says nothing.
pub static KNOCK: InternalMode = InternalMode { name: "knock", run };

/// What it prints of a host that answers.
pub const ANSWERS: &str = "answers";

/// The first message of TLS 1.2 (RFC 5246, section 7.4.1.2), with what ends a line of HTTP where there may be anything: a server
/// of either protocol has something to say to it.
const HELLO: &[u8] = b"\x16\x03\x01\x00\x35\x01\x00\x00\x31\x03\x03\
    \r\n\r\nhlb-frontend looks who is in\
    \x00\x00\x0a\x13\x01\xc0\x2f\xc0\x2b\xc0\x13\x00\x2f\x01\x00";

fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let [host, millis] = arguments.as_slice() else { anyhow::bail!("expected a host and a time") };
    let host = host.to_str().context("the host is not UTF-8")?.to_owned();
    let millis = millis.to_str().and_then(|it| it.parse().ok()).context("expected a number")?;
    let limit = Duration::from_millis(millis);
    let (said, heard) = mpsc::channel();
    // Resolving a name can't be given a time, so it is left behind when that is over.
    thread::spawn(move || said.send(answers(&host, limit)));
    let line = match heard.recv_timeout(limit) {
        Ok(true) => ANSWERS,
        Ok(false) | Err(_) => "silent",
    };
    let mut stdout = stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}

/// Whether one of the addresses of a host answers in time; a daemon, too, tries one after the other.
fn answers(host: &str, limit: Duration) -> bool {
    let started = Instant::now();
    let Ok(addresses) = host.to_socket_addrs() else { return true };
    let mut addresses = addresses.peekable();
    addresses.peek().is_none()
        || addresses.any(|address| {
            let left = limit.saturating_sub(started.elapsed()).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => speaks(stream, left),
                Err(error) => error.kind() != ErrorKind::TimedOut,
            }
        })
}

fn speaks(mut stream: TcpStream, limit: Duration) -> bool {
    let is_late =
        |error: std::io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    let asked = stream
        .set_read_timeout(Some(limit))
        .and_then(|()| stream.set_write_timeout(Some(limit)))
        .and_then(|()| stream.write_all(HELLO));
    match asked.and_then(|()| stream.read(&mut [0])) {
        Ok(_) => true,
        Err(error) => !is_late(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn the_hello_is_as_long_as_it_says() {
        let length = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        assert_eq!(length(&HELLO[3..5]), HELLO.len() - 5);
        assert_eq!(length(&HELLO[6..9]), HELLO.len() - 9);
    }

    #[test]
    fn only_a_host_that_says_nothing_is_silent() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        assert!(!answers(&host, Duration::from_millis(200)));
        let server = thread::spawn(move || {
            // The one that was given up before comes first.
            drop(listener.accept());
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut line = Vec::new();
            let mut byte = [0];
            while !line.ends_with(b"\r\n") {
                stream.read_exact(&mut byte).expect("a line");
                line.push(byte[0]);
            }
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("an answer");
            drop(listener);
        });
        assert!(answers(&host, LIMIT));
        server.join().expect("served");
        assert!(answers(&host, LIMIT), "refused");
        assert!(answers("no-such-host.invalid:443", LIMIT));
    }
}
