use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gateway_proto::{frontend, rpc};

use super::answers::Answers;
use super::{plan, result, syntax_line};
use crate::check::{Scopes, check, lint};
use crate::diagnostic::{Code, Diagnostic};
use crate::eval::{Evaluated, Fs, Program, Section, Settings, Value, evaluate, registry};
use crate::gateway::{
    Bridge, BuildFile, LoadError, Loaded, Options, Origin, Ref, SolveRequest, concurrently,
    load_build_file, load_files, refuse_cap, refuse_request, report, warn_request,
};
use crate::llb::{Platform, State, marshal};
use crate::module::{Answer, ImportSource, Loading, Modules, Root};
use crate::source::Sources;

/// Something that a client may ask for and that this frontend does not do yet.
pub static NOT_YET: Code = Code::error("HLB0403", "unsupported-request");

/// The target that is built if the client names none.
const DEFAULT_TARGET: &str = "default";
/// More rounds than any program needs: each answers at least one question, and questions come from the text.
const MAX_ROUNDS: usize = 1000;

/// Builds what the options ask for.
///
/// # Errors
/// The status to return: every mistake of the program with its place, or what the daemon said, with all its details.
pub async fn build(
    bridge: &dyn Bridge,
    options: &Options,
) -> Result<frontend::Result, rpc::Status> {
    if let Some(refusal) = refuse_cap(options).or_else(|| refuse_request(options, &[])) {
        return Err(refusal);
    }
    // For a test that a mistake of this program reaches the user.
    if options.settings.contains_key("HLB_DEBUG_PANIC") {
        panic!("asked for by HLB_DEBUG_PANIC");
    }
    let mut sources = Sources::default();
    let outcome = Build { bridge, options, sources: &mut sources }.run().await;
    outcome.map_err(|failure| match failure {
        Failure::Status(status) => status,
        Failure::Mistakes(mistakes) => report(&sources, &mistakes),
    })
}

struct Build<'b> {
    bridge: &'b dyn Bridge,
    options: &'b Options,
    sources: &'b mut Sources,
}

fn answer(loaded: &Loaded) -> Answer {
    match loaded {
        Loaded::Text(text) => Answer::Text(text.as_str().into()),
        Loaded::Missing => Answer::Missing,
        Loaded::NotAFile => Answer::Unreadable("it is a directory".to_owned()),
        Loaded::TooLarge => Answer::Unreadable("it is larger than 16 MiB".to_owned()),
        Loaded::NotText => Answer::Unreadable("it is not UTF-8".to_owned()),
    }
}

