use std::collections::BTreeMap;
use std::time::Duration;

use gateway_proto::caps::{
    Caps, EXEC_META_LINUX_RESOURCES, FRONTEND_INPUTS, GATEWAY_EVALUATE, GATEWAY_SOLVE_EVALUATE,
    GATEWAY_WARNINGS, SOURCE_METARESOLVER,
};
use gateway_proto::channel::{check_size, client, max_request};
use gateway_proto::frontend::llb_bridge_client::LlbBridgeClient;
use gateway_proto::limited::{self, LimitedSolve, LinuxResources};
use gateway_proto::{frontend, pb, rpc};
use tokio_util::task::TaskTracker;
use tonic::transport::Channel;
use tracing::info;
use visible::visible_line;

use super::message::{
    check_caps, image_config_request, image_of_config, image_of_source, solve_request, solved,
    source_meta_request,
};
use super::{
    Bridge, BridgeError, ContainerCalls, Daemon, ImageMeta, ImageRequest, Ref, Rpc, SolveRequest,
    Solved, Stat,
};

/// How long the daemon may take to say what it can do; it has started us, so it is there.
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// The bridge to BuildKit.
pub struct GrpcBridge {
    channel: Channel,
    client: LlbBridgeClient<Channel>,
    /// For the commands of all solves, if the daemon can hold them to it.
    limits: LinuxResources,
    daemon: Daemon,
    /// The containers that are not released yet.
    containers: TaskTracker,
}

impl GrpcBridge {
    /// Asks the daemon what it can do, and keeps the answer.
    pub async fn connect(channel: Channel) -> Result<Self, BridgeError> {
        let mut client = client(channel.clone());
        let ping = client.ping(frontend::PingRequest {});
        let pong = match tokio::time::timeout(PING_TIMEOUT, ping).await {
            Ok(pong) => pong?.into_inner(),
            Err(_) => return Err(BridgeError::Malformed("no reply to a ping".to_owned())),
        };
        let daemon = Daemon { caps: Caps::of(&pong) };
        Ok(Self {
            channel,
            client,
            limits: LinuxResources::default(),
            daemon,
            containers: TaskTracker::new(),
        })
    }

    /// Holds the commands of all solves to limits, if the daemon can; see
    /// [`limits_without_effect`](crate::options::limits_without_effect).
    pub fn limiting(self, resources: &LinuxResources) -> Self {
        match self.daemon.caps.supports(EXEC_META_LINUX_RESOURCES) {
            true => Self { limits: resources.clone(), ..self },
            false => self,
        }
    }

    async fn call_solve(
        &self,
        message: frontend::SolveRequest,
    ) -> Result<frontend::SolveResponse, BridgeError> {
        let message = LimitedSolve::new(message, &self.limits);
        check_size(&message, max_request(&self.daemon.caps), "definition")?;
        Ok(limited::solve(self.channel.clone(), message).await?.into_inner())
    }

    /// A client of one call; they share the connection.
    fn client(&self) -> LlbBridgeClient<Channel> {
        self.client.clone()
    }
}

