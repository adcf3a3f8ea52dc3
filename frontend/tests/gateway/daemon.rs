use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway_proto::frontend::{self, result};
use gateway_proto::fsutil::Stat;
use gateway_proto::testing::{self, Answer, Daemon};
use gateway_proto::{pb, rpc, status};
use hlb_gateway::bridge::GrpcBridge;
use hlb_gateway::options::Options;
use prost::Message;
use tonic::Status;

/// The bits of Go's `os.FileMode` for what is no regular file.
pub const DIRECTORY: u32 = 1 << 31;
pub const PIPE: u32 = 1 << 25;
pub const DEVICE: u32 = (1 << 26) | (1 << 21);

/// A daemon whose sources hold what a test says, and which remembers what it was asked.
#[derive(Default)]
pub struct Fake {
    /// The capabilities of this release, or all.
    pub release: Option<&'static str>,
    /// The files of each source, by identifier and path.
    pub files: BTreeMap<(&'static str, &'static str), Vec<u8>>,
    /// Paths that are no regular files, with the bits of Go's `os.FileMode` that say what they are.
    pub special: Vec<(&'static str, u32)>,
    /// When the file at a path was last changed, in seconds since 1970.
    pub times: Vec<(&'static str, i64)>,
    /// What looking at a path fails with.
    pub stat_failures: Vec<(&'static str, &'static str)>,
    /// What each solve fails with, if at all.
    pub failure: Option<rpc::Status>,
    /// The source that this is about, if not all are meant.
    pub failing: Option<&'static str>,
    /// Whether it fails only when a file of it is looked at, as a lazy solve does.
    pub fails_when_read: bool,
    /// What resolving an image fails with.
    pub image_failure: Option<&'static str>,
    /// What a newer daemon knows about an image.
    pub source_meta: Option<frontend::ResolveSourceMetaResponse>,
    /// What an older one does.
    pub image_config: Option<frontend::ResolveImageConfigResponse>,
    /// How long each solve takes.
    pub solve_time: Duration,
    /// What other frontends give: a definition, and the config of its image.
    pub frontend: Option<(pb::Definition, &'static str)>,
    /// What other builds have made for this one.
    pub inputs: Vec<(&'static str, pb::Definition)>,
    /// Whether a result is refused.
    pub refuses_results: bool,
    pub asked: Mutex<Asked>,
}

/// What a daemon was asked, in its order.
#[derive(Default)]
pub struct Asked {
    /// How many solves are going on, and how many there were at most.
    running: usize,
    pub most_running: usize,
    pub solves: Vec<frontend::SolveRequest>,
    pub reads: Vec<frontend::ReadFileRequest>,
    pub stats: Vec<frontend::StatFileRequest>,
    pub source_metas: Vec<frontend::ResolveSourceMetaRequest>,
    pub image_configs: Vec<frontend::ResolveImageConfigRequest>,
    pub warnings: Vec<frontend::WarnRequest>,
    pub returns: Vec<frontend::ReturnRequest>,
}

impl Fake {
    pub fn with_files(files: &[(&'static str, &'static str, &[u8])]) -> Self {
        let files =
            files.iter().map(|(source, path, content)| ((*source, *path), content.to_vec()));
        Self { files: files.collect(), ..Self::default() }
    }

    /// When a file was last changed, in nanoseconds since 1970.
    fn mod_time(&self, path: &str) -> i64 {
        let time = self.times.iter().find(|(it, _)| *it == path);
        time.map_or(0, |(_, seconds)| seconds * 1_000_000_000)
    }

    /// The source ops of the solves, each with the name that progress shows.
    pub fn sources(&self) -> Vec<(pb::SourceOp, String)> {
        let asked = self.asked.lock().expect("no test panics while it looks");
        asked.solves.iter().filter_map(|solve| source(solve.definition.as_ref()?)).collect()
    }
}

/// The answer to a solve that gives one ref.
pub fn solved(id: &str) -> frontend::SolveResponse {
    let reference = frontend::Ref { id: id.to_owned(), def: None };
    let result = frontend::Result {
        result: Some(result::Result::Ref(reference)),
        ..frontend::Result::default()
    };
    frontend::SolveResponse { result: Some(result), ..Default::default() }
}

/// The daemon as the frontend has it.
pub async fn connect(daemon: &Arc<Fake>) -> GrpcBridge {
    let channel = testing::channel(daemon.clone());
    GrpcBridge::connect(channel).await.expect("the daemon answers a ping")
}

/// What BuildKit would hand over as options, in a session `s`.
pub fn options(options: &[&str]) -> Options {
    Options::parse(variables(options)).expect("valid options")
}

/// The environment in which BuildKit would start the frontend with these options.
pub fn variables(options: &[&str]) -> Vec<(OsString, OsString)> {
    let numbered = options.iter().enumerate();
    let numbered = numbered.map(|(n, option)| (format!("BUILDKIT_FRONTEND_OPT_{n}"), *option));
    let session = [("BUILDKIT_SESSION_ID".to_owned(), "s")];
    let variables = numbered.chain(session);
    variables.map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

/// What a daemon knows of an image with this config.
pub fn image(identifier: &str, config: &str) -> frontend::ResolveSourceMetaResponse {
    let source = pb::SourceOp { identifier: identifier.to_owned(), ..pb::SourceOp::default() };
    let image = frontend::ResolveSourceImageResponse {
        digest: format!("sha256:{}", "0123456789abcdef".repeat(4)),
        config: config.as_bytes().to_vec(),
        ..Default::default()
    };
    let (source, image) = (Some(source), Some(image));
    frontend::ResolveSourceMetaResponse { source, image, ..Default::default() }
}

/// The first op of a definition, if it is a source.
fn source(definition: &pb::Definition) -> Option<(pb::SourceOp, String)> {
    let bytes = definition.def.first()?;
    let op = pb::Op::decode(bytes.as_slice()).ok()?;
    let Some(pb::op::Op::Source(source)) = op.op else { return None };
    let terminal = pb::Op::decode(definition.def.last()?.as_slice()).ok()?;
    let digest = &terminal.inputs.first()?.digest;
    let description = &definition.metadata.get(digest)?.description;
    Some((source, description.get("llb.customname").cloned().unwrap_or_default()))
}

#[tonic::async_trait]
impl Daemon for Fake {
    async fn ping(&self) -> Answer<frontend::PongResponse> {
        Ok(self.release.map_or_else(testing::pong, testing::pong_of))
    }

    async fn inputs(&self, _: frontend::InputsRequest) -> Answer<frontend::InputsResponse> {
        let inputs = self.inputs.iter().cloned();
        let definitions = inputs.map(|(name, definition)| (name.to_owned(), definition)).collect();
        Ok(frontend::InputsResponse { definitions })
    }

    async fn solve(&self, request: frontend::SolveRequest) -> Answer<frontend::SolveResponse> {
        let identifier = request.definition.as_ref().and_then(source).map(|(op, _)| op.identifier);
        let nested = self.frontend.clone().filter(|_| !request.frontend.is_empty());
        {
            let mut asked = self.asked.lock().expect("not poisoned");
            asked.solves.push(request);
            asked.running += 1;
            asked.most_running = asked.most_running.max(asked.running);
        }
        tokio::time::sleep(self.solve_time).await;
        self.asked.lock().expect("not poisoned").running -= 1;
        let is_meant = self.failing.is_none() || self.failing == identifier.as_deref();
        let is_now = is_meant && !self.fails_when_read;
        if let Some(failure) = self.failure.as_ref().filter(|_| is_now) {
            return Err(status::to_tonic(failure));
        }
        if let Some((definition, config)) = nested {
            let reference = frontend::Ref { id: "nested".to_owned(), def: Some(definition) };
            let config = ("containerimage.config".to_owned(), config.as_bytes().to_vec());
            let result = frontend::Result {
                result: Some(result::Result::Ref(reference)),
                metadata: [config].into(),
                ..frontend::Result::default()
            };
            return Ok(frontend::SolveResponse { result: Some(result), ..Default::default() });
        }
        Ok(solved(identifier.as_deref().unwrap_or("unnamed")))
    }

    async fn read_file(
        &self,
        request: frontend::ReadFileRequest,
    ) -> Answer<frontend::ReadFileResponse> {
        let path = request.file_path.clone();
        let key = (request.r#ref.as_str(), path.as_str());
        let content = self.files.iter().find(|((source, path), _)| (*source, *path) == key);
        let range = request.range;
        self.asked.lock().expect("not poisoned").reads.push(request.clone());
        if self.special.iter().any(|(special, mode)| *special == path && *mode == PIPE) {
            // As a daemon does, which has opened the pipe.
            std::future::pending::<()>().await;
        }
        let Some((_, content)) = content else {
            return Err(Status::unknown(format!("open /{path}: no such file or directory")));
        };
        let data = match range {
            None => content.clone(),
            Some(range) => {
                let rest = content.iter().skip(range.offset as usize);
                rest.take(range.length as usize).copied().collect()
            }
        };
        Ok(frontend::ReadFileResponse { data })
    }

    async fn stat_file(
        &self,
        request: frontend::StatFileRequest,
    ) -> Answer<frontend::StatFileResponse> {
        self.asked.lock().expect("not poisoned").stats.push(request.clone());
        let path = request.path.as_str();
        if self.fails_when_read
            && self.failing == Some(request.r#ref.as_str())
            && let Some(failure) = &self.failure
        {
            return Err(status::to_tonic(failure));
        }
        if let Some((_, failure)) = self.stat_failures.iter().find(|(it, _)| *it == path) {
            return Err(Status::unknown(*failure));
        }
        let special = self.special.iter().find(|(special, _)| *special == path);
        let key = (request.r#ref.as_str(), path);
        let content = self.files.iter().find(|((source, path), _)| (*source, *path) == key);
        let stat = match (special, content) {
            (Some((_, mode)), _) => Stat { mode: *mode | 0o644, ..Stat::default() },
            (None, Some((_, content))) => {
                let (size, mod_time) = (content.len() as i64, self.mod_time(path));
                Stat { mode: 0o644, size, mod_time, ..Stat::default() }
            }
            (None, None) => {
                return Err(Status::unknown(format!("lstat /{path}: no such file or directory")));
            }
        };
        Ok(frontend::StatFileResponse { stat: Some(stat) })
    }

    async fn read_dir(
        &self,
        request: frontend::ReadDirRequest,
    ) -> Answer<frontend::ReadDirResponse> {
        let folder = request.dir_path.trim_start_matches('/');
        let files = self.files.keys().filter(|(source, _)| *source == request.r#ref);
        let below = files.filter_map(|(_, path)| Some((*path, path.strip_prefix(folder)?)));
        let mut entries = BTreeMap::new();
        for (path, rest) in below {
            let (name, mode) = match rest.split_once('/') {
                Some((name, _)) => (name, DIRECTORY | 0o755),
                None => (rest, 0o644),
            };
            let (path, mod_time) = (name.to_owned(), self.mod_time(path));
            entries.insert(name, Stat { path, mode, mod_time, ..Stat::default() });
        }
        Ok(frontend::ReadDirResponse { entries: entries.into_values().collect() })
    }

    async fn resolve_source_meta(
        &self,
        request: frontend::ResolveSourceMetaRequest,
    ) -> Answer<frontend::ResolveSourceMetaResponse> {
        self.asked.lock().expect("not poisoned").source_metas.push(request);
        if let Some(failure) = self.image_failure {
            return Err(Status::unknown(failure));
        }
        self.source_meta.clone().ok_or_else(|| Status::not_found("no such image"))
    }

    async fn resolve_image_config(
        &self,
        request: frontend::ResolveImageConfigRequest,
    ) -> Answer<frontend::ResolveImageConfigResponse> {
        self.asked.lock().expect("not poisoned").image_configs.push(request);
        self.image_config.clone().ok_or_else(|| Status::not_found("no such image"))
    }

    async fn warn(&self, request: frontend::WarnRequest) -> Answer<frontend::WarnResponse> {
        self.asked.lock().expect("not poisoned").warnings.push(request);
        Ok(frontend::WarnResponse {})
    }

    async fn r#return(&self, request: frontend::ReturnRequest) -> Answer<frontend::ReturnResponse> {
        let is_result = request.result.is_some();
        self.asked.lock().expect("not poisoned").returns.push(request);
        if is_result && self.refuses_results {
            return Err(Status::unknown("return reference r9 not found"));
        }
        Ok(frontend::ReturnResponse {})
    }
}
