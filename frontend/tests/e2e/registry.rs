//! A registry of the tests' own: each of its repositories has what can go wrong with a build cache, named for it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::server::request;

/// Serves as long as this process lives, where engines on this machine take plain HTTP for granted.
pub fn serve() -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who does not wait for its answer is not owed one, and nobody waits for another's.
            thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

/// Where nobody listens.
pub fn refusing() -> Result<String, Failed> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// How much of a body is sent before the connection is closed.
enum Sent {
    All,
    Half,
    /// Half of it, and then nothing for a while: a daemon asks again for the rest, three times.
    HalfAndWait,
}

/// What a registry answers.
pub struct Reply {
    status: &'static str,
    header: String,
    body: Vec<u8>,
    sent: Sent,
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CACHE_CONFIG: &str = "application/vnd.buildkit.cacheconfig.v0";
const EMPTY: &str = r#"{"layers":[],"records":[]}"#;
const WAIT: Duration = Duration::from_millis(300);

fn answer(stream: TcpStream) -> std::io::Result<()> {
    let request = request(&stream)?;
    let path = request.split(' ').nth(1).unwrap_or_default();
    reply(path, &stream.local_addr()?.to_string()).send(stream, &request)
}

fn reply(path: &str, host: &str) -> Reply {
    let mut parts = path.trim_start_matches("/v2/").split(['/', '?']);
    let (repository, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_manifest = kind == "manifests";
    let of = |kind: &str, config: &str| {
        if is_manifest { manifest(kind, config) } else { content(config) }
    };
    match repository {
        "failing" => status("500 Internal Server Error", String::new()),
        // The server that tokens are from denies them, too.
        "login" | "token" => {
            let ask = format!(
                "WWW-Authenticate: Bearer realm=\"http://{host}/v2/token\",service=\"r\"\r\n"
            );
            status("401 Unauthorized", ask)
        }
        "circling" => status("302 Found", format!("Location: {path}\r\n")),
        "truncated" => of(CACHE_CONFIG, EMPTY).truncated(),
        "cut" => Reply { sent: Sent::Half, ..of(CACHE_CONFIG, EMPTY) },
        "stalling" => Reply { sent: Sent::HalfAndWait, ..of(CACHE_CONFIG, EMPTY) },
        "foreign" => of("application/vnd.example+json", "{}"),
        "large" => of(CACHE_CONFIG, &large()),
        _ => status("404 Not Found", String::new()),
    }
}

/// An answer without a body.
pub fn status(status: &'static str, header: String) -> Reply {
    Reply { status, header, body: Vec::new(), sent: Sent::All }
}

/// What is asked for.
pub fn found(header: String, body: Vec<u8>) -> Reply {
    Reply { body, ..status("200 OK", header) }
}

fn content(content: &str) -> Reply {
    let header = "Content-Type: application/octet-stream\r\n".to_owned();
    found(header, content.into())
}

/// The manifest of a cache, or of what another program keeps in a registry.
fn manifest(config_type: &str, config: &str) -> Reply {
    let config = json!({ "mediaType": config_type, "digest": digest(config.as_bytes()), "size": config.len() });
    let manifest =
        json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] });
    found(String::new(), manifest.to_string().into()).described()
}

impl Reply {
    /// Sends it in answer to a request with this first line.
    pub fn send(&self, mut stream: TcpStream, request: &str) -> std::io::Result<()> {
        let Self { status, header, body, sent } = self;
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        let (half, rest) = body.split_at(length / 2);
        match sent {
            _ if request.starts_with("HEAD") => {}
            Sent::All => stream.write_all(&[half, rest].concat())?,
            Sent::Half => stream.write_all(half)?,
            Sent::HalfAndWait => {
                stream.write_all(half)?;
                thread::sleep(WAIT);
            }
        }
        // Closed in order, so that the client has all that was sent.
        stream.shutdown(std::net::Shutdown::Write)?;
        stream.read(&mut [0]).map(drop)
    }

    /// Ends in the middle, and says that this is all.
    fn truncated(mut self) -> Self {
        self.body.truncate(self.body.len() / 2);
        self.described()
    }

    fn described(self) -> Self {
        let digest = digest(&self.body);
        let header = format!("Content-Type: {MANIFEST}\r\nDocker-Content-Digest: {digest}\r\n");
        Self { header, ..self }
    }
}

/// The name that a registry has for some bytes.
pub fn digest(content: &[u8]) -> String {
    let hex: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// A cache's knowledge of more steps than fit into 1 MiB.
fn large() -> String {
    let records: Vec<_> =
        (0..15_000).map(|n| json!({ "digest": format!("sha256:{n:064x}") })).collect();
    json!({ "layers": [], "records": records }).to_string()
}
