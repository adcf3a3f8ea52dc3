//! A second address of the engines' registry, at which what is fetched is counted.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use libtest_mimic::Failed;

use super::server::request;

pub struct Forwarding {
    pub address: String,
    blobs: Arc<AtomicUsize>,
}

impl Forwarding {
    /// Sends every client on to `registry`, as long as this process lives.
    pub fn start(registry: &str) -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let forwarding =
            Self { address: listener.local_addr()?.to_string(), blobs: Arc::default() };
        let (registry, blobs) = (registry.to_owned(), forwarding.blobs.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who does not wait for its answer is not owed one.
                let _ = send_on(stream, &registry, &blobs);
            }
        });
        Ok(forwarding)
    }

    /// How many blobs were fetched, manifests not among them.
    pub fn blobs(&self) -> usize {
        self.blobs.load(Ordering::Relaxed)
    }
}

fn send_on(mut stream: TcpStream, registry: &str, blobs: &AtomicUsize) -> std::io::Result<()> {
    let request = request(&stream)?;
    let path = request.split(' ').nth(1).unwrap_or_default();
    if request.starts_with("GET") && path.contains("/blobs/") {
        blobs.fetch_add(1, Ordering::Relaxed);
    }
    write!(
        stream,
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{registry}{path}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
}
