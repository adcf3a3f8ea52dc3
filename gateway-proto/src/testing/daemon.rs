use std::pin::Pin;

use tonic::codegen::tokio_stream::Stream;
use tonic::{Status, Streaming};

use crate::frontend::{
    EvaluateRequest, EvaluateResponse, ExecMessage, InputsRequest, InputsResponse,
    NewContainerRequest, NewContainerResponse, PongResponse, ReadDirRequest, ReadDirResponse,
    ReadFileRequest, ReadFileResponse, ReleaseContainerRequest, ReleaseContainerResponse,
    ResolveImageConfigRequest, ResolveImageConfigResponse, ResolveSourceMetaRequest,
    ResolveSourceMetaResponse, ReturnRequest, ReturnResponse, SolveRequest, SolveResponse,
    StatFileRequest, StatFileResponse, WarnRequest, WarnResponse,
};

/// What a call is answered with.
pub type Answer<T> = Result<T, Status>;

/// What comes out of a process of a gateway container.
pub type ExecMessages = Pin<Box<dyn Stream<Item = Answer<ExecMessage>> + Send>>;

/// What a daemon answers; each method is an RPC of `LLBBridge`.
///
/// A call that a test does not write is answered as by a daemon that has never heard of it. `ping` says that everything
/// is there, `inputs` that there are none, `r#return` and `warn` take what they get.
#[tonic::async_trait]
pub trait Daemon: Send + Sync + 'static {
    async fn ping(&self) -> Answer<PongResponse> {
        Ok(super::pong())
    }

    async fn inputs(&self, _: InputsRequest) -> Answer<InputsResponse> {
        Ok(InputsResponse::default())
    }

    async fn solve(&self, _: SolveRequest) -> Answer<SolveResponse> {
        missing("Solve")
    }

    async fn resolve_image_config(
        &self,
        _: ResolveImageConfigRequest,
    ) -> Answer<ResolveImageConfigResponse> {
        missing("ResolveImageConfig")
    }

    async fn resolve_source_meta(
        &self,
        _: ResolveSourceMetaRequest,
    ) -> Answer<ResolveSourceMetaResponse> {
        missing("ResolveSourceMeta")
    }

    async fn read_file(&self, _: ReadFileRequest) -> Answer<ReadFileResponse> {
        missing("ReadFile")
    }

    async fn read_dir(&self, _: ReadDirRequest) -> Answer<ReadDirResponse> {
        missing("ReadDir")
    }

    async fn stat_file(&self, _: StatFileRequest) -> Answer<StatFileResponse> {
        missing("StatFile")
    }

    async fn evaluate(&self, _: EvaluateRequest) -> Answer<EvaluateResponse> {
        missing("Evaluate")
    }

    async fn warn(&self, _: WarnRequest) -> Answer<WarnResponse> {
        Ok(WarnResponse {})
    }

    async fn r#return(&self, _: ReturnRequest) -> Answer<ReturnResponse> {
        Ok(ReturnResponse {})
    }

    async fn new_container(&self, _: NewContainerRequest) -> Answer<NewContainerResponse> {
        missing("NewContainer")
    }

    async fn release_container(
        &self,
        _: ReleaseContainerRequest,
    ) -> Answer<ReleaseContainerResponse> {
        missing("ReleaseContainer")
    }

    async fn exec_process(&self, _: Streaming<ExecMessage>) -> Answer<ExecMessages> {
        missing("ExecProcess")
    }

    async fn read_file_container(&self, _: ReadFileRequest) -> Answer<ReadFileResponse> {
        missing("ReadFileContainer")
    }

    async fn read_dir_container(&self, _: ReadDirRequest) -> Answer<ReadDirResponse> {
        missing("ReadDirContainer")
    }

    async fn stat_file_container(&self, _: StatFileRequest) -> Answer<StatFileResponse> {
        missing("StatFileContainer")
    }
}

fn missing<T>(method: &str) -> Answer<T> {
    Err(Status::unimplemented(format!(
        "unknown method {method} for service moby.buildkit.v1.frontend.LLBBridge"
    )))
}
