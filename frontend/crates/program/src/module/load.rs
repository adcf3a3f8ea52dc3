use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hlb_syntax;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{Sources, Span};
use hlb_syntax::tree::{Expr, Import, StringForm, StringLit, StringPart};

use super::error::{
    MAX_CHAIN, MAX_DEPTH, chain_too_long, directory, missing_module, too_deep, unreadable_module,
};
use super::graph::{ModuleId, Modules, Root, Target};
use super::path::{Absolute, control_character, normalize, outside_root};
use super::ready::Readiness;
use super::request::{Answer, ImportRequest, ImportSource, RequestId};
use super::uri::{GitUri, Uri};

/// Modules while they are loaded, one level of imports at a time.
///
/// Ask for [`pending`](Self::pending) requests, [`supply`](Self::supply) an answer to each, and go on until none are
/// pending; then [`finish`](Self::finish).
#[derive(Debug, Default)]
pub struct Loading {
    modules: Modules,
    requests: Vec<Request>,
    /// The requests that have no answer yet.
    open: BTreeSet<RequestId>,
    /// Each file and repository is asked for once.
    by_source: BTreeMap<ImportSource, RequestId>,
    /// How many filesystems are between the program and a root; 0 for a root that is not here.
    depths: BTreeMap<Root, usize>,
    /// How many modules are between the program and a module; 0 for one that is not here.
    levels: BTreeMap<ModuleId, usize>,
}

#[derive(Debug)]
struct Request {
    source: ImportSource,
    /// The imports that wait for it.
    importers: Vec<Importer>,
    /// For imports of the same source that are found later.
    answer: Option<Answer>,
}

/// An import declaration.
#[derive(Clone, Copy, Debug)]
struct Importer {
    module: ModuleId,
    /// Where the declaration starts.
    start: u32,
    source: Span,
}

/// Loads a program and what it imports in one go.
pub fn load(
    sources: &mut Sources,
    root: Root,
    path: &str,
    text: Arc<str>,
    fetch: &mut dyn FnMut(&ImportRequest) -> Answer,
) -> Modules {
    let mut loading = Loading::default();
    loading.program(sources, root, path, text);
    loop {
        let pending = loading.pending();
        if pending.is_empty() {
            return loading.finish();
        }
        for request in pending {
            let answer = fetch(&request);
            loading.supply(sources, request.id, answer);
        }
    }
}

impl Loading {
    /// Adds a file that is built or checked; one that is loaded already stays as it is.
    pub fn program(
        &mut self,
        sources: &mut Sources,
        root: Root,
        path: &str,
        text: Arc<str>,
    ) -> ModuleId {
        let path = Arc::from(path);
        let known = self.modules.at(&root, &path);
        let id = known.unwrap_or_else(|| self.add(sources, root, path, text, 0));
        self.modules.add_program(id);
        id
    }

