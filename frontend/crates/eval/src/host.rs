use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_proto::caps::Caps;
use hlb_program::program::Program;
use hlb_syntax::source::Sources;
use llb::{ExecOptions, NoCache, Platform};

use super::Arguments;
use super::filter::Filter;
use super::origin::Origins;
use super::source_map::SourceMap;

/// What the client asked for, as far as evaluation is concerned.
#[derive(Clone, Debug, Default)]
pub struct EvalSettings {
    /// The platform that is built for.
    pub platform: Platform,
    /// The platform that builds.
    pub build_platform: Platform,
    /// What the client gives to the program.
    pub build_args: Arguments,
    /// What stands before the id of every cache mount (`BUILDKIT_CACHE_MOUNT_NS`).
    pub cache_namespace: String,
    /// A text of this build alone, for what must not be cached.
    pub nonce: String,
    /// The time of the build, in seconds since 1970: what is good for a time is so until that is over.
    pub now: u64,
    /// The functions whose steps run although the cache has them.
    pub no_cache: NoCache,
    /// Labels of each image that the build makes, which win over those of the program.
    pub labels: BTreeMap<String, String>,
    /// What every command gets.
    pub exec: ExecOptions,
    /// What the daemon can do; by default everything.
    pub caps: Caps,
}

impl EvalSettings {
    /// The daemon's id of a cache, written as the Dockerfile frontend writes it, so that both share a warm cache
    /// (BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert_runmount.go`).
    pub fn cache_id(&self, id: &str) -> String {
        format!("{}/{id}", self.cache_namespace)
    }
}

/// What is the same during a whole evaluation.
pub struct Host<'a> {
    pub settings: &'a EvalSettings,
    /// The platform that is built for, to be shared by all filesystems of it.
    pub platform: Arc<Platform>,
    /// What runs although the cache has it.
    pub filter: Filter,
    /// Where modules are from.
    pub origins: Origins,
    pub(super) source_map: SourceMap<'a>,
}

impl<'a> Host<'a> {
    pub(super) fn new(program: &Program, sources: &'a Sources, settings: &'a EvalSettings) -> Self {
        let platform = Arc::new(settings.platform.clone());
        let filter = Filter::of(program, &settings.no_cache);
        let origins = Origins::of(program);
        Self { settings, platform, filter, origins, source_map: SourceMap::new(sources) }
    }
}
