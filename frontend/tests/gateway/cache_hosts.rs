//! Hosts of build caches: which are asked whether they answer, and what becomes of the caches of one that does not.

use std::sync::{Arc, Mutex};

use gateway_proto::frontend;
use gateway_proto::fsutil::Stat;
use gateway_proto::rpc;
use gateway_proto::testing::{self, Answer, Containers, Daemon, Event, ExecMessages, Process};
use hlb_frontend::internal::Served;
use hlb_frontend::solve::build;
use hlb_gateway::bridge::GrpcBridge;
use llb::{Detail, summary};
use tonic::Streaming;

use crate::daemon::{Fake, options, solved};

/// A daemon with containers, in which hosts are asked.
struct Network {
    files: Fake,
    containers: Containers,
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    /// Each with the summary of what is solved.
    solves: Vec<(String, frontend::SolveRequest)>,
    warnings: Vec<String>,
}

/// Every host answers but those that are called `silent`, and there is no layout anywhere.
fn knock(process: Process) -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        let mode = process.init.meta.as_ref().and_then(|meta| meta.args.get(1));
        if mode.is_some_and(|mode| mode.ends_with("layout-server")) {
            let problem = Served::Unusable(NO_LAYOUT.to_owned());
            let line = serde_json::to_string(&problem).expect("valid");
            process.print(1, format!("{line}\n").as_bytes());
            return 0;
        }
        let is_silent = host(&process.init).is_some_and(|host| host.starts_with("silent"));
        process.print(1, if is_silent { b"silent\n" } else { b"answers\n" });
        0
    })
}

const NO_LAYOUT: &str = "there is no OCI layout in it: it has no `index.json`";

/// The host that a process is about: its path comes first, then its mode.
fn host(init: &frontend::InitMessage) -> Option<&String> {
    init.meta.as_ref()?.args.get(2)
}

#[tonic::async_trait]
impl Daemon for Network {
    async fn solve(&self, request: frontend::SolveRequest) -> Answer<frontend::SolveResponse> {
        let shown = summary(&request.definition.clone().unwrap_or_default(), Detail::default());
        if shown.contains("local://dockerfile") {
            return self.files.solve(request).await;
        }
        if !shown.contains("hlb-frontend") {
            self.asked.lock().expect("not poisoned").solves.push((shown, request));
        }
        Ok(solved("1"))
    }

    async fn resolve_source_meta(
        &self,
        request: frontend::ResolveSourceMetaRequest,
    ) -> Answer<frontend::ResolveSourceMetaResponse> {
        let identifier = request.source.expect("an image").identifier;
        let layers = r#"{"rootfs":{"type":"layers","diff_ids":["sha256:0"]}}"#;
        Ok(crate::daemon::image(&identifier, layers))
    }

    async fn read_file(
        &self,
        request: frontend::ReadFileRequest,
    ) -> Answer<frontend::ReadFileResponse> {
        match request.r#ref.as_str() {
            "1" => Ok(frontend::ReadFileResponse { data: MODULE.into() }),
            _ => self.files.read_file(request).await,
        }
    }

    async fn stat_file(
        &self,
        request: frontend::StatFileRequest,
    ) -> Answer<frontend::StatFileResponse> {
        match request.r#ref.as_str() {
            "1" => {
                let stat = Stat { size: MODULE.len() as i64, ..Stat::default() };
                Ok(frontend::StatFileResponse { stat: Some(stat) })
            }
            _ => self.files.stat_file(request).await,
        }
    }

    async fn warn(&self, request: frontend::WarnRequest) -> Answer<frontend::WarnResponse> {
        let short = String::from_utf8_lossy(&request.short).into_owned();
        self.asked.lock().expect("not poisoned").warnings.push(short);
        Ok(frontend::WarnResponse {})
    }

    async fn new_container(
        &self,
        request: frontend::NewContainerRequest,
    ) -> Answer<frontend::NewContainerResponse> {
        self.containers.new_container(request).await
    }

    async fn release_container(
        &self,
        request: frontend::ReleaseContainerRequest,
    ) -> Answer<frontend::ReleaseContainerResponse> {
        self.containers.release_container(request).await
    }

    async fn exec_process(
        &self,
        requests: Streaming<frontend::ExecMessage>,
    ) -> Answer<ExecMessages> {
        self.containers.exec_process(requests).await
    }
}

/// What became of a build.
pub struct Built {
    pub outcome: Result<frontend::Result, rpc::Status>,
    /// The hosts that were asked.
    pub hosts: Vec<String>,
    /// The refs of the imports of each solve.
    pub imports: Vec<Vec<String>>,
    pub warnings: Vec<String>,
    pub solves: Vec<frontend::SolveRequest>,
}

