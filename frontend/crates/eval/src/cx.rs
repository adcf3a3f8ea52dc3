use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_plan::Section;
use hlb_program::module::Root;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{Sources, Span};
use llb::{ExecOptions, NoCache};
use llb::{Metadata, Platform, Scope, Sharing, StepName};

use super::call::AliasKey;
use super::source_map::SourceMap;
use super::statement::statement;
use super::{Call, Fs, Resolver, Value};

/// What the client asked for, as far as evaluation is concerned.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The platform that is built for.
    pub platform: Platform,
    /// See [`Cx::cache_namespace`].
    pub cache_namespace: String,
    /// See [`Cx::nonce`].
    pub nonce: String,
    /// The functions whose steps run although the cache has them.
    pub no_cache: NoCache,
    /// What every command gets.
    pub exec: ExecOptions,
}

/// What lowerings share: what they may ask, and what they leave behind.
pub struct Cx<'a> {
    /// The platform that is built for.
    pub platform: Platform,
    pub resolver: &'a mut dyn Resolver,
    /// Whether an answer is outstanding: the result is then no result yet.
    pub pending: bool,
    pub diagnostics: Vec<Diagnostic>,
    pub sections: Vec<Section>,
    /// What stands before the id of every cache mount (`BUILDKIT_CACHE_MOUNT_NS`).
    pub cache_namespace: String,
    /// A text of this build alone, for what must not be cached.
    pub nonce: String,
    /// See [`Settings::no_cache`].
    pub no_cache: NoCache,
    /// See [`Settings::exec`].
    pub exec: ExecOptions,
    /// The sharing mode of each cache, and where it was set.
    pub cache_ids: BTreeMap<String, (Sharing, Span)>,
    /// The call of a function whose body is being evaluated, or the import whose source is.
    pub scope: Arc<Scope>,
    /// The root of the module that is being evaluated, from which its `local`s come.
    pub root: Root,
    /// What `as` bound so far, and in which call of its function.
    pub(super) aliases: BTreeMap<AliasKey, Value>,
    source_map: SourceMap<'a>,
}

impl<'a> Cx<'a> {
    pub(super) fn new(
        sources: &'a Sources,
        settings: &Settings,
        resolver: &'a mut dyn Resolver,
    ) -> Self {
        Self {
            platform: settings.platform.clone(),
            resolver,
            pending: false,
            diagnostics: Vec::new(),
            sections: Vec::new(),
            cache_namespace: settings.cache_namespace.clone(),
            nonce: settings.nonce.clone(),
            no_cache: settings.no_cache.clone(),
            exec: settings.exec.clone(),
            cache_ids: BTreeMap::new(),
            scope: Arc::new(Scope { name: String::new() }),
            root: Root::Program { dir: "".into() },
            aliases: BTreeMap::new(),
            source_map: SourceMap::new(sources),
        }
    }

    /// The metadata of the vertex that a statement makes: progress shows it as the statement is written.
    pub fn metadata(&mut self, call: &Call) -> Metadata {
        let text = statement(call, self.source_map.sources);
        let step = Some(StepName { scope: self.scope.clone(), text });
        Metadata { step, ..self.unnamed(call.span) }
    }

    /// The metadata of a vertex that no statement stands for; `text` says in progress what it is for.
    pub fn internal_metadata(&mut self, span: Span, text: &str) -> Metadata {
        self.unnamed(span).with_name(format!("[internal] {text}"))
    }

    fn unnamed(&mut self, span: Span) -> Metadata {
        let ignore_cache = self.no_cache.covers(&self.scope.name);
        let location = self.source_map.location(span);
        Metadata { location, ignore_cache, ..Metadata::default() }
    }

    /// The empty filesystem of the platform that is built for.
    pub fn scratch(&self) -> Arc<Fs> {
        Arc::new(Fs::scratch(&self.platform))
    }

    /// Gives an alias its value, for whoever mentions it.
    pub fn bind(&mut self, alias: AliasKey, value: Value) {
        self.aliases.insert(alias, value);
    }
}
