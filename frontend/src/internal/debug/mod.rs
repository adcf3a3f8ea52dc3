//! Builds that are for tests of the shipped image alone: they show that this program runs in containers of an engine,
//! and that nothing of them is left however a build ends.
//!
//! In: the value of the setting `HLB_DEBUG_CONTAINER`, a word and after a colon anything, which finds the processes of
//! a test. Out: a file `report` that says how it went. No documentation for users knows the setting.

mod cancel;
mod failure;

use gateway_proto::{frontend, rpc};
use hlb_gateway::bridge::{Bridge, BridgeError, Ref, ResultPart, SolveRequest, build_result};
use hlb_gateway::container::{Container, ContainerRequest, Process, Stdin};
use hlb_gateway::options::Options;
use llb::{Access, Bind, FileAction, Metadata, Mkfile, Mount, MountKind, Platform, State};
use tokio::sync::watch;

use super::{HELLO, ONCE, OwnProgram};
use failure::Failure;

/// The setting that asks for such a build.
pub const DEBUG_CONTAINER: &str = "HLB_DEBUG_CONTAINER";

/// What a part of the tests needs.
struct Debug<'b> {
    bridge: &'b dyn Bridge,
    own: OwnProgram,
    root: Ref,
    platform: Platform,
    /// The variable by which a test finds the processes that it is about.
    mark: String,
}

/// Builds what the setting asks for.
///
/// # Errors
/// If a container does not do what it should.
pub async fn debug_container(
    bridge: &dyn Bridge,
    options: &Options,
    asked: &str,
) -> Result<frontend::Result, rpc::Status> {
    run(bridge, options, asked).await.map_err(Failure::into_status)
}

async fn run(
    bridge: &dyn Bridge,
    options: &Options,
    asked: &str,
) -> Result<frontend::Result, Failure> {
    let own = OwnProgram::find(options)?;
    let root = own.root(bridge).await?;
    let platform = options.build_platform().cloned().unwrap_or_default().normalized();
    let mark = format!("{DEBUG_CONTAINER}={asked}");
    let debug = Debug { bridge, own, root, platform, mark };
    let word = asked.split_once(':').map_or(asked, |(word, _)| word);
    let reference = match word {
        "hello" => debug.report(&debug.hello().await?).await?,
        "pipe" => debug.report(&debug.pipe().await?).await?,
        "vertex" => debug.vertex().await?,
        "cancel" => {
            let cut = debug.cancel().await;
            let hello = debug.hello().await?;
            debug.report(&format!("{cut:?}\n{hello}")).await?
        }
        "forever" => loop {
            debug.life(&watch::Sender::default()).await?;
        },
        "panic" => {
            let _container = debug.piped().await?;
            panic!("asked for by {DEBUG_CONTAINER}");
        }
        _ => return Err(Failure::Unknown(word.to_owned())),
    };
    let (platform, exported) = (debug.platform.clone(), debug.platform);
    let (config, base_config, sbom) = (None, None, None);
    let part = ResultPart { platform, exported, reference, config, base_config, sbom };
    Ok(build_result(vec![part], false, None))
}

impl Debug<'_> {
    /// A container says hello and is released while it runs.
    async fn hello(&self) -> Result<String, Failure> {
        let container = self.container().await?;
        let mut running = container.exec(self.process()).await?;
        let line = running.line().await?;
        container.release().await?;
        Ok(line)
    }

    /// The same with descriptor 0 open.
    async fn pipe(&self) -> Result<String, Failure> {
        let (container, _stdin, line) = self.piped().await?;
        container.release().await?;
        Ok(line)
    }

    async fn piped(&self) -> Result<(Container, Stdin, String), Failure> {
        let container = self.container().await?;
        let (mut running, stdin) = container.exec_piped(self.process()).await?;
        let line = running.line().await?;
        Ok((container, stdin, line))
    }

    /// The program is a step; what it prints is in the client's log.
    async fn vertex(&self) -> Result<Ref, Failure> {
        let out = Bind { input: State::Scratch, access: Access::Output, ..Bind::default() };
        let out = Mount { dest: "/out".to_owned(), kind: MountKind::Bind(out) };
        let metadata = Metadata { ignore_cache: true, ..named("a step says hello") };
        let outputs = self.own.vertex(&HELLO, &[ONCE], vec![out], &self.platform, metadata);
        let Some(out) = outputs.mount(0) else { return Ok(Ref::default()) };
        Ok(self.bridge.solve(SolveRequest::evaluated(llb::marshal(&out))).await?.reference)
    }

    async fn container(&self) -> Result<Container, BridgeError> {
        Container::start(self.bridge, ContainerRequest::new(self.root.clone())).await
    }

    fn process(&self) -> Process {
        Process { env: vec![self.mark.clone()], ..self.own.process(&HELLO, &[]) }
    }

    async fn report(&self, text: &str) -> Result<Ref, BridgeError> {
        let file = Mkfile {
            path: "/report".to_owned(),
            mode: 0o644,
            data: text.as_bytes().to_vec(),
            ..Mkfile::default()
        };
        let state = llb::file(State::Scratch, vec![FileAction::Mkfile(file)], named("report"));
        let Some(edge) = state.edge() else { return Ok(Ref::default()) };
        let request = SolveRequest::definition(llb::marshal(edge));
        Ok(self.bridge.solve(request).await?.reference)
    }
}

fn named(what: &str) -> Metadata {
    Metadata::named(format!("[internal] {what}"))
}
