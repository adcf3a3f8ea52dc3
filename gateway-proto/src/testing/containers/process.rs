use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};
use tonic::codegen::tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::codegen::tokio_stream::{self, StreamExt};
use tonic::{Status, Streaming};

use super::{Containers, Event, Program, State, lock};
use crate::frontend::exec_message::Input;
use crate::frontend::{
    DoneMessage, ExecMessage, ExitMessage, FdMessage, InitMessage, StartedMessage,
};
use crate::pb::NetMode;
use crate::status;
use crate::testing::{Answer, ExecMessages};

/// A process as its program has it.
pub struct Process {
    pub init: InitMessage,
    /// The network of its container.
    pub network: NetMode,
    stdin: mpsc::UnboundedReceiver<Vec<u8>>,
    output: Output,
}

impl Process {
    /// What comes next on descriptor 0; none at its end.
    pub async fn read(&mut self) -> Option<Vec<u8>> {
        self.stdin.recv().await
    }

    /// Writes to a descriptor. What nobody reads is discarded.
    pub fn print(&self, fd: u32, bytes: &[u8]) {
        if self.init.fds.contains(&fd) && *self.output.is_read.borrow() {
            self.output.send(Input::File(FdMessage { fd, eof: false, data: bytes.to_vec() }));
        }
    }
}

/// The way back to the frontend.
#[derive(Clone)]
struct Output {
    process_id: String,
    messages: mpsc::UnboundedSender<Answer<ExecMessage>>,
    /// False once the requests have ended, with which a daemon closes the descriptors.
    is_read: watch::Receiver<bool>,
}

impl Output {
    fn send(&self, input: Input) {
        // Nobody has to be there.
        let _ = self.messages.send(Ok(self.message(input)));
    }

    fn message(&self, input: Input) -> ExecMessage {
        ExecMessage { process_id: self.process_id.clone(), input: Some(input) }
    }
}

impl Containers {
    /// Starts a process and answers once it has started.
    pub async fn exec_process(&self, mut requests: Streaming<ExecMessage>) -> Answer<ExecMessages> {
        let Some(first) = requests.message().await? else {
            return Ok(Box::pin(tokio_stream::empty()));
        };
        let process_id = first.process_id;
        if process_id.is_empty() {
            return Err(Status::invalid_argument("ProcessID required"));
        }
        let Some(Input::Init(init)) = first.input else {
            return Err(Status::not_found(format!("IO for process {process_id:?} not found")));
        };
        let (messages, answers) = mpsc::unbounded_channel();
        let (reading, is_read) = watch::channel(true);
        let (kill, killed) = watch::channel(false);
        let (stdin, input) = mpsc::unbounded_channel();
        let (ending, ended) = watch::channel(None);
        let output = Output { process_id, messages, is_read };
        let (network, stopped) = {
            let mut state = self.state();
            let container = state.containers.get_mut(&init.container_id).ok_or_else(|| {
                let id = &init.container_id;
                Status::not_found(format!("container {id:?} previously released or not created"))
            })?;
            container.processes.push(ended.clone());
            let found = (container.network, container.stop.subscribe());
            state.events.push(Event::Started(init.clone()));
            found
        };
        let input_open = watch::Sender::new(init.fds.contains(&0));
        let wires = Wires { stopped, killed, input_open: input_open.subscribe(), ending };
        let process = Process { init: init.clone(), network, stdin: input, output: output.clone() };
        let call = self.calls.clone();
        let requested = Requested {
            container: init.container_id,
            stdin: Some(stdin).filter(|_| *input_open.borrow()),
            input_open,
            kill,
            reading,
            state: self.state.clone(),
            ended,
            output: output.clone(),
        };
        // It starts whatever becomes of the call.
        let (starting, start) = (self.starting, watch::Sender::new(false));
        let mut started = start.subscribe();
        tokio::spawn(run(self.program, process, wires, started.clone(), output.clone()));
        tokio::spawn(async move {
            tokio::time::sleep(starting).await;
            start.send_replace(true);
        });
        tokio::spawn(async move {
            requested.take(requests).await;
            drop(call);
        });
        let _ = started.wait_for(|started| *started).await;
        let started = Ok(output.message(Input::Started(StartedMessage {})));
        let call = self.calls.clone();
        let answers = UnboundedReceiverStream::new(answers).map(move |answer| {
            let _ = &call;
            answer
        });
        Ok(Box::pin(tokio_stream::once(started).chain(answers)))
    }
}

