use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::AliasKey;
use super::{Demand, Fs, Section, Value};
use crate::diagnostic::Diagnostic;
use crate::gateway::{ExecOptions, LANGUAGE, NoCache, Options};
use crate::llb::{Location, Metadata, Platform, Position, Range, Sharing, SourceFile};
use crate::module::Root;
use crate::source::{FileId, Sources, Span};

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

impl Settings {
    /// What the frontend options say, for one of the platforms that they ask for.
    pub fn of(options: &Options, platform: Platform) -> Self {
        Self {
            platform,
            cache_namespace: options.cache_mount_namespace.clone(),
            nonce: options.session_id.clone(),
            no_cache: options.no_cache.clone(),
            exec: options.exec.clone(),
        }
    }
}

/// What lowerings share: what they may ask, and what they leave behind.
pub struct Cx<'a> {
    pub sources: &'a Sources,
    /// The platform that is built for.
    pub platform: Platform,
    pub demand: &'a mut dyn Demand,
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
    /// The function whose body is being evaluated.
    pub function: String,
    /// The root of the module that is being evaluated, from which its `local`s come.
    pub root: Root,
    /// What `as` bound so far, and in which call of its function.
    pub(super) aliases: BTreeMap<AliasKey, Value>,
    files: BTreeMap<FileId, Arc<SourceFile>>,
}

impl<'a> Cx<'a> {
    pub(super) fn new(
        sources: &'a Sources,
        settings: &Settings,
        demand: &'a mut dyn Demand,
    ) -> Self {
        Self {
            sources,
            platform: settings.platform.clone(),
            demand,
            pending: false,
            diagnostics: Vec::new(),
            sections: Vec::new(),
            cache_namespace: settings.cache_namespace.clone(),
            nonce: settings.nonce.clone(),
            no_cache: settings.no_cache.clone(),
            exec: settings.exec.clone(),
            cache_ids: BTreeMap::new(),
            function: String::new(),
            root: Root::Program { dir: "".into() },
            aliases: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }

    /// The metadata of a vertex that a statement makes.
    pub fn metadata(&mut self, span: Span) -> Metadata {
        let ignore_cache = self.no_cache.covers(&self.function);
        Metadata { location: Some(self.location(span)), ignore_cache, ..Metadata::default() }
    }

    /// The place of a statement, as BuildKit's source maps want it: lines from 1, characters from 0.
    pub fn location(&mut self, span: Span) -> Location {
        let source = self.sources.file(span.file);
        let file = self.files.entry(span.file).or_insert_with(|| {
            Arc::new(SourceFile {
                filename: source.name.to_string(),
                data: source.text.as_bytes().to_vec(),
                language: LANGUAGE.to_owned(),
                definition: None,
            })
        });
        let position = |offset| {
            let position = source.position(offset);
            Position { line: position.line, character: position.column - 1 }
        };
        Location::new(file.clone(), Range { start: position(span.start), end: position(span.end) })
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
