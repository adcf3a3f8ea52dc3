//! Imports from other filesystems: each is evaluated, solved, and the module read from the result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hlb_eval::{
    Checks, ClientNeed, Evaluated, Evaluation, Fs, Pending, Rejected, Round, Value, registry,
};
use hlb_gateway::bridge::{BridgeError, Ref};
use hlb_gateway::concurrent;
use hlb_gateway::context::load_file;
use hlb_plan::{Preparation, Section};
use hlb_program::check::check;
use hlb_program::module::{Answer, ImportRequest, ImportSource, Modules, RequestId, Root};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::{Sources, Span};
use llb::{Edge, State};

use super::failure::Failure;
use super::loaded::answer;
use super::request::Build;
use super::resolve_cache::ResolveCache;
use super::run::{Wanted, run, target};
use super::usable_caches::usable_caches;

/// An import whose filesystem the daemon can't make.
pub static FAILED_IMPORT: Code = Code::error("HLB0404", "failed-import");

/// The module that is read from a filesystem (language spec, section 6.1).
const MODULE: &str = "module.hlb";

/// What became of some imports.
#[derive(Default)]
pub struct Imported {
    pub answers: Vec<(RequestId, Answer)>,
    /// Where the daemon failed, in full; each is a [`FAILED_IMPORT`] among the answers as well.
    pub failures: Vec<Failure>,
}

/// A filesystem that modules are read from.
struct Filesystem {
    root: Root,
    state: State,
    /// What must succeed for it to be used.
    checks: Checks,
    sections: Vec<Section>,
    preparations: Vec<Preparation>,
    needs: Vec<ClientNeed>,
    wanted: Vec<WantedModule>,
}

/// A module of a filesystem that an import asks for.
struct WantedModule {
    id: RequestId,
    path: Arc<str>,
    /// The name that the import declares.
    import: String,
    span: Span,
}

/// Loads the modules of imports that are no files beside the importing one, all at the same time.
///
/// An expression that reaches an error is not evaluated: the checker reports it.
pub async fn load_imports(
    cx: &Build<'_>,
    answers: &mut ResolveCache,
    sources: &Sources,
    modules: &Modules,
    requests: &[ImportRequest],
) -> Result<Imported, Failure> {
    let mut imported = Imported::default();
    if requests.is_empty() {
        return Ok(imported);
    }
    let (program, errors) = check(modules, &registry().builtins);
    let (right, wrong) = split_by_errors(&errors, requests);
    imported.answers.extend(wrong.iter().map(|it| (it.id, Answer::Failed(Vec::new()))));
    let evaluated = evaluate_all(cx, answers, sources, &program, &right).await?;
    let mut filesystems = BTreeMap::new();
    for (request, evaluated) in right.into_iter().zip(evaluated) {
        let answer = match evaluated {
            Err(found) => Answer::Failed(found.errors),
            Ok(Evaluated { value: Value::String(uri), .. }) => Answer::Uri(uri.to_string()),
            Ok(Evaluated {
                value: Value::Fs(fs),
                sections,
                preparations,
                client_needs,
                choices,
                ..
            }) => {
                answers.choices.add(choices);
                let wanted = WantedModule::new(modules, request);
                let filesystem = filesystem(&mut filesystems, answers, request, &wanted, &fs);
                filesystem.sections.extend(sections);
                filesystem.preparations.extend(preparations);
                filesystem.needs.extend(client_needs);
                filesystem.wanted.push(wanted);
                continue;
            }
            Ok(_) => Answer::Failed(Vec::new()),
        };
        imported.answers.push((request.id, answer));
    }
    answers.solved();
    let opened = filesystems.values().map(|it| open(cx, answers, modules, it));
    let opened = concurrent::all(opened).await;
    for (filesystem, opened) in filesystems.into_values().zip(opened) {
        let Filesystem { root, state, wanted, .. } = filesystem;
        match opened {
            Ok((reference, found)) => {
                imported.answers.extend(found);
                answers.add_filesystem(root, state, reference);
            }
            Err(Failure::Diagnostics(errors)) => imported.wrong(&wanted, errors),
            Err(Failure::Explained { error, .. }) => imported.wrong(&wanted, vec![*error]),
            Err(Failure::Daemon(error)) if !error.is_canceled() => imported.fail(&wanted, error),
            Err(failure) => return Err(failure),
        }
    }
    Ok(imported)
}

/// Evaluates the expressions, in as few rounds as their questions to the daemon need.
async fn evaluate_all(
    cx: &Build<'_>,
    answers: &mut ResolveCache,
    sources: &Sources,
    program: &Program,
    requests: &[&ImportRequest],
) -> Result<Vec<Result<Evaluated<Value>, Rejected>>, Failure> {
    let (registry, settings) = (registry(), &cx.settings);
    let evaluation = Evaluation { program, sources, registry, settings };
    let evaluated = answers.rounds(cx, |answers| {
        // Each is evaluated, so that all questions of a round are asked together.
        let all = requests.iter().map(|it| evaluation.import(it, answers));
        Pending::all(all.map(Round::done).collect())
    });
    evaluated.await
}

