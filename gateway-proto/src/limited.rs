//! Resource limits of steps: fields of BuildKit 0.31 that the wire crate lacks (`solver/pb/ops.proto`, `OpMetadata`).
//!
//! In: a request to solve, and the limits. Out: the same call with the limits in the metadata of every command. Metadata is
//! in no cache key, so a step that is cached stays so under other limits.

use std::collections::BTreeMap;

use prost::Message;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::caps::{EXEC_META_BASE, EXEC_META_LINUX_RESOURCES};
use crate::channel::MAX_MESSAGE;
use crate::frontend::{SolveRequest, SolveResponse};
use crate::pb::OpMetadata;

/// Limits of the control group that a command runs in (`pb.LinuxResources`); 0 and the empty text are none.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct LinuxResources {
    /// Bytes.
    #[prost(int64, tag = "1")]
    pub memory: i64,
    /// Memory and swap together, in bytes; −1 is no limit.
    #[prost(int64, tag = "2")]
    pub memory_swap: i64,
    #[prost(uint64, tag = "3")]
    pub cpu_shares: u64,
    /// Microseconds.
    #[prost(uint64, tag = "4")]
    pub cpu_period: u64,
    /// Microseconds a period.
    #[prost(int64, tag = "5")]
    pub cpu_quota: i64,
    #[prost(string, tag = "6")]
    pub cpuset_cpus: String,
    #[prost(string, tag = "7")]
    pub cpuset_mems: String,
}

/// A request to solve with limits for its commands.
///
/// On the wire a message that comes twice is one: the definition is written once without the metadata of the commands, and
/// once more with nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitedSolve {
    request: SolveRequest,
    commands: Commands,
}

#[derive(Clone, PartialEq, Message)]
struct Commands {
    /// `SolveRequest.definition`.
    #[prost(message, optional, tag = "1")]
    definition: Option<CommandMetadata>,
}

#[derive(Clone, PartialEq, Message)]
struct CommandMetadata {
    /// `Definition.metadata`; a value is an encoded `OpMetadata`.
    #[prost(btree_map = "string, bytes", tag = "2")]
    metadata: BTreeMap<String, Vec<u8>>,
}

/// What [`OpMetadata`] has besides.
#[derive(Clone, PartialEq, Message)]
struct Limits {
    #[prost(message, optional, tag = "7")]
    linux_resources: Option<LinuxResources>,
}

impl LimitedSolve {
    /// Limits all commands of a request; without any limit the message is the request.
    pub fn new(mut request: SolveRequest, resources: &LinuxResources) -> Self {
        let mut metadata = BTreeMap::new();
        if *resources != LinuxResources::default()
            && let Some(definition) = &mut request.definition
        {
            let (commands, others) = std::mem::take(&mut definition.metadata)
                .into_iter()
                .partition(|(_, op)| op.caps.contains_key(EXEC_META_BASE.id));
            definition.metadata = others;
            let commands: BTreeMap<String, OpMetadata> = commands;
            metadata
                .extend(commands.into_iter().map(|(digest, op)| (digest, limited(op, resources))));
        }
        let definition = (!metadata.is_empty()).then_some(CommandMetadata { metadata });
        Self { request, commands: Commands { definition } }
    }
}

fn limited(mut op: OpMetadata, resources: &LinuxResources) -> Vec<u8> {
    op.caps.insert(EXEC_META_LINUX_RESOURCES.id.to_owned(), true);
    let mut bytes = op.encode_to_vec();
    bytes.extend(Limits { linux_resources: Some(resources.clone()) }.encode_to_vec());
    bytes
}

/// Calls `Solve` of `LLBBridge`.
///
/// # Errors
/// What the daemon answers, or that it does not.
pub async fn solve(
    channel: Channel,
    request: LimitedSolve,
) -> Result<Response<SolveResponse>, Status> {
    let mut grpc = tonic::client::Grpc::new(channel).max_decoding_message_size(MAX_MESSAGE);
    grpc.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    let path = PathAndQuery::from_static("/moby.buildkit.v1.frontend.LLBBridge/Solve");
    grpc.unary(Request::new(request), path, ProstCodec::default()).await
}

impl Message for LimitedSolve {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        self.request.encode_raw(buf);
        self.commands.encode_raw(buf);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        cx: DecodeContext,
    ) -> Result<(), prost::DecodeError> {
        self.request.merge_field(tag, wire_type, buf, cx)
    }

    fn encoded_len(&self) -> usize {
        self.request.encoded_len() + self.commands.encoded_len()
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::Definition;

    #[test]
    fn every_command_is_limited_and_nothing_else() {
        let metadata = |cap: &str| OpMetadata {
            caps: [(cap.to_owned(), true)].into(),
            ignore_cache: true,
            ..OpMetadata::default()
        };
        let ops = [("run", metadata("exec.meta.base")), ("file", metadata("file.base"))];
        let definition = Definition {
            def: vec![b"op".to_vec()],
            metadata: ops.map(|(digest, op)| (digest.to_owned(), op)).into(),
            source: None,
        };
        let request = SolveRequest {
            definition: Some(definition),
            evaluate: true,
            ..SolveRequest::default()
        };
        let resources = LinuxResources { memory: 1 << 26, ..LinuxResources::default() };
        let bytes = LimitedSolve::new(request.clone(), &resources).encode_to_vec();

        // To a daemon that does not know the limits, all is as it was but for the capability.
        let plain = SolveRequest::decode(bytes.as_slice()).expect("a request");
        let mut expected = request;
        let run = expected.definition.as_mut().and_then(|it| it.metadata.get_mut("run"));
        run.expect("a command").caps.insert("exec.meta.linux.resources".to_owned(), true);
        assert_eq!(plain, expected);

        let commands = Commands::decode(bytes.as_slice()).expect("a request");
        let metadata = commands.definition.expect("a definition").metadata;
        let limits = |digest: &str| Limits::decode(metadata[digest].as_slice()).expect("metadata");
        assert_eq!(limits("run").linux_resources, Some(resources));
        assert_eq!(limits("file").linux_resources, None);
    }
}
