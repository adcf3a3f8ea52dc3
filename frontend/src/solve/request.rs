use hlb_eval::EvalSettings;
use hlb_gateway::bridge::Bridge;
use hlb_gateway::context::{BuildContext, BuildFile, load_build_file};
use hlb_gateway::options::{Options, ScanOptions};
use llb::{ImageRef, Platform};

use super::cache_hosts::CacheHosts;
use super::early_imports::EarlyImports;
use super::failure::Failure;
use super::layouts::Layouts;
use super::warnings::Unshown;

/// One build: who is asked, and for what.
pub struct Build<'b> {
    pub bridge: &'b dyn Bridge,
    pub options: &'b Options,
    /// The platforms that are built for, in the order in which the client names them: at least one.
    pub platforms: Vec<Platform>,
    /// What of the options evaluation knows, for what is evaluated once whatever is built for: where modules come from.
    pub settings: EvalSettings,
    pub context: BuildContext,
    pub file: BuildFile,
    /// The time that the result gets at most, in seconds since 1970.
    pub source_date: Option<i64>,
    pub cache_hosts: CacheHosts,
    pub early_imports: EarlyImports,
    pub layouts: Layouts,
    pub unshown: Unshown,
    /// What a bill of materials is about besides the result.
    pub scan: ScanOptions,
}

/// The target that is built if the client names none.
pub const DEFAULT_TARGET: &str = "default";

impl<'b> Build<'b> {
    /// Reads what the options ask for, and the build file.
    pub async fn new(bridge: &'b dyn Bridge, options: &'b Options) -> Result<Self, Failure> {
        let caps = bridge.daemon().caps.clone();
        let settings = EvalSettings { caps, ..eval_settings(options, build_platform(options)) };
        let platforms = match &options.platforms[..] {
            [] => vec![settings.build_platform.clone()],
            asked => asked.to_vec(),
        };
        let context = BuildContext::locate(bridge, options).await?;
        let file = load_build_file(bridge, options, &context).await?;
        let (source_date, scan) = (None, options.scan.clone());
        let cache_hosts = CacheHosts::default();
        // A daemon has asked a registry for what a tag stands for, which is how this program was started.
        let source = options.source.as_deref().and_then(|source| ImageRef::parse(source).ok());
        if let Some(source) = source.filter(|source| source.digest().is_none()) {
            cache_hosts.answered(&source);
        }
        let build = Self {
            bridge,
            options,
            platforms,
            settings,
            context,
            file,
            source_date,
            cache_hosts,
            early_imports: EarlyImports::default(),
            layouts: Layouts::default(),
            unshown: Unshown::default(),
            scan,
        };
        Ok(build)
    }

    /// What evaluation knows where something is evaluated for one of the platforms.
    pub fn settings_for(&self, platform: &Platform) -> EvalSettings {
        EvalSettings { platform: platform.clone(), ..self.settings.clone() }
    }

    /// The same for the first platform, for a description that is about one.
    pub fn first_settings(&self) -> EvalSettings {
        self.platforms.first().map_or_else(|| self.settings.clone(), |it| self.settings_for(it))
    }

    /// The name of what is built.
    pub fn target(&self) -> &'b str {
        let named = self.options.target.as_deref().filter(|name| !name.is_empty());
        named.unwrap_or(DEFAULT_TARGET)
    }
}

/// What of the options evaluation knows, for one of the platforms that they ask for.
pub fn eval_settings(options: &Options, platform: Platform) -> EvalSettings {
    EvalSettings {
        platform,
        build_platform: build_platform(options),
        build_args: options.build_args.clone(),
        cache_namespace: options.cache_mount_namespace.clone(),
        nonce: options.session_id.clone(),
        now: options.now.unwrap_or_default(),
        no_cache: options.no_cache.clone(),
        labels: options.labels.clone(),
        exec: options.exec.clone(),
        ..EvalSettings::default()
    }
}

/// The platform of the daemon.
fn build_platform(options: &Options) -> Platform {
    options.build_platform().cloned().unwrap_or_default().normalized()
}