impl Imported {
    /// Reports errors, at the first of the imports that have them.
    fn wrong(&mut self, wanted: &[WantedModule], errors: Vec<Diagnostic>) {
        let mut errors = Some(errors);
        let answers =
            wanted.iter().map(|it| (it.id, Answer::Failed(errors.take().unwrap_or_default())));
        self.answers.extend(answers);
    }

    /// Reports a failure of the daemon, at the first of the imports that suffer from it.
    fn fail(&mut self, wanted: &[WantedModule], error: BridgeError) {
        let Some(WantedModule { import, span, .. }) = wanted.first() else { return };
        let (context, span) = (format!("import `{import}`"), *span);
        let problem = error.to_string();
        let problem = problem.split_whitespace().collect::<Vec<_>>().join(" ");
        self.wrong(wanted, vec![FAILED_IMPORT.at(span, format!("{context}: {problem}"))]);
        self.failures.push(Failure::At { error, context, span });
    }
}

impl WantedModule {
    fn new(modules: &Modules, request: &ImportRequest) -> Self {
        let import = modules.get(request.module).import_of(request.span);
        let path = match &request.source {
            ImportSource::Git(uri) => &uri.file,
            ImportSource::File { .. } | ImportSource::Computed(_) => MODULE,
        };
        Self {
            id: request.id,
            path: path.into(),
            import: import.map_or("", |import| import.name.text()).to_owned(),
            span: request.span,
        }
    }
}

/// The filesystem of an import, new or that of an earlier import.
fn filesystem<'f>(
    filesystems: &'f mut BTreeMap<Arc<str>, Filesystem>,
    answers: &ResolveCache,
    request: &ImportRequest,
    wanted: &WantedModule,
    fs: &Fs,
) -> &'f mut Filesystem {
    let key: Arc<str> = fs.state.edge().map(Edge::to_string).unwrap_or_default().into();
    filesystems.entry(key.clone()).or_insert_with(|| {
        let name = match &request.source {
            ImportSource::Git(uri) => format!("{}:", uri.repository()),
            ImportSource::File { .. } | ImportSource::Computed(_) => format!("{}:", wanted.import),
        };
        // Who comes later knows it by the name that it has already.
        let root = answers.root(&key).cloned();
        let root = root.unwrap_or(Root::Filesystem { key, name: name.into() });
        Filesystem {
            root,
            state: fs.state.clone(),
            checks: fs.checks.clone(),
            sections: Vec::new(),
            preparations: Vec::new(),
            needs: Vec::new(),
            wanted: Vec::new(),
        }
    })
}

/// Solves a filesystem, unless it is solved already, and reads the modules that are not loaded yet.
async fn open(
    cx: &Build<'_>,
    answers: &ResolveCache,
    modules: &Modules,
    filesystem: &Filesystem,
) -> Result<(Ref, Vec<(RequestId, Answer)>), Failure> {
    let Filesystem { root, state, checks, sections, preparations, needs, wanted } = filesystem;
    let reference = match answers.reference(root) {
        Some(reference) => reference.clone(),
        None => {
            let name = wanted.first().map_or("", |it| &it.import);
            let result = target(name, state);
            let wanted = Wanted { work: checks.beside(result.clone()), result };
            let caches = usable_caches(cx, sections).await?;
            let references = run(cx, vec![wanted], &caches, preparations, needs).await?;
            references.into_iter().next().unwrap_or_default()
        }
    };
    let paths: BTreeSet<&Arc<str>> = wanted.iter().map(|it| &it.path).collect();
    let read = |path: &Arc<str>| {
        let (path, reference) = (path.clone(), &reference);
        async move {
            match modules.at(root, &path) {
                Some(id) => Ok(Answer::Text(modules.get(id).tree.text.clone())),
                None => load_file(cx.bridge, reference, &path).await.map(|it| answer(&it)),
            }
        }
    };
    let texts = concurrent::all(paths.iter().map(|path| read(path))).await;
    let texts = texts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let found: BTreeMap<_, _> = paths.into_iter().zip(texts).collect();
    let answer = |it: &WantedModule| match found.get(&it.path) {
        Some(Answer::Text(text)) => {
            Answer::Filesystem { root: root.clone(), path: it.path.clone(), text: text.clone() }
        }
        other => other.cloned().unwrap_or(Answer::Missing),
    };
    let found = wanted.iter().map(|it| (it.id, answer(it))).collect();
    Ok((reference, found))
}

/// The requests whose expressions reach no error, and the others.
fn split_by_errors<'r>(
    errors: &[Diagnostic],
    requests: &'r [ImportRequest],
) -> (Vec<&'r ImportRequest>, Vec<&'r ImportRequest>) {
    let wrong: Vec<Span> =
        errors.iter().filter(|it| it.is_error()).filter_map(|it| it.span).collect();
    let reaches = |it: &ImportRequest| {
        wrong.iter().any(|span| it.reach.iter().any(|reached| reached.contains(*span)))
    };
    requests.iter().partition(|it| !reaches(it))
}
