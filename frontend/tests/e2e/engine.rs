use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the BuildKit of an engine keeps what it makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Store {
    Containerd,
    /// Docker's graph drivers, its default before Engine 29.
    Graph,
}

impl Store {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "containerd" => Ok(Self::Containerd),
            "graph" => Ok(Self::Graph),
            _ => Err(format!("`HLB_ENGINE_STORE` is neither `containerd` nor `graph`: {text}")),
        }
    }

    /// That of an engine which is not this shell's.
    fn of(engine: &str) -> Result<Self, String> {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../hack/engine");
        let output = Command::new(program).args(["env", engine]).output();
        let output = output.map_err(|error| format!("{program}: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let store = text.lines().find_map(|line| line.strip_prefix("export HLB_ENGINE_STORE="));
        let said = String::from_utf8_lossy(&output.stderr);
        Self::parse(
            store.ok_or(format!("the store of the engine `{engine}` is not known: {said}"))?,
        )
    }
}

/// The engine that builds, and the registry beside it.
#[derive(Clone)]
pub struct Engine {
    /// Address of the registry, such as `127.0.0.1:5000`.
    pub registry: String,
    /// Name of another engine, whose cache is its own.
    pub second: String,
    pub store: Store,
    pub second_store: Store,
    /// The tag of the image under test.
    tag: String,
    /// Minor version of the BuildKit inside, such as 13 of 0.13.
    pub buildkit: u32,
    /// The folder of an engine that `hack/engine` runs itself.
    pub state: Option<PathBuf>,
}

impl Engine {
    /// Reads what `hack/engine env` exports.
    ///
    /// # Errors
    /// If the shell has not taken it in.
    #[expect(clippy::disallowed_methods, reason = "which engine to test is the environment's")]
    pub fn from_environment() -> Result<Self, String> {
        let missing = |name| {
            move |_| {
                format!(
                    "`{name}` is not set: run `hack/test`, or `hack/engine up`, `hack/engine up newer`, \
                     `eval \"$(hack/engine env)\"`, `export HLB_SECOND_ENGINE=newer`, \
                     `hack/base-images` and `hack/image --profile fast` first"
                )
            }
        };
        std::env::var("HLB_ENGINE").map_err(missing("HLB_ENGINE"))?;
        let registry = std::env::var("HLB_REGISTRY").map_err(missing("HLB_REGISTRY"))?;
        let second = std::env::var("HLB_SECOND_ENGINE").map_err(missing("HLB_SECOND_ENGINE"))?;
        let version =
            std::env::var("HLB_BUILDKIT_VERSION").map_err(missing("HLB_BUILDKIT_VERSION"))?;
        let minor = version.trim_start_matches('v').split('.').nth(1);
        let buildkit = minor.and_then(|minor| minor.parse().ok());
        let buildkit =
            buildkit.ok_or(format!("`HLB_BUILDKIT_VERSION` is no version: {version}"))?;
        let store = std::env::var("HLB_ENGINE_STORE").map_err(missing("HLB_ENGINE_STORE"))?;
        let (store, second_store) = (Store::parse(&store)?, Store::of(&second)?);
        // Of an engine of the user's, where its log is, and all else, is not known.
        let log = std::env::var("HLB_ENGINE_LOG").ok();
        let state = log.as_deref().and_then(|log| Path::new(log).parent()).map(Path::to_owned);
        // An image of one's own beside that of others, as CONTRIBUTING.md has it.
        let tag = std::env::var("HLB_IMAGE_TAG").unwrap_or_else(|_| "dev".to_owned());
        Ok(Self { registry, second, store, second_store, tag, buildkit, state })
    }

    /// The image under test.
    pub fn frontend(&self) -> String {
        format!("{}/hlb-frontend:{}", self.registry, self.tag)
    }
}
