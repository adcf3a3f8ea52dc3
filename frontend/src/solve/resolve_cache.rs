use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;

use hlb_eval::{
    Absence, AbsenceReason, Answer, Archive, Evaluated, FileContent, Finding, Fingerprint,
    FrontendBuild, Fs, Image, Needs, Normalized, Pending, Primed, Priming, Resolver, Round,
    SectionImage, Snapshot, Source,
};
use hlb_gateway::bridge::Ref;
use hlb_gateway::context::load_ignore_file;
use hlb_plan::Section;
use hlb_program::module::Root;
use hlb_syntax::diagnostic::Code;
use hlb_syntax::source::Span;
use llb::{Metadata, Part, Platform, State};
use tracing::info;

use super::choices::Choices;
use super::contexts::Contexts;
use super::failure::Failure;
use super::file_answers::FileAnswers;
use super::fingerprints::Fingerprints;
use super::frontend_answers::FrontendAnswers;
use super::given::Given;
use super::lookup::{Found, context_of_name, image, optional_image};
use super::own_steps::OwnSteps;
use super::request::Build;
use super::source_answers::SourceAnswers;
use super::substitutes::{Substitutes, Substitution};
use super::together::together;
use super::unresolved::Unresolved;

/// A program that asks the daemon one thing after the other, more often than any build needs.
pub static TOO_MANY_QUESTIONS: Code = Code::error("HLB0411", "too-many-questions");

/// More rounds than any program needs: each answers at least one question, and questions come from the text.
pub const MAX_ROUNDS: usize = 1000;

/// What evaluation asked, and what the daemon answered: each question is put once.
#[derive(Default)]
pub struct ResolveCache {
    images: BTreeMap<(String, Platform), Option<Result<Found, Unresolved>>>,
    /// Those that the program can do without.
    optional_images: BTreeSet<(String, Platform)>,
    sources: SourceAnswers,
    /// The main context as a whole.
    context: Option<Option<State>>,
    contexts: Contexts,
    /// By name and platform.
    named: BTreeMap<(String, Platform), Option<GivenContext>>,
    /// Whether the program was given something of a context that it is not given any more.
    is_anew: bool,
    given: Given,
    /// What modules came from, by the keys of their roots.
    filesystems: BTreeMap<Arc<str>, Filesystem>,
    files: FileAnswers,
    frontends: FrontendAnswers,
    /// What was taken in programs that are evaluated.
    pub choices: Choices,
    fingerprints: Fingerprints,
    own_steps: OwnSteps,
    /// None where nobody is to be asked for images of sections.
    substitutes: Option<Substitutes>,
    /// The platform whose evaluation asks, if it is one of several.
    asking: Option<Arc<str>>,
}

/// What the client gives as a build context, as a whole; nothing if it does not.
type GivenContext = Result<Option<State>, Unresolved>;

/// A filesystem that modules came from.
struct Filesystem {
    root: Root,
    state: State,
    reference: Ref,
}

impl Resolver for ResolveCache {
    fn image(&mut self, reference: &str, platform: &Platform, metadata: Metadata) -> Answer<Image> {
        let question = (reference.to_owned(), platform.clone());
        match self.images.entry(question).or_default() {
            None => Answer::Pending,
            Some(Err(unresolved)) => unresolved.answer(),
            Some(Ok(found)) => Answer::Ready(found.image(platform, metadata)),
        }
    }

    fn optional_image(
        &mut self,
        reference: &str,
        platform: &Platform,
        metadata: Metadata,
    ) -> Answer<Image> {
        let answer = self.image(reference, platform, metadata);
        if answer == Answer::Pending {
            self.optional_images.insert((reference.to_owned(), platform.clone()));
        }
        answer
    }

