use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway_proto::frontend::{
    ExecMessage, NewContainerRequest, NewContainerResponse, PongResponse, ReadDirRequest,
    ReadDirResponse, ReadFileRequest, ReadFileResponse, ReleaseContainerRequest,
    ReleaseContainerResponse, ReturnRequest, ReturnResponse, StatFileRequest, StatFileResponse,
};
use gateway_proto::fsutil::Stat;
use gateway_proto::testing::{
    self, Answer, Containers, Daemon, Event, ExecMessages, Process, Program,
};
use hlb_gateway::bridge::{GrpcBridge, Ref};
use tonic::{Status, Streaming};

/// A daemon with containers.
pub struct Fake {
    pub release: &'static str,
    pub containers: Containers,
    /// Whether a release is never answered.
    pub keeps_releases: bool,
    /// The refs that a file was looked for in, and how many containers there were when the build had its outcome.
    pub seen: Mutex<Seen>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub forced: Vec<String>,
    pub left_at_return: Option<usize>,
}

impl Fake {
    pub fn new(program: Program) -> Self {
        Self {
            release: "0.32",
            containers: Containers::new(program),
            keeps_releases: false,
            seen: Mutex::default(),
        }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().expect("no test panics while it looks").clone()
    }

    /// Waits until nothing is left of the containers, which must be soon.
    pub async fn expect_nothing_left(&self, made: usize) {
        for _ in 0..2000 {
            let events = self.containers.events();
            let count = events.iter().filter(|it| matches!(it, Event::Created(_))).count();
            if count >= made && self.containers.left() == 0 && !self.containers.is_called() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (left, called) = (self.containers.left(), self.containers.is_called());
        panic!("{left} left, called: {called}: {:#?}", self.containers.events());
    }
}

pub async fn connect(daemon: Fake) -> (Arc<Fake>, GrpcBridge) {
    let daemon = Arc::new(daemon);
    let bridge = GrpcBridge::connect(testing::channel(daemon.clone())).await;
    (daemon, bridge.expect("the daemon answers a ping"))
}

pub fn reference(id: &str) -> Ref {
    Ref { id: id.to_owned(), definition: None }
}

/// A program that says hello on both streams and then serves.
pub fn server(process: Process) -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        process.print(2, b"starting\n");
        process.print(1, b"hel");
        process.print(1, b"lo\nsecond\n");
        std::future::pending().await
    })
}

/// A program that gives back what it reads.
pub fn echo(mut process: Process) -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        while let Some(bytes) = process.read().await {
            process.print(1, &bytes);
        }
        process.print(2, b"end");
        0
    })
}

#[tonic::async_trait]
impl Daemon for Fake {
    async fn ping(&self) -> Answer<PongResponse> {
        Ok(testing::pong_of(self.release))
    }

    async fn stat_file(&self, request: StatFileRequest) -> Answer<StatFileResponse> {
        self.seen.lock().expect("not poisoned").forced.push(request.r#ref.clone());
        match request.r#ref.as_str() {
            "broken" => Err(Status::unknown("exit code: 1")),
            _ => Ok(StatFileResponse { stat: Some(Stat::default()) }),
        }
    }

    async fn r#return(&self, _: ReturnRequest) -> Answer<ReturnResponse> {
        self.seen.lock().expect("not poisoned").left_at_return = Some(self.containers.left());
        Ok(ReturnResponse {})
    }

    async fn new_container(&self, request: NewContainerRequest) -> Answer<NewContainerResponse> {
        self.containers.new_container(request).await
    }

    async fn release_container(
        &self,
        request: ReleaseContainerRequest,
    ) -> Answer<ReleaseContainerResponse> {
        if self.keeps_releases {
            std::future::pending::<()>().await;
        }
        self.containers.release_container(request).await
    }

    async fn exec_process(&self, requests: Streaming<ExecMessage>) -> Answer<ExecMessages> {
        self.containers.exec_process(requests).await
    }

    async fn read_file_container(&self, request: ReadFileRequest) -> Answer<ReadFileResponse> {
        self.containers.read_file_container(request).await
    }

    async fn read_dir_container(&self, request: ReadDirRequest) -> Answer<ReadDirResponse> {
        self.containers.read_dir_container(request).await
    }

    async fn stat_file_container(&self, request: StatFileRequest) -> Answer<StatFileResponse> {
        self.containers.stat_file_container(request).await
    }
}
