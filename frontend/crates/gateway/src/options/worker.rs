use llb::Platform;
use serde::Deserialize;

use crate::oci_platform::OciPlatform;

/// A worker of the daemon, as `BUILDKIT_WORKERS` describes it.
///
/// BuildKit 0.32, `client/workers.go`, `WorkerInfo`; keys that are not listed here are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worker {
    pub id: String,
    /// The first is the one that it runs on; others are emulated.
    pub platforms: Vec<Platform>,
    /// Absent on daemons that do not report it, such as those before BuildKit 0.11.
    pub version: Option<BuildkitVersion>,
}

/// What a daemon was built from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BuildkitVersion {
    pub package: String,
    /// Such as `v0.32.2`.
    pub version: String,
    pub revision: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WorkerJson {
    id: String,
    platforms: Option<Vec<OciPlatform>>,
    #[serde(rename = "buildkitVersion")]
    version: Option<BuildkitVersion>,
}

/// Reads the JSON array of workers; Go writes an empty list as `null`.
pub(super) fn parse(json: &str) -> Result<Vec<Worker>, serde_json::Error> {
    let workers: Option<Vec<WorkerJson>> = serde_json::from_str(json)?;
    Ok(workers.unwrap_or_default().into_iter().map(Worker::from).collect())
}

impl From<WorkerJson> for Worker {
    fn from(worker: WorkerJson) -> Self {
        let platforms = worker.platforms.unwrap_or_default();
        Self {
            id: worker.id,
            platforms: platforms.into_iter().map(Platform::from).collect(),
            version: worker.version,
        }
    }
}