    /// What is loaded so far.
    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// What to ask for next: files, repositories, and the expressions that can be evaluated, since every import that
    /// they need is resolved.
    ///
    /// An expression that needs its own import can never be evaluated; the checker reports it.
    #[expect(
        clippy::indexing_slicing,
        reason = "a `RequestId` is the index of one of the requests"
    )]
    pub fn pending(&self) -> Vec<ImportRequest> {
        let open = || self.open.iter().map(|id| (*id, &self.requests[id.0]));
        let importers = open().flat_map(|(_, request)| &request.importers);
        let waiting = importers.map(|importer| (importer.module, importer.start)).collect();
        let mut readiness = Readiness::new(&self.modules, waiting);
        let requests = open().filter_map(|(id, request)| request.public(id));
        requests
            .filter_map(|mut request| {
                if matches!(request.source, ImportSource::Computed(_)) {
                    request.reach = readiness.reach(&request)?;
                }
                Some(request)
            })
            .collect()
    }

    /// Answers a request; a second answer to one changes nothing.
    pub fn supply(&mut self, sources: &mut Sources, id: RequestId, answer: Answer) {
        if !self.open.remove(&id) {
            return;
        }
        let Some(request) = self.requests.get_mut(id.0) else { return };
        let importers = std::mem::take(&mut request.importers);
        let source = request.source.clone();
        request.answer = Some(answer.clone());
        if let (Answer::Failed(errors), Some(first)) = (&answer, importers.first()) {
            for error in errors {
                self.modules.error(first.module, error.clone());
            }
        }
        self.apply(sources, &importers, &source, answer);
    }

    fn apply(
        &mut self,
        sources: &mut Sources,
        importers: &[Importer],
        source: &ImportSource,
        answer: Answer,
    ) {
        match (answer, source) {
            (Answer::Text(text), ImportSource::File { root, path }) => {
                self.loaded(sources, importers, root.clone(), path.clone(), text);
            }
            (Answer::Filesystem { root, path, text }, _) => {
                self.loaded(sources, importers, root, path, text);
            }
            (Answer::Uri(uri), _) => {
                for importer in importers {
                    self.uri(sources, *importer, &uri);
                }
            }
            (Answer::Missing | Answer::Text(_), _) => {
                self.failed(importers, |import, span| missing_module(import, span, source));
            }
            (Answer::Unreadable(problem), _) => {
                self.failed(importers, |import, span| unreadable_module(import, span, &problem));
            }
            (Answer::Unavailable, _) => self.resolve(importers, Target::Unresolved),
            (Answer::Failed(_), _) => self.resolve(importers, Target::Failed),
        }
    }

    /// The modules; what has no answer stays unresolved.
    pub fn finish(self) -> Modules {
        self.modules
    }

    fn loaded(
        &mut self,
        sources: &mut Sources,
        importers: &[Importer],
        root: Root,
        path: Arc<str>,
        text: Arc<str>,
    ) {
        if let (Root::Filesystem { .. }, Some(importer)) = (&root, importers.first()) {
            let of_importer = self.depth(importer);
            let same = self.modules.get(importer.module).root == root;
            let depth = if same { of_importer } else { of_importer + 1 };
            self.depths.entry(root.clone()).or_insert(depth);
        }
        let id = match self.modules.at(&root, &path) {
            Some(known) => known,
            None => {
                let level = importers.first().map_or(0, |importer| self.level(importer) + 1);
                self.add(sources, root, path, text, level)
            }
        };
        self.resolve(importers, Target::Loaded(id));
    }

    /// How many filesystems are between the program and an importing module.
    fn depth(&self, importer: &Importer) -> usize {
        let root = &self.modules.get(importer.module).root;
        self.depths.get(root).copied().unwrap_or_default()
    }

    /// How many modules are between the program and an importing module.
    fn level(&self, importer: &Importer) -> usize {
        self.levels.get(&importer.module).copied().unwrap_or_default()
    }

    fn resolve(&mut self, importers: &[Importer], target: Target) {
        for importer in importers {
            self.modules.resolve(importer.module, importer.start, target);
        }
    }

    fn failed(&mut self, importers: &[Importer], error: impl Fn(&Import, Span) -> Diagnostic) {
        for importer in importers {
            let import = self.modules.get(importer.module).import_at(importer.start);
            if let Some(error) = import.map(|import| error(import, importer.source)) {
                self.modules.error(importer.module, error);
            }
        }
        self.resolve(importers, Target::Failed);
    }

    /// Parses a file and requests what it imports.
    fn add(
        &mut self,
        sources: &mut Sources,
        root: Root,
        path: Arc<str>,
        text: Arc<str>,
        level: usize,
    ) -> ModuleId {
        let file = sources.add(root.display(&path), text.clone());
        let (tree, errors) = hlb_syntax::parse(file, text);
        let id = self.modules.add(root, path, tree, errors);
        self.levels.insert(id, level);
        let tree = self.modules.get(id).tree.clone();
        for import in tree.imports() {
            let source = import.source.span();
            let importer = Importer { module: id, start: import.span.start, source };
            match &import.source {
                Expr::String(string) => match plain_text(string) {
                    Some(uri) => self.uri(sources, importer, &uri),
                    None => self.request(sources, ImportSource::Computed(source), importer),
                },
                Expr::Block(_) | Expr::Call(_) => {
                    self.request(sources, ImportSource::Computed(source), importer);
                }
                Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => {
                    self.resolve(&[importer], Target::Failed);
                }
            }
        }
        id
    }

    /// Requests the module that a string names.
    fn uri(&mut self, sources: &mut Sources, importer: Importer, text: &str) {
        if text.contains(|character: char| character.is_ascii_control()) {
            return self.failed(&[importer], |import, span| {
                control_character(import.name.text(), text, span)
            });
        }
        let module = self.modules.get(importer.module);
        match Uri::parse(text) {
            Ok(Uri::Git(uri)) => match normalize("", &uri.file, Absolute::FromRoot) {
                Some(file) => {
                    let source = ImportSource::Git(GitUri { file: file.to_string(), ..uri });
                    self.request(sources, source, importer);
                }
                None => self.failed(&[importer], |import, span| {
                    outside_root(import.name.text(), &uri.file, Absolute::FromRoot, span)
                }),
            },
            Ok(Uri::File(path)) => {
                let (root, absolute) = (module.root.clone(), absolute(&module.root));
                let Some(path) = normalize(&module.path, &path, absolute) else {
                    return self.failed(&[importer], |import, span| {
                        outside_root(import.name.text(), &path, absolute, span)
                    });
                };
                if path.is_empty() {
                    // Known without a look at it, which would transfer the whole directory.
                    return self.failed(&[importer], directory);
                }
                match self.modules.at(&root, &path) {
                    Some(id) => self.resolve(&[importer], Target::Loaded(id)),
                    None => self.request(sources, ImportSource::File { root, path }, importer),
                }
            }
            Err(bad) => {
                self.failed(&[importer], |import, span| bad.at(import.name.text(), span));
            }
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a `RequestId` is the index of one of the requests"
    )]
    fn request(&mut self, sources: &mut Sources, source: ImportSource, importer: Importer) {
        if !matches!(source, ImportSource::File { .. }) && self.depth(&importer) == MAX_DEPTH {
            return self.failed(&[importer], too_deep);
        }
        if self.level(&importer) == MAX_CHAIN {
            return self.failed(&[importer], chain_too_long);
        }
        if let Some(id) = self.by_source.get(&source).copied() {
            let known = &mut self.requests[id.0];
            match known.answer.clone() {
                None => known.importers.push(importer),
                Some(answer) => self.apply(sources, &[importer], &source, answer),
            }
            return;
        }
        let id = RequestId(self.requests.len());
        self.by_source.insert(source.clone(), id);
        self.requests.push(Request { source, importers: vec![importer], answer: None });
        self.open.insert(id);
    }
}

impl Request {
    fn public(&self, id: RequestId) -> Option<ImportRequest> {
        let first = self.importers.first()?;
        let (module, span) = (first.module, first.source);
        let (source, reach) = (self.source.clone(), Vec::new());
        Some(ImportRequest { id, module, span, source, reach })
    }
}

fn absolute(root: &Root) -> Absolute {
    match root {
        Root::Program { .. } => Absolute::Outside,
        Root::Filesystem { .. } => Absolute::FromRoot,
    }
}

/// The value of a string that needs no evaluation.
pub fn plain_text(string: &StringLit) -> Option<String> {
    let text = |part: &StringPart| match part {
        StringPart::Text { value, .. } => Some(value.to_string()),
        StringPart::Interpolation { .. } => None,
    };
    let joined = string.parts.iter().map(text).collect::<Option<String>>()?;
    Some(match string.form {
        StringForm::Heredoc { indent, .. } => hlb_syntax::heredoc_value(indent, &joined),
        StringForm::Quoted | StringForm::Raw => joined,
    })
}
