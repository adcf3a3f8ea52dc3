use futures_util::StreamExt;
use futures_util::stream;
use gateway_proto::caps::GATEWAY_EXEC_SIGNALS;
use gateway_proto::frontend::exec_message::Input;
use gateway_proto::{frontend, pb, rpc};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tonic::Streaming;

use super::line::Lines;
use super::{Container, stopped};
use crate::bridge::{BridgeError, ContainerCalls};

/// A program that is to run in a container.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The program's path and its arguments.
    pub args: Vec<String>,
    /// Each as `NAME=value`. The daemon adds a `PATH`.
    pub env: Vec<String>,
    /// An absolute path; `/` if it is empty.
    pub cwd: String,
}

/// A process of a container; dropping it leaves the process to the release of the container.
pub struct Running {
    calls: ContainerCalls,
    messages: Streaming<frontend::ExecMessage>,
    /// Kept as long as the process runs: with the end of the requests the daemon closes what the process writes to.
    requests: Option<mpsc::Sender<frontend::ExecMessage>>,
    pub(super) lines: Lines,
}

/// Descriptor 0 of a process, which is closed when this is dropped or when the container is released.
pub struct Stdin {
    requests: mpsc::Sender<frontend::ExecMessage>,
}

/// What a process did.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Started,
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Exit(Exit),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    pub code: u32,
    /// Why, if that was not by itself and with success.
    pub status: Option<rpc::Status>,
}

/// A signal for a process. The first process of a container has no default handlers, so most do nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Kill,
    Terminate,
}

/// The processes of a container have calls of their own, so that one name does for all.
const PROCESS_ID: &str = "p";

/// Bytes of a message to a process, as many as Go copies at once.
const CHUNK_BYTES: usize = 32 << 10;

/// Requests that wait for the connection: the first one, and some of those that follow.
const WAITING_REQUESTS: usize = 4;

impl Container {
    /// Starts a process that has no descriptor 0.
    ///
    /// # Errors
    /// What the daemon says if it does not start.
    pub async fn exec(&self, process: Process) -> Result<Running, BridgeError> {
        let (running, _) = self.exec_with(process, &[1, 2]).await?;
        Ok(running)
    }

    /// Starts a process with descriptor 0, whose end nothing reports until that is closed.
    ///
    /// # Errors
    /// What the daemon says if it does not start.
    pub async fn exec_piped(&self, process: Process) -> Result<(Running, Stdin), BridgeError> {
        let (running, requests) = self.exec_with(process, &[0, 1, 2]).await?;
        Ok((running, Stdin { requests }))
    }

    async fn exec_with(
        &self,
        process: Process,
        fds: &[u32],
    ) -> Result<(Running, mpsc::Sender<frontend::ExecMessage>), BridgeError> {
        let (requests, mut waiting) = mpsc::channel(WAITING_REQUESTS);
        // The daemon answers the call with what the process does first, so this comes before the call.
        let init = Input::Init(process.into_message(self.id.clone(), fds));
        requests.try_send(message(init)).map_err(|_| ended())?;
        let until_release = self.closing.clone().cancelled_owned();
        let stream = stream::poll_fn(move |cx| waiting.poll_recv(cx)).take_until(until_release);
        let calls = self.calls.clone();
        // The daemon answers once the process has started, and a release has to wait for that, whoever else does not.
        let starting = self.starts.spawn(async move {
            let messages = calls.exec_process(stream).await?;
            let (kept, lines) = (Some(requests.clone()), Lines::default());
            Ok((Running { calls, messages, requests: kept, lines }, requests))
        });
        starting.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Running {
    /// Waits for what the process does next; none once it has ended and all that it printed was read.
    ///
    /// # Errors
    /// If the call breaks, and with the daemon's reason if it refused a request.
    pub async fn next(&mut self) -> Result<Option<Event>, BridgeError> {
        if let Some(buffered) = self.lines.take() {
            return Ok(Some(Event::Stdout(buffered)));
        }
        self.receive().await
    }

    pub(super) async fn receive(&mut self) -> Result<Option<Event>, BridgeError> {
        while self.requests.is_some() {
            let Some(message) = self.messages.message().await? else { break };
            match message.input {
                Some(Input::Started(_)) => return Ok(Some(Event::Started)),
                Some(Input::File(file)) if !file.data.is_empty() => match file.fd {
                    1 => return Ok(Some(Event::Stdout(file.data))),
                    2 => return Ok(Some(Event::Stderr(file.data))),
                    _ => {}
                },
                Some(Input::Exit(frontend::ExitMessage { code, error })) => {
                    return Ok(Some(Event::Exit(Exit { code, status: error })));
                }
                Some(Input::Done(_)) => break,
                _ => {}
            }
        }
        // The call ends only once nobody can send a request any more.
        self.requests = None;
        Ok(None)
    }

    /// Sends a signal, unless the process has ended.
    ///
    /// # Errors
    /// If the daemon is too old for it, before BuildKit 0.10.
    pub async fn signal(&self, signal: Signal) -> Result<(), BridgeError> {
        self.calls.require(GATEWAY_EXEC_SIGNALS)?;
        if let Some(requests) = &self.requests {
            let name = signal.name().to_owned();
            // Who does not take it any more has ended.
            let _ = requests.send(message(Input::Signal(frontend::SignalMessage { name }))).await;
        }
        Ok(())
    }
}

impl Stdin {
    /// Writes all bytes, as fast as the process reads.
    ///
    /// # Errors
    /// If the process has ended, or its container is released.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), BridgeError> {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            let file = frontend::FdMessage { fd: 0, eof: false, data: chunk.to_vec() };
            self.requests.send(message(Input::File(file))).await.map_err(|_| ended())?;
        }
        Ok(())
    }
}

impl Drop for Stdin {
    fn drop(&mut self) {
        let requests = self.requests.clone();
        let end = message(Input::File(frontend::FdMessage { fd: 0, eof: true, data: Vec::new() }));
        // Without a runtime this process ends, and the connection with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { requests.send(end).await });
        }
    }
}

impl Process {
    fn into_message(self, container_id: String, fds: &[u32]) -> frontend::InitMessage {
        let Self { args, env, cwd } = self;
        let cwd = if cwd.is_empty() { "/".to_owned() } else { cwd };
        frontend::InitMessage {
            container_id,
            meta: Some(pb::Meta { args, env, cwd, ..pb::Meta::default() }),
            fds: fds.to_vec(),
            ..frontend::InitMessage::default()
        }
    }
}

impl Signal {
    /// The name that the daemon knows, which is without `SIG`: a request with another name ends the call.
    fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Kill => "KILL",
            Self::Terminate => "TERM",
        }
    }
}

fn message(input: Input) -> frontend::ExecMessage {
    frontend::ExecMessage { process_id: PROCESS_ID.to_owned(), input: Some(input) }
}

fn ended() -> BridgeError {
    BridgeError::Malformed("the process has ended".to_owned())
}
