use std::path::{Path, PathBuf};

/// The engine that builds, and the registry beside it.
#[derive(Clone)]
pub struct Engine {
    /// Address of the registry, such as `127.0.0.1:5000`.
    pub registry: String,
    /// Name of another engine, whose cache is its own.
    pub second: String,
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
        // Of an engine of the user's, where its log is, and all else, is not known.
        let log = std::env::var("HLB_ENGINE_LOG").ok();
        let state = log.as_deref().and_then(|log| Path::new(log).parent()).map(Path::to_owned);
        // An image of one's own beside that of others, as CONTRIBUTING.md has it.
        let tag = std::env::var("HLB_IMAGE_TAG").unwrap_or_else(|_| "dev".to_owned());
        Ok(Self { registry, second, tag, buildkit, state })
    }

    /// The image under test.
    pub fn frontend(&self) -> String {
        format!("{}/hlb-frontend:{}", self.registry, self.tag)
    }
}