impl Bridge for GrpcBridge {
    fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    fn solve(&self, request: SolveRequest) -> Rpc<'_, Solved> {
        Box::pin(async move {
            let emulate = request.evaluate && !self.daemon.caps.supports(GATEWAY_SOLVE_EVALUATE);
            let message = solve_request(request, emulate);
            check_caps(&self.daemon.caps, &message)?;
            let ops = message.definition.as_ref().map_or(0, |it| it.def.len());
            let imports = message.cache_imports.len();
            info!(ops, imports, evaluate = message.evaluate || emulate, "solve");
            let answer = self.call_solve(message).await.inspect_err(|error| {
                // Only the code: the message may quote a command with a secret in it.
                info!(ops, code = error.code(), "solve failed");
            })?;
            let solved = solved(answer)?;
            info!(ops, "solved");
            if emulate {
                for reference in
                    std::iter::once(&solved.reference).chain(solved.references.values())
                {
                    self.evaluate(reference).await?;
                }
            }
            Ok(solved)
        })
    }

    fn evaluate<'a>(&'a self, reference: &'a Ref) -> Rpc<'a, ()> {
        Box::pin(async move {
            if reference.is_scratch() {
                return Ok(());
            }
            if self.daemon.caps.supports(GATEWAY_EVALUATE) {
                let request = frontend::EvaluateRequest { r#ref: reference.id.clone() };
                self.client().evaluate(request).await?;
            } else {
                // To look at any file, a daemon before 0.11 has to run everything.
                self.stat_file(reference, ".").await?;
            }
            Ok(())
        })
    }

    fn resolve_image(&self, request: ImageRequest) -> Rpc<'_, ImageMeta> {
        Box::pin(async move {
            if self.daemon.caps.supports(SOURCE_METARESOLVER) {
                let answer =
                    self.client().resolve_source_meta(source_meta_request(&request)).await?;
                image_of_source(&request, answer.into_inner())
            } else {
                let answer =
                    self.client().resolve_image_config(image_config_request(&request)).await?;
                image_of_config(&request, answer.into_inner())
            }
        })
    }

    fn git_commit(&self, source: pb::SourceOp, log_name: String) -> Rpc<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            if !self.daemon.caps.supports(SOURCE_METARESOLVER) {
                return Ok(None);
            }
            let request = frontend::ResolveSourceMetaRequest {
                source: Some(source),
                log_name: visible_line(&log_name).into_owned(),
                git: Some(frontend::ResolveSourceGitRequest { return_object: true }),
                ..frontend::ResolveSourceMetaRequest::default()
            };
            let answer = self.client().resolve_source_meta(request).await?.into_inner();
            Ok(answer.git.map(|git| git.commit_object).filter(|it| !it.is_empty()))
        })
    }

    fn find_source(&self, source: pb::SourceOp, log_name: String) -> Rpc<'_, ()> {
        Box::pin(async move {
            let request = frontend::ResolveSourceMetaRequest {
                source: Some(source),
                log_name: visible_line(&log_name).into_owned(),
                ..frontend::ResolveSourceMetaRequest::default()
            };
            self.client().resolve_source_meta(request).await?;
            Ok(())
        })
    }

    fn read_range<'a>(
        &'a self,
        reference: &'a Ref,
        path: &'a str,
        offset: u64,
        length: u64,
    ) -> Rpc<'a, Vec<u8>> {
        Box::pin(async move {
            let range = frontend::FileRange {
                offset: i64::try_from(offset).unwrap_or(i64::MAX),
                length: i64::try_from(length).unwrap_or(i64::MAX),
            };
            let request = frontend::ReadFileRequest {
                r#ref: reference.id.clone(),
                file_path: path.to_owned(),
                range: Some(range),
                mount_index: 0,
            };
            Ok(self.client().read_file(request).await?.into_inner().data)
        })
    }

    fn stat_file<'a>(&'a self, reference: &'a Ref, path: &'a str) -> Rpc<'a, Stat> {
        Box::pin(async move {
            let request = frontend::StatFileRequest {
                r#ref: reference.id.clone(),
                path: path.to_owned(),
                mount_index: 0,
            };
            let answer = self.client().stat_file(request).await?.into_inner();
            answer.stat.ok_or_else(|| BridgeError::Malformed("a stat without content".to_owned()))
        })
    }

    fn read_dir<'a>(
        &'a self,
        reference: &'a Ref,
        path: &'a str,
        pattern: Option<&'a str>,
    ) -> Rpc<'a, Vec<Stat>> {
        Box::pin(async move {
            let request = frontend::ReadDirRequest {
                r#ref: reference.id.clone(),
                dir_path: path.to_owned(),
                include_pattern: pattern.unwrap_or_default().to_owned(),
                mount_index: 0,
            };
            Ok(self.client().read_dir(request).await?.into_inner().entries)
        })
    }

    fn inputs(&self) -> Rpc<'_, BTreeMap<String, pb::Definition>> {
        Box::pin(async move {
            if !self.daemon.caps.supports(FRONTEND_INPUTS) {
                return Ok(BTreeMap::new());
            }
            let answer = self.client().inputs(frontend::InputsRequest {}).await?.into_inner();
            Ok(answer.definitions.into_iter().collect())
        })
    }

    fn containers(&self) -> Result<ContainerCalls, BridgeError> {
        ContainerCalls::new(self.client(), &self.daemon.caps, &self.containers)
    }

    fn warn(&self, warning: frontend::WarnRequest) -> Rpc<'_, ()> {
        Box::pin(async move {
            if self.daemon.caps.supports(GATEWAY_WARNINGS) {
                self.client().warn(warning).await?;
            }
            Ok(())
        })
    }

    fn return_result(&self, outcome: Result<frontend::Result, rpc::Status>) -> Rpc<'_, ()> {
        Box::pin(async move {
            let (result, error) = match outcome {
                Ok(result) => (Some(result), None),
                Err(status) => (None, Some(status)),
            };
            let request = frontend::ReturnRequest { result, error };
            check_size(&request, max_request(&self.daemon.caps), "result")?;
            self.client().r#return(request).await?;
            Ok(())
        })
    }
}
