//! The gateway containers of a daemon in a test: they run what the test gives them in place of a program.
//!
//! In: the six calls, which a test's [`Daemon`](super::Daemon) hands on. Out: answers with all that a real daemon makes
//! hard about them, so that a frontend that breaks a rule fails or hangs here as it does there:
//!
//! * a container is made even if the call is dropped meanwhile;
//! * the headers of `ExecProcess` come with the first message, for which it needs one itself;
//! * while descriptor 0 is open nothing reports the end of a process, and a release waits for it;
//! * a release before a process has started neither ends it nor is answered;
//! * a release of a running process answers with an error;
//! * the end of the requests ends all streams of the process, and only with it does the call end;
//! * a signal is named without `SIG`, and another name fails the call once the process is over.
//!
//! BuildKit 0.32, `frontend/gateway/gateway.go` and `frontend/gateway/container/container.go`; what hangs was seen on
//! 0.13 and 0.25.

mod file;
mod process;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tonic::Status;

use super::Answer;
use crate::frontend::{
    InitMessage, NewContainerRequest, NewContainerResponse, ReleaseContainerRequest,
    ReleaseContainerResponse,
};
use crate::pb::{MountType, NetMode};

pub use process::Process;

/// What runs in place of a program; gives its exit code.
pub type Program = fn(Process) -> Pin<Box<dyn Future<Output = u32> + Send>>;

/// The containers of one build.
pub struct Containers {
    program: Program,
    /// How long it takes to prepare the mounts of a container.
    pub preparing: Duration,
    /// How long it takes to start a process.
    pub starting: Duration,
    /// The files of the containers, by index of the mount and path.
    pub files: BTreeMap<(i32, &'static str), &'static [u8]>,
    state: Arc<Mutex<State>>,
    /// Cloned by whatever belongs to an `ExecProcess` call.
    calls: Arc<()>,
}

/// What happened to containers, in its order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Created(NewContainerRequest),
    Started(InitMessage),
    /// Descriptor 0 of a process of this container is closed.
    InputClosed(String),
    /// A release was asked for.
    Releasing(String),
    /// Nothing is left of it.
    Released(String),
}

#[derive(Default)]
struct State {
    containers: BTreeMap<String, Container>,
    events: Vec<Event>,
}

/// A container that nobody has released.
struct Container {
    network: NetMode,
    /// Becomes true to end its processes.
    stop: watch::Sender<bool>,
    processes: Vec<watch::Receiver<Option<Answer<()>>>>,
}

impl Containers {
    pub fn new(program: Program) -> Self {
        Self {
            program,
            preparing: Duration::ZERO,
            starting: Duration::ZERO,
            files: BTreeMap::new(),
            state: Arc::default(),
            calls: Arc::default(),
        }
    }

    /// What happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    /// How many containers were made of which something is left.
    pub fn left(&self) -> usize {
        let state = self.state();
        let count =
            |wanted: fn(&Event) -> bool| state.events.iter().filter(|it| wanted(it)).count();
        count(|it| matches!(it, Event::Created(_))) - count(|it| matches!(it, Event::Released(_)))
    }

    /// Whether an `ExecProcess` call is under way.
    pub fn is_called(&self) -> bool {
        Arc::strong_count(&self.calls) > 1
    }

    /// Makes a container, whatever becomes of the call.
    pub async fn new_container(
        &self,
        request: NewContainerRequest,
    ) -> Answer<NewContainerResponse> {
        let (state, preparing) = (self.state.clone(), self.preparing);
        let made = tokio::spawn(async move {
            tokio::time::sleep(preparing).await;
            lock(&state).create(request)
        });
        made.await.map_err(|error| Status::internal(error.to_string()))??;
        Ok(NewContainerResponse {})
    }

    /// Ends the processes of a container, and answers when all of them have ended.
    pub async fn release_container(
        &self,
        request: ReleaseContainerRequest,
    ) -> Answer<ReleaseContainerResponse> {
        let (state, id) = (self.state.clone(), request.container_id);
        let container = {
            let mut state = self.state();
            let container = state
                .containers
                .remove(&id)
                .ok_or_else(|| Status::unknown(format!("container details for {id} not found")))?;
            state.events.push(Event::Releasing(id.clone()));
            container
        };
        let released = tokio::spawn(async move {
            container.stop.send_replace(true);
            let mut outcome = Ok(());
            for mut process in container.processes {
                let ended = process.wait_for(Option::is_some).await;
                let ended = ended.ok().and_then(|ended| ended.clone()).unwrap_or(Ok(()));
                outcome = outcome.and(ended);
            }
            lock(&state).events.push(Event::Released(id));
            outcome
        });
        released.await.map_err(|error| Status::internal(error.to_string()))??;
        Ok(ReleaseContainerResponse {})
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn create(&mut self, request: NewContainerRequest) -> Answer<()> {
        let id = request.container_id.clone();
        let root = request.mounts.iter().find(|mount| mount.dest == "/");
        if root.is_none_or(|root| root.mount_type() != MountType::Bind) {
            return Err(Status::unknown("mount / has no input"));
        }
        // A real daemon takes it, and may then wait for its lock beyond the end of the build.
        if request.mounts.iter().any(|mount| mount.mount_type() == MountType::Cache) {
            return Err(Status::invalid_argument("a cache mount in a gateway container"));
        }
        if self.containers.contains_key(&id) {
            return Err(Status::already_exists(format!("Container {id} already exists")));
        }
        let container = Container {
            network: request.network(),
            stop: watch::Sender::default(),
            processes: Vec::new(),
        };
        self.containers.insert(id, container);
        self.events.push(Event::Created(request));
        Ok(())
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