/// What ends a process, and who learns of it.
struct Wires {
    stopped: watch::Receiver<bool>,
    killed: watch::Receiver<bool>,
    input_open: watch::Receiver<bool>,
    ending: watch::Sender<Option<Answer<()>>>,
}

async fn run(
    program: Program,
    process: Process,
    mut wires: Wires,
    started: watch::Receiver<bool>,
    output: Output,
) {
    let fds = process.init.fds.clone();
    let (code, outcome) = tokio::select! {
        code = program(process) => match code {
            0 => (0, Ok(())),
            code => (code, Err(Status::unknown(format!("exit code: {code}")))),
        },
        () = stop(wires.stopped, started) => {
            (137, Err(Status::cancelled("exit code: 137: context canceled")))
        }
        _ = wires.killed.wait_for(|killed| *killed) => {
            (137, Err(Status::unknown("exit code: 137")))
        }
    };
    // Go waits for the copy of descriptor 0 as well as for the process.
    let _ = wires.input_open.wait_for(|open| !open).await;
    let error = outcome.as_ref().err().map(status::to_rpc);
    output.send(Input::Exit(ExitMessage { code, error }));
    for fd in fds.into_iter().filter(|fd| *fd != 0) {
        output.send(Input::File(FdMessage { fd, eof: true, data: Vec::new() }));
    }
    output.send(Input::Done(DoneMessage {}));
    wires.ending.send_replace(Some(outcome));
}

/// Waits for the release of the container.
///
/// One before the process has started does nothing to it, and waits for its end (BuildKit before 0.15,
/// `executor/runcexecutor`, "nothing to kill").
async fn stop(mut stopped: watch::Receiver<bool>, mut started: watch::Receiver<bool>) {
    let _ = started.wait_for(|started| *started).await;
    if *stopped.borrow() {
        std::future::pending::<()>().await;
    }
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// What the requests of a process act upon.
struct Requested {
    container: String,
    stdin: Option<mpsc::UnboundedSender<Vec<u8>>>,
    input_open: watch::Sender<bool>,
    kill: watch::Sender<bool>,
    reading: watch::Sender<bool>,
    state: Arc<Mutex<State>>,
    ended: watch::Receiver<Option<Answer<()>>>,
    output: Output,
}

impl Requested {
    /// Takes requests until they end, and with them everything that is open.
    async fn take(mut self, mut requests: Streaming<ExecMessage>) {
        let failure = loop {
            match requests.message().await {
                Err(_) | Ok(None) => break None,
                Ok(Some(message)) => {
                    if let Err(failure) = self.act(message.input) {
                        break Some(failure);
                    }
                }
            }
        };
        self.close_input();
        self.reading.send_replace(false);
        if let Some(failure) = failure {
            let _ = self.ended.wait_for(Option::is_some).await;
            let _ = self.output.messages.send(Err(failure));
        }
    }

    fn act(&mut self, input: Option<Input>) -> Answer<()> {
        match input {
            Some(Input::File(FdMessage { fd: 0, eof, data })) => {
                let stdin = self.stdin.as_ref();
                let stdin =
                    stdin.ok_or_else(|| Status::out_of_range("fd 0 unavailable to write"))?;
                // A process that has ended reads no more.
                let _ = stdin.send(data);
                if eof {
                    self.close_input();
                }
                Ok(())
            }
            Some(Input::File(FdMessage { fd, .. })) => {
                Err(Status::out_of_range(format!("fd {fd} unavailable to write")))
            }
            Some(Input::Signal(signal)) => match signal.name.as_str() {
                "KILL" => {
                    self.kill.send_replace(true);
                    Ok(())
                }
                // The program is the first process of its container and has no handlers.
                "HUP" | "INT" | "QUIT" | "TERM" | "USR1" | "USR2" => Ok(()),
                name => Err(Status::invalid_argument(format!("Unknown signal {name}"))),
            },
            Some(Input::Init(_)) => Err(Status::already_exists("Process already exists")),
            _ => Ok(()),
        }
    }

    fn close_input(&mut self) {
        if self.stdin.take().is_some() {
            self.input_open.send_replace(false);
            lock(&self.state).events.push(Event::InputClosed(self.container.clone()));
        }
    }
}