    fn source(&mut self, source: Source<'_>, by: Finding, span: Span) -> Answer<()> {
        match source {
            Source::Reference(state) | Source::Commit(state) => self.sources.git(state, by),
            Source::Http(state) => self.sources.http(state, by),
            Source::Path { of, path } => match self.file(of, path, span) {
                Answer::Ready(FileContent::Missing) => Answer::Absent(Absence {
                    why: AbsenceReason::NotFound,
                    problem: "no such path in the build context".to_owned(),
                }),
                answer => answer.map(drop),
            },
        }
    }

    fn is_given(&mut self, what: Needs, id: &str) -> Answer<bool> {
        self.given.answer(what, id)
    }

    fn files(&mut self, root: &Root) -> Answer<State> {
        let Root::Filesystem { key, name } = root else {
            return match self.context.get_or_insert_default() {
                None => Answer::Pending,
                Some(context) => Answer::Ready(context.clone()),
            };
        };
        match self.filesystems.get(key) {
            Some(filesystem) => Answer::Ready(filesystem.state.clone()),
            None => Answer::Failed(format!("filesystem `{name}` is not known")),
        }
    }

    fn context(&mut self, name: &str, platform: &Platform) -> Answer<Option<State>> {
        match self.named.entry((name.to_owned(), platform.clone())).or_default() {
            None => Answer::Pending,
            Some(Ok(state)) => Answer::Ready(state.clone()),
            Some(Err(unresolved)) => unresolved.answer(),
        }
    }

    fn part(&mut self, whole: &State, part: &Part) -> State {
        self.contexts.part(whole, part)
    }

    fn excluding(&mut self, whole: &State, path: &str) -> Option<String> {
        self.contexts.excluding(whole, path)
    }

    fn file(&mut self, filesystem: &Fs, path: &str, span: Span) -> Answer<FileContent> {
        self.files.file(filesystem, path, span, self.asking.as_ref())
    }

    fn frontend(&mut self, build: &FrontendBuild, span: Span) -> Answer<Image> {
        self.frontends.frontend(build, span, self.asking.as_ref())
    }

    fn fingerprint(&mut self, id: &str) -> Answer<Fingerprint> {
        self.fingerprints.answer(id)
    }

    fn archive(&mut self, archive: &Archive) -> Answer<State> {
        self.own_steps.archive(archive)
    }

    fn snapshot(&mut self, snapshot: &Snapshot) -> Answer<State> {
        self.own_steps.snapshot(snapshot)
    }

    fn substituted(&mut self, section: &Section) -> Option<SectionImage> {
        self.substitutes.as_ref()?.taken(section)
    }

    fn prime(&mut self, priming: &Priming) -> Answer<Option<Primed>> {
        self.own_steps.prime(priming)
    }

    fn normalized(&mut self, normalized: &Normalized) -> Answer<State> {
        self.own_steps.normalized(normalized)
    }
}

impl ResolveCache {
    /// For a build.
    pub fn for_build() -> Self {
        Self { substitutes: Some(Substitutes::default()), ..Self::default() }
    }

    /// For a description of what a program can use of the client, whatever this client gives.
    pub fn for_description() -> Self {
        let (given, fingerprints) = (Given::Assumed, Fingerprints::Assumed);
        Self { given, fingerprints, ..Self::default() }
    }

    /// Evaluates in as many rounds as the questions of the evaluation need.
    ///
    /// # Errors
    /// What is wrong with the program, or a failure of the daemon itself; what only one name suffers from is its answer.
    pub async fn resolve<T>(
        &mut self,
        cx: &Build<'_>,
        mut evaluate: impl FnMut(&mut Self) -> Round<T>,
    ) -> Result<Evaluated<T>, Failure> {
        Ok(self.rounds(cx, |answers| evaluate(answers).done()).await??)
    }

