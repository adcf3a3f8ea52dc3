use std::env::current_exe;
use std::fmt;
use std::path::PathBuf;

use gateway_proto::pb;
use hlb_gateway::bridge::{Bridge, BridgeError, Ref, SolveRequest};
use hlb_gateway::container::{
    Container, ContainerMount, ContainerRequest, NoLine, OwnImageError, Process, own_image,
};
use hlb_gateway::options::Options;
use llb::{
    Access, Bind, ContentCache, Exec, ExecOutputs, Meta, Metadata, Mount, MountKind, NetMode,
    Platform, State, Vertex, root_input,
};

use super::InternalMode;

/// This program in its own image, to be run in containers of the build.
#[derive(Clone, Debug)]
pub struct OwnProgram {
    image: State,
    /// Where the program is in the image.
    path: String,
}

/// Why this program cannot run itself.
#[derive(Debug)]
pub enum OwnProgramError {
    Image(OwnImageError),
    /// The system does not say which file this program is, or its name is not UTF-8.
    Path(String),
}

/// Why a container of this program says nothing.
#[derive(Debug)]
pub enum NoAnswer {
    Bridge(BridgeError),
    NoLine(NoLine),
}

impl From<BridgeError> for NoAnswer {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

impl OwnProgram {
    /// Finds the image and the file that this process was started from.
    ///
    /// # Errors
    /// If it was not started by a daemon that says so.
    pub fn find(options: &Options) -> Result<Self, OwnProgramError> {
        let image = own_image(options).map_err(OwnProgramError::Image)?;
        let path = current_exe().map_err(|error| OwnProgramError::Path(error.to_string()))?;
        let not_text = |path: PathBuf| OwnProgramError::Path(format!("{path:?} is not UTF-8"));
        let path = path.into_os_string().into_string();
        let path = path.map_err(|path| not_text(path.into()))?;
        Ok(Self::new(image, path))
    }

    /// The program at a path of an image.
    pub fn new(image: State, path: String) -> Self {
        Self { image, path }
    }

    /// The image as the root of a container.
    ///
    /// # Errors
    /// What the daemon says.
    pub async fn root(&self, bridge: &dyn Bridge) -> Result<Ref, BridgeError> {
        let State::Edge(image) = &self.image else { return Ok(Ref::default()) };
        let request = SolveRequest::definition(llb::marshal(image));
        Ok(bridge.solve(request).await?.reference)
    }

    /// The program in an internal mode, as a process of such a container.
    pub fn process(&self, mode: &InternalMode, arguments: &[&str]) -> Process {
        Process { args: self.args(mode, arguments), ..Process::default() }
    }

    /// The line that the program prints in an internal mode, in a container of its own. Nobody waits for its release.
    ///
    /// # Errors
    /// What the daemon says, or that there is no such line.
    pub async fn line(
        &self,
        bridge: &dyn Bridge,
        (mode, arguments): (&InternalMode, &[&str]),
        mounts: Vec<ContainerMount>,
        network: NetMode,
    ) -> Result<String, NoAnswer> {
        let root = self.root(bridge).await?;
        let request = ContainerRequest { root, mounts, network };
        let container = Container::start(bridge, request).await?;
        let mut running = container.exec(self.process(mode, arguments)).await?;
        running.line().await.map_err(NoAnswer::NoLine)
    }

    /// The program in an internal mode, as a step of a solve of its own, without network.
    ///
    /// It writes to its mounts alone. Its root is not [`Access::Discard`], for the reason that stands at [`Exec::root`].
    pub fn vertex(
        &self,
        mode: &InternalMode,
        arguments: &[&str],
        mounts: Vec<Mount>,
        platform: &Platform,
        metadata: Metadata,
    ) -> ExecOutputs {
        let input = self.image.clone().located(&metadata);
        let root = Bind { input, access: Access::Readonly, ..Bind::default() };
        let meta = Meta { args: self.args(mode, arguments), ..Meta::default() };
        let network = NetMode::None;
        llb::exec(Exec { meta, root, mounts, network, ..Exec::default() }, platform, metadata)
    }

    /// Whether a vertex, which has this op, is a step of this program.
    pub fn runs(&self, vertex: &Vertex, exec: &pb::ExecOp) -> bool {
        let root = root_input(exec).and_then(|root| vertex.inputs().get(root));
        let args = exec.meta.as_ref().map_or(&[][..], |meta| &meta.args);
        root.is_some()
            && root == self.image.edge()
            && args.get(1).is_some_and(|it| InternalMode::find(it).is_some())
    }

    fn args(&self, mode: &InternalMode, arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        [self.path.clone(), mode.argument()].into_iter().chain(arguments).collect()
    }
}

/// A mount of a filesystem, all of it.
pub fn bound(dest: &str, input: State, access: Access) -> Mount {
    bind_mount(dest, Bind { input, access, ..Bind::default() })
}

/// A mount of all of a filesystem that is known by what it is made from, so that it is not read only in order to know the key
/// of the step.
pub fn known_mount(dest: &str, input: State) -> Mount {
    let (access, content_cache) = (Access::Readonly, ContentCache::Off);
    bind_mount(dest, Bind { input, access, content_cache, ..Bind::default() })
}

fn bind_mount(dest: &str, bind: Bind) -> Mount {
    Mount { dest: dest.to_owned(), kind: MountKind::Bind(bind) }
}

impl fmt::Display for OwnProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(error) => error.fmt(f),
            Self::Path(text) => write!(f, "the frontend's own program: {text}"),
        }
    }
}

impl std::error::Error for OwnProgramError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Image(error) => Some(error),
            Self::Path(_) => None,
        }
    }
}
