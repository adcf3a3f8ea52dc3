//! What builds fetch from: a web server and a git server of the tests' own.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::Tested;
use super::project::Project;

/// Answers every request with the same content, as long as this process lives.
pub fn serve(content: Vec<u8>) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who does not wait for its answer is not owed one.
            let _ = respond(stream, "200 OK", &content);
        }
    });
    Ok(address)
}

fn respond(mut stream: TcpStream, status: &str, content: &[u8]) -> std::io::Result<()> {
    let request = request(&stream)?;
    let length = content.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    let body = if request.starts_with("HEAD") { &[] } else { content };
    stream.write_all(body)
}

/// Reads a request up to its body, and gives its first line.
pub fn request(mut stream: &TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream.try_clone()?);
    // The handshake of TLS, of which there is none here: a client that may do without then does.
    if reader.fill_buf()?.first() == Some(&0x16) {
        return Err(stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .err()
            .unwrap_or(ErrorKind::InvalidData.into()));
    }
    let mut lines = reader.lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    Ok(request)
}

/// A web server that answers every request in one way, as long as this process lives.
pub struct Answers {
    pub address: String,
    count: Arc<AtomicUsize>,
}

impl Answers {
    /// Answers with a status, such as `404 Not Found`, and nothing else.
    pub fn status(status: &str) -> Result<Self, Failed> {
        Self::with(status, String::new())
    }

    pub fn content(content: String) -> Result<Self, Failed> {
        Self::with("200 OK", content)
    }

    /// Accepts connections, and never says anything.
    pub fn nothing() -> Result<Self, Failed> {
        Self::nothing_at("127.0.0.1")
    }

    /// The same where containers of the engine reach it, too.
    pub fn nothing_for_containers() -> Result<Self, Failed> {
        Self::nothing_at(&own_address()?.to_string())
    }

    fn nothing_at(address: &str) -> Result<Self, Failed> {
        let listener = TcpListener::bind((address, 0))?;
        let (address, count) = (listener.local_addr()?.to_string(), Arc::default());
        thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
        Ok(Self { address, count })
    }

    fn with(status: &str, content: String) -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, count) = (listener.local_addr()?.to_string(), Arc::new(AtomicUsize::new(0)));
        let (counted, status) = (count.clone(), status.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who does not wait for its answer is not owed one.
                if respond(stream, &status, content.as_bytes()).is_ok() {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Ok(Self { address, count })
    }

    /// How many requests were answered.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

/// Serves the files of a folder where containers of the engine reach it, as long as this process lives.
pub struct Files {
    pub address: String,
    /// The paths of the files that were given; a client that has the file already is told so, and given none.
    given: Arc<Mutex<Vec<String>>>,
}

impl Files {
    pub fn serve(folder: PathBuf) -> Result<Self, Failed> {
        let listener = TcpListener::bind((own_address()?, 0))?;
        let address = listener.local_addr()?.to_string();
        let given = Arc::<Mutex<Vec<String>>>::default();
        let log = given.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who does not wait for its answer is not owed one.
                if let Ok(Some(path)) = give(stream, &folder) {
                    log.lock().unwrap_or_else(PoisonError::into_inner).push(path);
                }
            }
        });
        Ok(Self { address, given })
    }

    /// Has a shell script make files in one of the base images, and serves them.
    pub fn made(project: &Project, image: &str, script: &str) -> Result<Self, Failed> {
        let program = format!(
            "@syntax
fs default() {{
	copy fs {{
		image \"@registry/{image}:latest\"
		dir \"/served\"
		copy local(\".\") \"make.sh\" \"/\"
		run \"sh -eu /make.sh\"
	}} \"/served\" \"/\"
}}
"
        );
        project.write("served.hlb", &program)?;
        project.write("make.sh", script)?;
        project.build(&["-f", "served.hlb", "-o", ".", "."])?.succeeded()?;
        Self::serve(project.path("served"))
    }

    /// The paths of all files that were given, in order.
    pub fn all(&self) -> Vec<String> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often a file of a name was given.
    pub fn given(&self, name: &str) -> usize {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.iter().filter(|path| path.ends_with(name)).count()
    }

    pub fn gave(&self, name: &str, times: usize) -> Tested {
        match self.given(name) {
            found if found == times => Ok(()),
            found => Err(format!("`{name}` was given {found} times, expected {times}").into()),
        }
    }
}

/// Answers one request; the path of the file that it gives.
fn give(mut stream: TcpStream, folder: &Path) -> std::io::Result<Option<String>> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut has_it = false;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        has_it |= line.to_ascii_lowercase().starts_with("if-none-match:");
    }
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let path = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let content = fs::read(folder.join(&path));
    let (status, content) = match content {
        Ok(_) if has_it => ("304 Not Modified", Vec::new()),
        Ok(content) => ("200 OK", content),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let kind = if path.ends_with(".html") { "text/html" } else { "application/octet-stream" };
    let length = content.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nContent-Type: {kind}\r\nETag: \"1\"\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&content)?;
    Ok((status == "200 OK").then_some(path))
}

/// An address of this machine that containers of the engine reach.
fn own_address() -> Result<IpAddr, Failed> {
    // Nobody's address (RFC 5737), to which nothing is sent: it says which of the machine's own leads to others.
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect("198.51.100.1:9")?;
    Ok(socket.local_addr()?.ip())
}

/// Makes a git repository of a folder, with everything in one commit on `main`.
pub fn commit(project: &Project, folder: &str) -> Tested {
    let (name, address) = ("user.name=hlb", "user.email=hlb@example.org");
    for words in [
        &["init", "--quiet", "--initial-branch=main", "."][..],
        &["add", "."],
        &["-c", name, "-c", address, "commit", "--quiet", "-m", "all"],
    ] {
        project.run(&[&["git", "-C", folder], words].concat())?.succeeded()?;
    }
    Ok(())
}

/// Serves the repositories of a project until it is dropped.
pub struct GitDaemon {
    child: Child,
    pub address: String,
}

impl GitDaemon {
    pub fn start(project: &Project) -> Result<Self, Failed> {
        // Free a moment ago, which is all that can be had: git takes no socket from others.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        // The program itself: `git daemon` would leave it behind.
        let directory = Command::new("git").arg("--exec-path").output()?.stdout;
        let program = Path::new(String::from_utf8(directory)?.trim()).join("git-daemon");
        let child = Command::new(program)
            .args(["--reuseaddr", "--export-all", "--listen=127.0.0.1"])
            .arg(format!("--port={}", address.port()))
            .arg(format!("--base-path={}", project.path("repositories").display()))
            .stdin(Stdio::null())
            // It complains of who connects and says nothing, as the look whether it is there does.
            .stderr(Stdio::null())
            .spawn()?;
        let daemon = Self { child, address: address.to_string() };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > Duration::from_secs(20) {
                return Err("`git daemon` does not answer".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(daemon)
    }
}

impl Drop for GitDaemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