/// Why there is no result.
enum Failure {
    Status(rpc::Status),
    Mistakes(Vec<Diagnostic>),
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Bridge(error) => Self::Status(error.into_status()),
            LoadError::Mistake(mistake) => Self::Mistakes(vec![*mistake]),
        }
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(mistakes: Vec<Diagnostic>) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl Build<'_> {
    async fn run(&mut self) -> Result<frontend::Result, Failure> {
        let platform = self.platform()?;
        let origin = Origin::locate(self.bridge, self.options).await?;
        let file = load_build_file(self.bridge, self.options, &origin).await?;
        let modules = self.load(&origin, &file).await?;
        self.warn(&modules, &file).await;
        let (fs, sections) = self.evaluate(&modules, &platform, &origin, &file).await?;
        let reference = self.solve(&fs, &sections, &platform).await?;
        Ok(result::single(&fs, reference, &platform, self.options))
    }

    /// The platform that is built for.
    fn platform(&self) -> Result<Platform, Failure> {
        match &self.options.platforms[..] {
            [] => Ok(self.options.build_platform().cloned().unwrap_or_default().normalised()),
            [one] if !self.options.multi_platform => Ok(one.clone()),
            _ => {
                let found =
                    NOT_YET.nowhere("a build for more than one platform is not supported yet");
                Err(vec![found.help("build for one with `--platform`")].into())
            }
        }
    }

    /// Loads the program and what it imports from beside it, a depth of imports at a time, and checks it all.
    async fn load(&mut self, origin: &Origin, file: &BuildFile) -> Result<Modules, Failure> {
        let (dir, name) = file.name.rsplit_once('/').unwrap_or(("", &file.name));
        let mut loading = Loading::default();
        loading.program(
            self.sources,
            Root::Program { dir: dir.into() },
            name,
            file.text.as_str().into(),
        );
        loop {
            let pending = loading.pending();
            if pending.is_empty() {
                break;
            }
            let place = |source: &ImportSource| match source {
                ImportSource::File { root: root @ Root::Program { .. }, path } => {
                    Some(root.display(path))
                }
                // Modules of other filesystems are not loaded yet: what is used of them is reported where it is used.
                ImportSource::File { .. } | ImportSource::Git(_) | ImportSource::Computed(_) => {
                    None
                }
            };
            let paths: BTreeSet<String> =
                pending.iter().filter_map(|request| place(&request.source)).collect();
            let files = match paths.is_empty() {
                true => BTreeMap::new(),
                false => load_files(self.bridge, &origin.build_file, &paths)
                    .await
                    .map_err(LoadError::from)?,
            };
            for request in pending {
                let loaded = place(&request.source).and_then(|path| files.get(&path));
                loading.supply(
                    self.sources,
                    request.id,
                    loaded.map_or(Answer::Unavailable, answer),
                );
            }
        }
        let modules = loading.finish();
        let mistakes = check(&modules, &registry().builtins);
        if mistakes.iter().any(Diagnostic::is_error) { Err(mistakes.into()) } else { Ok(modules) }
    }

    /// Shows what is doubtful; a daemon that can't show it is no reason to fail.
    async fn warn(&self, modules: &Modules, file: &BuildFile) {
        let files = modules.iter().map(|module| module.tree.file);
        let found = files.filter_map(|id| syntax_line::late_syntax_line(id, self.sources.file(id)));
        let warnings = found
            .chain(lint(modules, &registry().builtins))
            .map(|warning| warn_request(self.sources, &warning, &file.digest));
        concurrently(warnings.map(|warning| self.bridge.warn(warning))).await;
    }

    /// Evaluates the target, in as many rounds as its questions to the daemon need.
    async fn evaluate(
        &self,
        modules: &Modules,
        platform: &Platform,
        origin: &Origin,
        file: &BuildFile,
    ) -> Result<(Arc<Fs>, Vec<Section>), Failure> {
        let registry = registry();
        let scopes = Scopes::new(modules, &registry.builtins);
        let settings = Settings {
            platform: platform.clone(),
            cache_namespace: self.options.cache_mount_namespace.clone(),
            nonce: self.options.session_id.clone(),
            no_cache: self.options.no_cache.clone(),
            exec: self.options.exec.clone(),
        };
        let target =
            self.options.target.as_deref().filter(|it| !it.is_empty()).unwrap_or(DEFAULT_TARGET);
        let mut answers = Answers::default();
        for _ in 0..MAX_ROUNDS {
            let program = Program { sources: self.sources, scopes: &scopes, registry };
            let done = evaluate(program, target, &self.options.build_args, &settings, &mut answers);
            let Evaluated { value, sections, diagnostics, pending } = done;
            if pending {
                answers.fetch(self.bridge, self.options, origin, file).await?;
                continue;
            }
            return match value {
                Value::Fs(fs) if diagnostics.is_empty() => Ok((fs, sections)),
                _ => Err(diagnostics.into()),
            };
        }
        Err(vec![NOT_YET.nowhere("the program asks for more than a build can resolve")].into())
    }

    /// Solves what the sections ask to be solved on its own, then the result.
    async fn solve(
        &self,
        fs: &Fs,
        sections: &[Section],
        platform: &Platform,
    ) -> Result<Ref, Failure> {
        let State::Edge(root) = &fs.state else { return Ok(Ref::default()) };
        let plan = plan(root, sections, &self.options.cache_imports, platform)?;
        for wave in plan.waves {
            let solves = wave.into_iter().map(|section| {
                let what = SolveRequest::definition(marshal(&section.output));
                self.bridge.solve(SolveRequest {
                    cache_imports: section.imports,
                    evaluate: true,
                    ..what
                })
            });
            for solved in concurrently(solves).await {
                solved.map_err(LoadError::from)?;
            }
        }
        let request =
            SolveRequest { cache_imports: plan.imports, ..SolveRequest::definition(marshal(root)) };
        let solved = self.bridge.solve(request).await.map_err(LoadError::from)?;
        Ok(solved.reference)
    }
}
