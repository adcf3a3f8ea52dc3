//! As much of HTTP/1.1 as a daemon needs to import a cache: two methods, one request a connection. A library for it would be
//! larger than all of this.
//!
//! Whoever connects is answered or cut off, within a time: a daemon waits for a registry without end.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::layout::{Blob, Layout};

/// The tag of the only manifest.
pub const TAG: &str = "c";

/// How long a request may take to come, and each part of an answer to be taken.
const PATIENCE: Duration = Duration::from_secs(20);

/// Most bytes of a request.
const MAX_REQUEST: usize = 16 << 10;

/// Most connections at a time: more than a daemon opens.
const MAX_CONNECTIONS: usize = 64;

/// How a message of TLS begins, with which a client asks whether it is spoken here.
const TLS: u8 = 0x16;

/// Serves a layout as the repository `name`, for as long as the process runs.
pub fn serve(listener: &TcpListener, name: &str, layout: &Layout) {
    let connections = AtomicUsize::new(0);
    thread::scope(|scope| {
        for stream in listener.incoming().flatten() {
            if connections.fetch_add(1, Ordering::Relaxed) < MAX_CONNECTIONS {
                scope.spawn(|| {
                    // Whoever goes away is not told why.
                    let _ = answer(stream, name, layout);
                    connections.fetch_sub(1, Ordering::Relaxed);
                });
            } else {
                connections.fetch_sub(1, Ordering::Relaxed);
            }
        }
    });
}

fn answer(mut stream: TcpStream, name: &str, layout: &Layout) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Some(request) = request(&mut stream)? else { return say(&mut stream, "400 Bad Request") };
    let mut words = request.lines().next().unwrap_or_default().split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (method, path, find(path, name, layout)) {
        ("GET" | "HEAD", "/v2/", _) => say(&mut stream, "200 OK"),
        ("GET" | "HEAD", _, Some(blob)) => send(&mut stream, blob, method == "GET"),
        ("GET" | "HEAD", _, None) => say(&mut stream, "404 Not Found"),
        _ => say(&mut stream, "405 Method Not Allowed"),
    }
}

/// What a path of the distribution spec 1.1 is about.
fn find<'l>(path: &str, name: &str, layout: &'l Layout) -> Option<&'l Blob> {
    let rest = path.strip_prefix("/v2/")?.strip_prefix(name)?;
    let path = rest.split('?').next()?;
    let is_manifest = |wanted: &str| wanted == TAG || wanted == layout.manifest.digest;
    match path.strip_prefix("/manifests/") {
        Some(wanted) if is_manifest(wanted) => Some(&layout.manifest),
        // What an index names may be asked for as a manifest, too.
        Some(wanted) => layout.blobs.get(wanted),
        None => {
            let wanted = path.strip_prefix("/blobs/")?;
            layout.blobs.get(wanted).or(Some(&layout.manifest).filter(|it| it.digest == wanted))
        }
    }
}

/// The head of a request, if it is one.
fn request(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|it| it == b"\r\n\r\n") {
        let count = stream.read(&mut buffer)?;
        head.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if count == 0 || head.first() == Some(&TLS) || head.len() > MAX_REQUEST {
            return Ok(None);
        }
    }
    Ok(String::from_utf8(head).ok())
}

/// An answer without a body.
fn say(stream: &mut TcpStream, status: &str) -> io::Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn send(stream: &mut TcpStream, blob: &Blob, has_body: bool) -> io::Result<()> {
    let Blob { digest, media_type, size, path } = blob;
    // It is part of a header.
    let media_type = match media_type.chars().all(|it| it.is_ascii_graphic()) {
        true if !media_type.is_empty() => media_type,
        _ => "application/octet-stream",
    };
    let file = File::open(path)?;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {size}\r\nDocker-Content-Digest: {digest}\r\n\
         Connection: close\r\n\r\n"
    )?;
    if has_body {
        io::copy(&mut file.take(*size), stream)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write as _;

    use super::*;

    /// What a server with one blob, `content`, says to a request.
    fn said(request: &[u8]) -> String {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"content").expect("written");
        let blob = |digest: &str| Blob {
            digest: digest.to_owned(),
            media_type: "type/of".to_owned(),
            size: 7,
            path: file.path().to_owned(),
        };
        let blobs = BTreeMap::from([("sha256:b".to_owned(), blob("sha256:b"))]);
        let layout = Layout { manifest: blob("sha256:m"), blobs };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut stream =
            TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        stream.write_all(request).expect("asked");
        let (accepted, _) = listener.accept().expect("a connection");
        answer(accepted, "name", &layout).expect("an answer");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        text
    }

    fn get(path: &str) -> String {
        said(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())
    }

    #[test]
    fn what_a_layout_has_is_given() {
        for path in ["manifests/c", "manifests/sha256:m", "blobs/sha256:b", "blobs/sha256:m?x=y"] {
            let said = get(&format!("/v2/name/{path}"));
            assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.ends_with("\r\n\r\ncontent"));
        }
        let head = said(b"HEAD /v2/name/manifests/c HTTP/1.1\r\n\r\n");
        let headers =
            "Content-Type: type/of\r\nContent-Length: 7\r\nDocker-Content-Digest: sha256:m\r\n";
        assert!(head.contains(headers) && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn nothing_else_is() {
        for path in [
            "/",
            "/v2/other/manifests/c",
            "/v2/name/manifests/latest",
            "/v2/name/blobs/sha256:x",
            "/v2/name/blobs/../../index.json",
            "/v2/namemanifests/c",
            "/v2/_catalog",
            "/v2/name/tags/list",
        ] {
            assert!(get(path).starts_with("HTTP/1.1 404 Not Found\r\n"), "{path}");
        }
        let put = said(b"PUT /v2/name/manifests/c HTTP/1.1\r\n\r\n");
        assert!(put.starts_with("HTTP/1.1 405 "), "{put}");
        let hello = said(b"\x16\x03\x01\x00\x35");
        assert!(hello.starts_with("HTTP/1.1 400 "), "{hello}");
    }
}
