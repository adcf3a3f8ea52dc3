//! The configuration of an image, in the JSON in which the daemon has it.

mod date;
mod go_json;
mod history;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use llb::Platform;
use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::join;
use crate::value::{Reset, Variables};
use date::Date;

pub use go_json::GoJsonError;
pub use history::History;

/// The configuration of an image: what `docker run` reads, and the history of its layers.
///
/// A clone shares everything, so that each of many statements may have its own; nearly all of them change no more than the
/// history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Fields", into = "Fields")]
pub struct ImageConfig {
    fields: Arc<Fields>,
    pub history: History,
}

/// The fields of a configuration.
///
/// Has what Docker's image specification 1.3 names, like the configs that a Dockerfile makes, and nothing else: other
/// fields are records of the build that made the image, such as its inline cache. `oci-spec`'s type has less.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// Only read, since it is wrong for whatever is made of the image; exporters fill it in.
    #[serde(skip_serializing)]
    created: Option<Date>,
    #[serde(skip_serializing_if = "str::is_empty")]
    author: Arc<str>,
    pub architecture: Arc<str>,
    pub os: Arc<str>,
    #[serde(rename = "os.version", skip_serializing_if = "str::is_empty")]
    pub os_version: Arc<str>,
    #[serde(rename = "os.features", skip_serializing_if = "<[_]>::is_empty")]
    pub os_features: Arc<[Arc<str>]>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub variant: Arc<str>,
    pub config: Arc<RunConfig>,
    rootfs: Arc<RootFs>,
    /// Only in JSON: [`ImageConfig`] has it beside the other fields.
    #[serde(skip_serializing_if = "History::is_empty")]
    history: History,
    /// The config, as it came, of the image that this one is based on.
    #[serde(skip)]
    pub base: Option<Arc<[u8]>>,
}

/// How a container of the image is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfig {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub user: Arc<str>,
    #[serde(with = "entries", skip_serializing_if = "Entries::is_empty")]
    pub exposed_ports: Entries<Present>,
    #[serde(skip_serializing_if = "Variables::is_empty")]
    pub env: Variables,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub entrypoint: Arc<[Arc<str>]>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub cmd: Arc<[Arc<str>]>,
    #[serde(with = "entries", skip_serializing_if = "Entries::is_empty")]
    pub volumes: Entries<Present>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub working_dir: Arc<str>,
    #[serde(with = "entries", skip_serializing_if = "Entries::is_empty")]
    pub labels: Entries<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub stop_signal: Arc<str>,
    /// Whether a Windows command line is quoted already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    args_escaped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Arc<Healthcheck>>,
    /// Instructions for a Dockerfile that is based on the image.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub on_build: Arc<[Arc<str>]>,
    /// What runs a command that is a line; if empty, that of the operating system.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub shell: Arc<[Arc<str>]>,
}

/// How the engine finds out whether a container is healthy; what is 0 is the engine's to choose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Healthcheck {
    /// `CMD` and a command, `CMD-SHELL` and a line, or `NONE`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub test: Arc<[Arc<str>]>,
    /// Nanoseconds, like the other times.
    #[serde(skip_serializing_if = "is_zero")]
    pub interval: i64,
    #[serde(skip_serializing_if = "is_zero")]
    pub timeout: i64,
    #[serde(skip_serializing_if = "is_zero")]
    pub start_period: i64,
    #[serde(skip_serializing_if = "is_zero")]
    pub start_interval: i64,
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: i64,
}

/// The layers of the base image; exporters write those of the result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct RootFs {
    #[serde(rename = "type")]
    kind: String,
    diff_ids: Vec<String>,
}

/// The value of a map that is a set: Go's `struct{}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Present {}

/// A map whose clones share its entries.
pub type Entries<T> = RedBlackTreeMapSync<String, T>;

/// The directories of programs where nothing says otherwise (BuildKit 0.32, `util/system/path.go`).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PATH: &str = "PATH";
const LAYERS: &str = "layers";
const LINUX: &str = "linux";
const WINDOWS: &str = "windows";

impl ImageConfig {
    /// The configuration of an image of a platform that has no layers yet.
    ///
    /// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/image.go`, `emptyImage`.
    pub fn empty(platform: &Platform) -> Self {
        /// One for all: programs start from nothing at every mount.
        static UNIX: LazyLock<ImageConfig> = LazyLock::new(|| ImageConfig::new_empty(LINUX));

        if platform.os == WINDOWS { Self::new_empty(WINDOWS) } else { UNIX.clone() }
    }

    fn new_empty(os: &str) -> Self {
        let mut empty = Self::default();
        empty.config_mut().working_dir = "/".into();
        empty.set_default_path(os);
        Arc::make_mut(&mut empty.fields_mut().rootfs).kind = LAYERS.to_owned();
        empty
    }

    /// Reads the configuration of an image, for what is made of it for a platform.
    ///
    /// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert.go`, `resolveBaseImage` and `dispatchStages`.
    ///
    /// # Errors
    /// If Go would not take it for the configuration of an image.
    pub fn of_base(json: &[u8], platform: &Platform) -> Result<Self, GoJsonError> {
        let mut base: Self = go_json::from_slice(json)?;
        base.fields_mut().base = Some(json.into());
        base.set_default_path(&platform.os);
        if platform.os != WINDOWS && !base.config.working_dir.is_empty() {
            let dir = join("/", &base.config.working_dir);
            base.config_mut().working_dir = dir.into();
        }
        Ok(base)
    }

