use std::sync::Arc;

use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use super::returned::Returned;
use super::{Answer, Daemon, ExecMessages};
use crate::frontend::llb_bridge_server::LlbBridge;
use crate::frontend::{
    EvaluateRequest, EvaluateResponse, ExecMessage, InputsRequest, InputsResponse,
    NewContainerRequest, NewContainerResponse, PingRequest, PongResponse, ReadDirRequest,
    ReadDirResponse, ReadFileRequest, ReadFileResponse, ReleaseContainerRequest,
    ReleaseContainerResponse, ResolveImageConfigRequest, ResolveImageConfigResponse,
    ResolveSourceMetaRequest, ResolveSourceMetaResponse, ReturnRequest, ReturnResponse,
    SolveRequest, SolveResponse, StatFileRequest, StatFileResponse, WarnRequest, WarnResponse,
};
use crate::pb;

/// A daemon as tonic wants it, with one build to return.
pub(super) struct Service<D: ?Sized> {
    pub(super) daemon: Arc<D>,
    pub(super) returned: Returned,
}

#[tonic::async_trait]
impl<D: Daemon + ?Sized> LlbBridge for Service<D> {
    async fn ping(&self, _: Request<PingRequest>) -> Answer<Response<PongResponse>> {
        self.daemon.ping().await.map(Response::new)
    }

    async fn inputs(&self, request: Request<InputsRequest>) -> Answer<Response<InputsResponse>> {
        self.daemon.inputs(request.into_inner()).await.map(Response::new)
    }

    async fn solve(&self, request: Request<SolveRequest>) -> Answer<Response<SolveResponse>> {
        let request = request.into_inner();
        refuse_unreadable(&request)?;
        self.daemon.solve(request).await.map(Response::new)
    }

    async fn resolve_image_config(
        &self,
        request: Request<ResolveImageConfigRequest>,
    ) -> Answer<Response<ResolveImageConfigResponse>> {
        self.daemon.resolve_image_config(request.into_inner()).await.map(Response::new)
    }

    async fn resolve_source_meta(
        &self,
        request: Request<ResolveSourceMetaRequest>,
    ) -> Answer<Response<ResolveSourceMetaResponse>> {
        self.daemon.resolve_source_meta(request.into_inner()).await.map(Response::new)
    }

    async fn read_file(
        &self,
        request: Request<ReadFileRequest>,
    ) -> Answer<Response<ReadFileResponse>> {
        self.daemon.read_file(request.into_inner()).await.map(Response::new)
    }

    async fn read_dir(
        &self,
        request: Request<ReadDirRequest>,
    ) -> Answer<Response<ReadDirResponse>> {
        self.daemon.read_dir(request.into_inner()).await.map(Response::new)
    }

    async fn stat_file(
        &self,
        request: Request<StatFileRequest>,
    ) -> Answer<Response<StatFileResponse>> {
        self.daemon.stat_file(request.into_inner()).await.map(Response::new)
    }

    async fn evaluate(
        &self,
        request: Request<EvaluateRequest>,
    ) -> Answer<Response<EvaluateResponse>> {
        self.daemon.evaluate(request.into_inner()).await.map(Response::new)
    }

    async fn warn(&self, request: Request<WarnRequest>) -> Answer<Response<WarnResponse>> {
        self.daemon.warn(request.into_inner()).await.map(Response::new)
    }

    async fn r#return(&self, request: Request<ReturnRequest>) -> Answer<Response<ReturnResponse>> {
        let request = request.into_inner();
        self.returned.admit(&request)?;
        let answer = self.daemon.r#return(request).await?;
        self.returned.record()?;
        Ok(Response::new(answer))
    }

    async fn new_container(
        &self,
        request: Request<NewContainerRequest>,
    ) -> Answer<Response<NewContainerResponse>> {
        self.daemon.new_container(request.into_inner()).await.map(Response::new)
    }

    async fn release_container(
        &self,
        request: Request<ReleaseContainerRequest>,
    ) -> Answer<Response<ReleaseContainerResponse>> {
        self.daemon.release_container(request.into_inner()).await.map(Response::new)
    }

    type ExecProcessStream = ExecMessages;

    async fn exec_process(
        &self,
        request: Request<Streaming<ExecMessage>>,
    ) -> Answer<Response<ExecMessages>> {
        self.daemon.exec_process(request.into_inner()).await.map(Response::new)
    }

    async fn read_file_container(
        &self,
        request: Request<ReadFileRequest>,
    ) -> Answer<Response<ReadFileResponse>> {
        self.daemon.read_file_container(request.into_inner()).await.map(Response::new)
    }

    async fn read_dir_container(
        &self,
        request: Request<ReadDirRequest>,
    ) -> Answer<Response<ReadDirResponse>> {
        self.daemon.read_dir_container(request.into_inner()).await.map(Response::new)
    }

    async fn stat_file_container(
        &self,
        request: Request<StatFileRequest>,
    ) -> Answer<Response<StatFileResponse>> {
        self.daemon.stat_file_container(request.into_inner()).await.map(Response::new)
    }
}

/// Refuses a definition with an op that is none, as a daemon does once it has begun with the imports: no solve comes of it.
fn refuse_unreadable(request: &SolveRequest) -> Answer<()> {
    let mut ops = request.definition.iter().flat_map(|definition| &definition.def);
    match ops.find_map(|op| pb::Op::decode(op.as_slice()).err()) {
        None => Ok(()),
        Some(problem) => Err(Status::unknown(format!("failed to parse llb proto op: {problem}"))),
    }
}
