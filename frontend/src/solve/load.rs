use std::collections::{BTreeMap, BTreeSet};

use hlb_eval::registry;
use hlb_gateway::bridge::{BridgeError, Ref};
use hlb_gateway::concurrent;
use hlb_gateway::context::{Loaded, ModuleFiles, load_file};
use hlb_program::check::check;
use hlb_program::module::{Answer, ImportRequest, ImportSource, Loading, RequestId, Root};
use hlb_program::program::Program;
use hlb_syntax::source::Sources;

use super::failure::Failure;
use super::import::{Imported, load_imports};
use super::loaded::answer;
use super::request::Build;
use super::resolve_cache::ResolveCache;

/// Loads the program and everything that it imports, a depth of imports at a time, and checks it all.
///
/// # Errors
/// Every error there is in any module, and every import that cannot be resolved.
pub async fn load(
    cx: &Build<'_>,
    answers: &mut ResolveCache,
    sources: &mut Sources,
) -> Result<Program, Failure> {
    let (dir, name) = cx.file.name.rsplit_once('/').unwrap_or(("", &cx.file.name));
    let mut loading = Loading::default();
    let root = Root::Program { dir: dir.into() };
    loading.program(sources, root, name, cx.file.text.as_str().into());
    let mut failures = Vec::new();
    let mut beside = ModuleFiles::new(cx.bridge, &cx.context, &cx.file);
    loop {
        let pending = loading.pending();
        if pending.is_empty() {
            break;
        }
        let is_file = |it: &ImportRequest| matches!(it.source, ImportSource::File { .. });
        let (files, imports): (Vec<_>, Vec<_>) = pending.into_iter().partition(is_file);
        let files = files.iter().filter_map(|request| WantedFile::new(request, answers)).collect();
        let (read, found) = tokio::join!(
            read(cx, &mut beside, files),
            load_imports(cx, answers, sources, loading.modules(), &imports),
        );
        let found: Imported = found?;
        for (id, answer) in read?.into_iter().chain(found.answers) {
            let answer = within(sources, answer);
            loading.supply(sources, id, answer);
        }
        failures.extend(found.failures);
    }
    let modules = loading.finish();
    let (program, found) = check(&modules, &registry().builtins);
    let errors = found.iter().filter(|it| it.is_error()).count();
    match (errors, failures.pop()) {
        (0, _) => Ok(program),
        // All that the daemon said of it, rather than the line that stands among other errors.
        (1, Some(failure)) => Err(failure),
        _ => Err(found.into()),
    }
}

/// Most text of all modules of a program together, in bytes.
///
/// The tree of a module and what is found in it take up to 60 times as much memory as its text.
const MAX_PROGRAM_BYTES: usize = 32 << 20;

/// The answer to an import, if the program does not become too large by it.
fn within(sources: &Sources, answer: Answer) -> Answer {
    let (Answer::Text(text) | Answer::Filesystem { text, .. }) = &answer else { return answer };
    let known: usize = sources.iter().map(|(_, file)| file.text.len()).sum();
    match known.saturating_add(text.len()) {
        0..=MAX_PROGRAM_BYTES => answer,
        _ => {
            let limit = MAX_PROGRAM_BYTES >> 20;
            Answer::Unreadable(format!("with it the program has more than {limit} MiB"))
        }
    }
}

/// A file that a module imports from its own root.
struct WantedFile {
    id: RequestId,
    from: FileSource,
}

enum FileSource {
    /// Beside the build file.
    Beside(String),
    /// In a filesystem that is solved already.
    Filesystem(Ref, String),
}

impl WantedFile {
    fn new(request: &ImportRequest, answers: &ResolveCache) -> Option<Self> {
        let ImportSource::File { root, path } = &request.source else { return None };
        let from = match root {
            Root::Program { .. } => FileSource::Beside(root.display(path)),
            Root::Filesystem { .. } => {
                FileSource::Filesystem(answers.reference(root)?.clone(), path.to_string())
            }
        };
        Some(Self { id: request.id, from })
    }
}

/// Reads files, those beside the build file by one solve at most.
async fn read(
    cx: &Build<'_>,
    module_files: &mut ModuleFiles<'_>,
    wanted: Vec<WantedFile>,
) -> Result<Vec<(RequestId, Answer)>, BridgeError> {
    let beside = wanted.iter().filter_map(|it| match &it.from {
        FileSource::Beside(path) => Some(path.clone()),
        FileSource::Filesystem(..) => None,
    });
    let beside: BTreeSet<String> = beside.collect();
    let inside = wanted.iter().filter_map(|it| match &it.from {
        FileSource::Beside(_) => None,
        FileSource::Filesystem(reference, path) => {
            Some(async move { (it.id, load_file(cx.bridge, reference, path).await) })
        }
    });
    let (files, inside) = tokio::join!(module_files.load(&beside), concurrent::all(inside));
    let files: BTreeMap<String, Loaded> = files?;
    let mut answers = Vec::with_capacity(wanted.len());
    for (id, loaded) in inside {
        answers.push((id, answer(&loaded?)));
    }
    for WantedFile { id, from } in &wanted {
        if let FileSource::Beside(path) = from {
            answers.push((*id, files.get(path).map_or(Answer::Missing, answer)));
        }
    }
    Ok(answers)
}