    /// Reads the configuration of what another frontend builds, which is based on an image of its own.
    ///
    /// # Errors
    /// See [`ImageConfig::of_base`].
    pub fn of_build(
        json: &[u8],
        base: Option<&[u8]>,
        platform: &Platform,
    ) -> Result<Self, GoJsonError> {
        let mut config = Self::of_base(json, platform)?;
        config.fields_mut().base = base.map(Into::into);
        Ok(config)
    }

    /// The configuration as an exporter takes it.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings, lists and maps with strings for keys: there is nothing that JSON can't say.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Says when what the program made was made, in seconds since 1970; none if a config can't name that time.
    pub fn set_date(&mut self, seconds: Option<i64>) {
        if let Some(date) = seconds.and_then(Date::of_seconds) {
            self.history.set_date(date);
        }
    }

    /// The base's configuration as it came, if this says the same; `platform` is the one that the base was read for.
    pub fn unchanged(&self, platform: &Platform) -> Option<&[u8]> {
        let json = self.base.as_deref()?;
        let base = Self::of_base(json, platform).ok()?;
        (base == *self).then_some(json)
    }

    /// What is said about its containers, to be changed.
    pub fn config_mut(&mut self) -> &mut RunConfig {
        Arc::make_mut(&mut self.fields_mut().config)
    }

    fn fields_mut(&mut self) -> &mut Fields {
        Arc::make_mut(&mut self.fields)
    }

    /// What the image runs on, if it says so; one that says its architecture alone is for Linux.
    ///
    /// `containerd/platforms` 1.0, `platforms.go`, `Normalize`, in the frontend of a Dockerfile.
    pub fn platform(&self) -> Option<Platform> {
        let os = if self.os.is_empty() { LINUX } else { &self.os };
        let platform = Platform {
            os: os.to_owned(),
            architecture: self.architecture.to_string(),
            variant: self.variant.to_string(),
            os_version: self.os_version.to_string(),
            os_features: self.os_features.iter().map(ToString::to_string).collect(),
        };
        (!platform.architecture.is_empty()).then(|| platform.normalized())
    }

    /// Says what the image runs on.
    pub fn set_platform(&mut self, platform: &Platform) {
        let Platform { os, architecture, variant, os_version, os_features } = platform;
        let fields = self.fields_mut();
        fields.os = os.as_str().into();
        fields.architecture = architecture.as_str().into();
        fields.variant = variant.as_str().into();
        fields.os_version = os_version.as_str().into();
        fields.os_features = os_features.iter().map(|it| it.as_str().into()).collect();
    }

    /// Sets labels, in place of those of the same names.
    pub fn set_labels(&mut self, labels: &BTreeMap<String, String>) {
        let all = &mut self.config_mut().labels;
        for (key, value) in labels {
            all.insert_mut(key.clone(), value.clone());
        }
    }

    /// The configuration of an image that has all of this one in a single layer.
    ///
    /// It is of the platform that the image says, or else of the given one.
    pub fn flattened(&self, platform: &Platform) -> Self {
        let mut flat = self.clone();
        flat.set_platform(&self.platform().unwrap_or_else(|| platform.clone()));
        flat.history = History::default();
        flat.history.layer("(all layers in one)");
        flat
    }

    /// Whether it is the configuration of no layers at all: there is nothing to pull then.
    ///
    /// Images of the first schema name no layers, but have them. BuildKit 0.32,
    /// `frontend/dockerfile/dockerfile2llb/convert.go`, `resolveBaseImage`.
    pub fn is_of_scratch(&self) -> bool {
        self.rootfs.diff_ids.is_empty() && !self.history.has_layers()
    }

    /// How many layers it names.
    pub fn layer_count(&self) -> usize {
        self.rootfs.diff_ids.len()
    }

    /// Windows knows its own.
    fn set_default_path(&mut self, os: &str) {
        if os != WINDOWS && !self.config.env.contains(PATH) {
            self.config_mut().env.set(PATH, DEFAULT_PATH, Reset::Stays);
        }
    }
}

impl std::ops::Deref for ImageConfig {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}

impl From<Fields> for ImageConfig {
    fn from(mut fields: Fields) -> Self {
        let history = std::mem::take(&mut fields.history);
        Self { fields: Arc::new(fields), history }
    }
}

impl From<ImageConfig> for Fields {
    fn from(config: ImageConfig) -> Self {
        let ImageConfig { fields, history } = config;
        Self { history, ..Arc::unwrap_or_clone(fields) }
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// [`Entries`] as a JSON object.
mod entries {
    use super::*;

    pub fn serialize<T: Serialize, S: Serializer>(
        entries: &Entries<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(entries)
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Entries<T>, D::Error>
    where
        T: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let entries = BTreeMap::<String, T>::deserialize(deserializer)?;
        Ok(entries.into_iter().collect())
    }
}