    /// Evaluates until there is a value: each time there is none, what was asked for is answered.
    ///
    /// # Errors
    /// See [`ResolveCache::resolve`].
    pub async fn rounds<T>(
        &mut self,
        cx: &Build<'_>,
        mut evaluate: impl FnMut(&mut Self) -> Result<T, Box<Pending>>,
    ) -> Result<T, Failure> {
        for round in 1..=MAX_ROUNDS {
            let done = evaluate(self);
            info!(round, pending = done.is_err(), "evaluated");
            if self.contexts.decide(cx.target()) {
                self.begin_anew();
                continue;
            }
            let pending = match done {
                Ok(done) => return Ok(done),
                Err(pending) => pending,
            };
            if !pending.errors.is_empty() && !self.has_open_names() {
                return Err(pending.errors.into());
            }
            let questions = self.files.open().chain(self.frontends.open());
            if self.contexts.need(questions) {
                self.begin_anew();
                continue;
            }
            if pending.errors.is_empty()
                && self.substitute_for_questions(cx, &pending.sections).await?
            {
                self.begin_anew();
                continue;
            }
            // Nothing is built for a program that has an error, of which others may come up once its names are resolved.
            let building = pending.errors.is_empty().then_some(&*pending);
            if let Some(pending) = building {
                cx.early_imports.add_of(cx.options, pending);
            }
            self.fetch(cx, building).await?;
        }
        Err(too_many_questions())
    }

    /// Looks for the images of the sections that some filesystems need; gives whether the program must be evaluated again because
    /// of them.
    pub async fn substitute(
        &mut self,
        cx: &Build<'_>,
        states: &[&State],
        sections: &[Section],
    ) -> Result<bool, Failure> {
        let Some(substitutes) = &mut self.substitutes else { return Ok(false) };
        if sections.iter().all(|section| section.substitute.is_none()) {
            return Ok(false);
        }
        self.contexts.solved();
        // Boxed: it is large, few builds need it, and every future that it is in would be as well.
        Box::pin(substitutes.find(cx, states, sections)).await
    }

    /// What there is to say of a section that may be taken from an image.
    pub fn substitution(&self, section: &Section) -> Option<Substitution> {
        self.substitutes.as_ref()?.of(section)
    }

    /// The same for what is about to be built for evaluation itself.
    async fn substitute_for_questions(
        &mut self,
        cx: &Build<'_>,
        sections: &[Section],
    ) -> Result<bool, Failure> {
        let asked: Vec<State> = self.files.open().chain(self.frontends.open()).cloned().collect();
        self.substitute(cx, &asked.iter().collect::<Vec<_>>(), sections).await
    }

    /// Takes note of whose evaluation asks from now on: a platform of several, or none of them.
    pub fn ask_for(&mut self, platform: Option<Arc<str>>) {
        self.asking = platform;
    }

    /// The root of a filesystem that a module came from already.
    pub fn root(&self, key: &str) -> Option<&Root> {
        self.filesystems.get(key).map(|filesystem| &filesystem.root)
    }

    /// What the filesystem of a root was solved to.
    pub fn reference(&self, root: &Root) -> Option<&Ref> {
        match root {
            Root::Program { .. } => None,
            Root::Filesystem { key, .. } => self.filesystems.get(key).map(|it| &it.reference),
        }
    }

    /// Takes note of a filesystem that a module came from.
    pub fn add_filesystem(&mut self, root: Root, state: State, reference: Ref) {
        if let Root::Filesystem { key, .. } = &root {
            self.filesystems.insert(key.clone(), Filesystem { root, state, reference });
        }
    }