/// What every filesystem has in each file.
const MODULE: &str = "export deps
fs deps() { cached fs { scratch; mkfile \"/a\" 0o644 \"a\"; } with cacheFrom(\"127.0.0.1:5000/cache\") }
";

/// The frontend's own image, without which there are no containers.
const SOURCE: &str = "source=own.example/hlb-frontend:1";

/// Builds `default`.
pub async fn built(program: &str, given: &[&str]) -> Built {
    let mut files = Fake::default();
    files.files.insert(("local://dockerfile", "build.hlb"), program.into());
    let daemon = Network { files, containers: Containers::new(knock), asked: Mutex::default() };
    let daemon = Arc::new(daemon);
    let bridge = GrpcBridge::connect(testing::channel(daemon.clone())).await.expect("a ping");
    let given = [&["filename=build.hlb", SOURCE], given].concat();
    let outcome = build(&bridge, &options(&given)).await;
    let mut hosts: Vec<_> = daemon
        .containers
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Started(init) => host(init).cloned(),
            _ => None,
        })
        .collect();
    hosts.sort();
    let Asked { solves, warnings } =
        std::mem::take(&mut *daemon.asked.lock().expect("not poisoned"));
    let refs = |solve: &frontend::SolveRequest| {
        solve.cache_imports.iter().filter_map(|it| it.attrs.get("ref").cloned()).collect()
    };
    let imports = solves.iter().map(|(_, solve)| refs(solve)).collect();
    let solves = solves.into_iter().map(|(_, solve)| solve).collect();
    Built { outcome, hosts, imports, warnings, solves }
}

pub const PROGRAM: &str = "fs deps() {
	cached fs { scratch; mkfile \"/a\" 0o644 \"a\"; } with option {
		cacheFrom \"silent.example/cache:deps\"
		cacheFrom \"quick.example/cache:deps\"
	}
}

fs default() { deps; mkfile \"/b\" 0o644 \"b\"; }
";

#[tokio::test]
async fn caches_of_a_silent_host_are_left_out() {
    let client = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"silent.example/all"}},{"Type":"registry","Attrs":{"ref":"client.example/all"}}]"#;
    let built = built(PROGRAM, &[client]).await;
    assert!(built.outcome.is_ok(), "{:?}", built.outcome);
    assert_eq!(built.hosts, ["client.example:443", "quick.example:443", "silent.example:443"]);
    assert_eq!(built.imports, [["quick.example/cache:deps", "client.example/all"]]);
    let problem =
        "cache host `silent.example:443` does not answer within 3 s, so the cache is not imported";
    let expected =
        [format!("HLB0533: {problem} (line 3)"), format!("HLB0533: `--cache-from`: {problem}")];
    assert_eq!(built.warnings, expected);
}

/// What answered in this build is not asked again, nor what a container reaches in another way.
#[tokio::test]
async fn hosts_that_are_known_cost_nothing() {
    let program = "fs default() {
	cached fs { image \"images.example/base:1\"; mkdir \"/a\" 0o755; } with option {
		cacheFrom \"images.example/cache\"
		cacheFrom \"own.example/cache\"
		cacheFrom \"127.0.0.1:5000/cache\"
		cacheFrom \"type=s3,bucket=b\"
	}
}
";
    let built = built(program, &[]).await;
    assert!(built.outcome.is_ok(), "{:?}", built.outcome);
    assert_eq!((built.hosts.len(), built.warnings.len()), (0, 0));
    assert_eq!(built.solves[0].cache_imports.len(), 4);
    // The image is looked up first, also for a cache that is known from the start.
    let program = "fs default() { image \"images.example/base:1\"; mkdir \"/a\" 0o755; }\n";
    let client = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"images.example/cache"}}]"#;
    let built = self::built(program, &[client]).await;
    assert_eq!(
        (built.hosts, built.imports),
        (vec![], vec![vec!["images.example/cache".to_owned()]])
    );
}

#[tokio::test]
async fn the_client_says_what_becomes_of_caches() {
    let off = built(PROGRAM, &["build-arg:HLB_CACHE_IMPORT=off"]).await;
    assert!(off.outcome.is_ok() && off.hosts.is_empty() && off.imports == [[""; 0]]);
    let required = built(PROGRAM, &["build-arg:HLB_CACHE_IMPORT=require"]).await;
    let message = required.outcome.expect_err("no build").message;
    assert!(message.contains("[HLB0534]: cache host `silent.example:443`"), "{message}");
    assert!(required.solves.is_empty());
}

/// Another frontend imports no more than this one would.
#[tokio::test]
async fn frontends_are_handed_caches_that_answer() {
    let program = "fs default() { dockerfile \"deps\" with file(\"app.Dockerfile\"); }\n";
    let client = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"silent.example/all"}},{"Type":"registry","Attrs":{"ref":"quick.example/all"}}]"#;
    let built = built(program, &[client]).await;
    let handed = built.solves.iter().find_map(|solve| solve.frontend_opt.get("cache-imports"));
    assert_eq!(
        handed.map(String::as_str),
        Some(r#"[{"Attrs":{"ref":"quick.example/all"},"Type":"registry"}]"#)
    );
}