    /// Takes note of what is solved in any case; gives whether the program must be evaluated again because of it.
    pub fn need<'s>(&mut self, states: impl IntoIterator<Item = &'s State>) -> bool {
        self.contexts.need(states)
    }

    /// Takes note that something was solved.
    pub fn solved(&mut self) {
        self.contexts.solved();
    }

    /// Whether a round must evaluate everything again; to be asked once in each round.
    pub fn begins_anew(&mut self) -> bool {
        std::mem::take(&mut self.is_anew)
    }

    /// Forgets questions about filesystems that will be others.
    fn begin_anew(&mut self) {
        self.is_anew = true;
        self.files.forget_open();
        self.frontends.forget_open();
    }

    /// Whether there are questions that are answered without building anything.
    pub fn has_open_names(&self) -> bool {
        let is_open = matches!(self.context, Some(None)) || self.own_steps.is_open();
        is_open
            || self.fingerprints.has_open()
            || self.sources.has_open(Finding::Lookup)
            || self.images.values().any(Option::is_none)
            || self.named.values().any(Option::is_none)
    }

    /// Asks the daemon everything that is not answered yet, at the same time; what something must be built for only after
    /// a round that says so.
    pub async fn fetch(
        &mut self,
        cx: &Build<'_>,
        building: Option<&Pending>,
    ) -> Result<(), Failure> {
        let Build { bridge, options, context: from, file, .. } = cx;
        let Self { images, optional_images, context, named, contexts, .. } = self;
        let Self { given, sources, files, frontends, own_steps, fingerprints, .. } = self;
        if building.is_some() && files.open().chain(frontends.open()).next().is_some() {
            contexts.solved();
        }
        own_steps.fetch(cx);
        let open: Vec<_> =
            images.iter().filter(|(_, it)| it.is_none()).map(|(it, _)| it.clone()).collect();
        for (reference, platform) in &open {
            info!(reference, %platform, "question: image");
        }
        if let Some(None) = context {
            info!("question: build context");
        }
        let optional = &*optional_images;
        let ask_images = open.iter().map(|question| async move {
            Ok::<_, Failure>(match optional.contains(question) {
                true => optional_image(cx, question).await?,
                false => image(cx, question, "").await?,
            })
        });
        let unnamed: Vec<_> =
            named.iter().filter(|(_, it)| it.is_none()).map(|(it, _)| it.clone()).collect();
        let ask_names = unnamed.iter().map(|(name, platform)| async move {
            Ok::<_, Failure>(context_of_name(cx, name, platform).await?)
        });
        let (mut found, mut given_by_name, mut ignore) = (Vec::new(), Vec::new(), None);
        let questions: [Question<'_>; 8] = [
            Box::pin(async {
                found = together(ask_images).await?;
                Ok(())
            }),
            Box::pin(async {
                given_by_name = together(ask_names).await?;
                Ok(())
            }),
            Box::pin(async {
                if let Some(None) = context {
                    ignore = Some(load_ignore_file(*bridge, options, from, file).await?);
                }
                Ok(())
            }),
            Box::pin(async {
                given.fetch(*bridge).await;
                Ok(())
            }),
            Box::pin(fingerprints.fetch(cx)),
            Box::pin(async {
                match building {
                    Some(_) => sources.fetch(cx, &[Finding::Lookup, Finding::Fetch]).await,
                    None => sources.fetch(cx, &[Finding::Lookup]).await,
                }
            }),
            Box::pin(async {
                match building {
                    Some(pending) => files.fetch(cx, pending).await,
                    None => Ok(()),
                }
            }),
            Box::pin(async {
                match building {
                    Some(pending) => frontends.fetch(cx, pending).await,
                    None => Ok(()),
                }
            }),
        ];
        together(questions).await?;
        for (question, found) in open.iter().zip(found) {
            if let Ok(Found::Context { source, .. }) = &found {
                contexts.add(source.clone());
            }
            images.insert(question.clone(), Some(found));
        }
        for (question, source) in unnamed.into_iter().zip(given_by_name) {
            let state = source.map(|source| source.map(|source| contexts.add(source)));
            named.insert(question, Some(state));
        }
        if let Some(ignore) = ignore {
            let mut source = from.main.clone();
            source.ignore = ignore.into();
            *context = Some(Some(contexts.add(source)));
        }
        Ok(())
    }
}

/// A call of the daemon that leaves its answer where it belongs.
type Question<'q> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'q>>;

/// The error of a program with which the rounds do not end.
pub fn too_many_questions() -> Failure {
    let message = format!(
        "the program has more than {MAX_ROUNDS} questions that each need the answer to another"
    );
    vec![TOO_MANY_QUESTIONS.without_span(message)].into()
}
