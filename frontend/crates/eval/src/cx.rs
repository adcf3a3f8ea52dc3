use gateway_proto::caps;
use hlb_plan::Section;
use hlb_program::program::AliasId;
use hlb_syntax::source::Span;
use llb::{Metadata, Part, Platform, State, StepName};

use super::candidate::{AbsentSource, Stage, Waits};
use super::statement::statement;
use super::{
    Absence, Answer, Archive, Call, FileContent, Finding, Fingerprint, Frame, FrontendBuild, Fs,
    Host, Image, Needs, Normalized, Output, Primed, Priming, Resolver, SectionImage, Snapshot,
    Source, Value,
};

/// What lowerings share: what they may read and ask, and where they leave what they make besides a value.
pub struct Cx<'a> {
    pub host: &'a Host<'a>,
    pub frame: &'a mut Frame,
    pub output: &'a mut Output,
    pub(super) resolver: &'a mut dyn Resolver,
}

impl Cx<'_> {
    /// The metadata of the vertex that a statement makes: progress shows it as the statement is written.
    pub fn metadata(&self, call: &Call) -> Metadata {
        let text = statement(call, self.host.source_map.sources);
        let step = Some(StepName { scope: self.frame.scope.clone(), text });
        Metadata { step, ..self.frame.unnamed_metadata(self.host, call.span) }
    }

    /// The metadata of a vertex that no statement stands for; `text` says in progress what it is for.
    pub fn internal_metadata(&self, span: Span, text: &str) -> Metadata {
        self.frame.internal_metadata(self.host, span, text)
    }

    /// The empty filesystem of the platform that is built for.
    pub fn scratch(&self) -> Fs {
        Fs::scratch(&self.host.platform)
    }

    /// The image that a reference names, which stands at `span`; see [`Resolver::image`].
    pub fn image(
        &mut self,
        reference: &str,
        platform: &Platform,
        metadata: Metadata,
        span: Span,
    ) -> Answer<Image> {
        let answer = match self.output.stage {
            Stage::Needed => self.resolver.image(reference, platform, metadata.clone()),
            _ => self.resolver.optional_image(reference, platform, metadata.clone()),
        };
        match &answer {
            Answer::Ready(image) => self.output.found(|| image.shown(reference)),
            Answer::Absent(absence) => self.absent(absence.clone(), span),
            Answer::Pending | Answer::Failed(_) => {}
        }
        // What the client named like it has no location of its own.
        let located = |image: Image| Image { state: image.state.located(&metadata), ..image };
        self.noted(answer.map(located))
    }

    /// Whether a source is there, which stands at `span` and is shown as `name`; see [`Resolver::source`].
    ///
    /// What the program can't do without is taken to be there, for whoever uses it to find out.
    pub fn source(&mut self, source: Source<'_>, name: &str, span: Span) -> Answer<()> {
        // A daemon before BuildKit 0.26 has to fetch a repository to know its references; of other sources, any has to.
        let by = match source {
            Source::Reference(_)
                if self.host.settings.caps.supports(caps::SOURCE_GIT_SIGNATUREVERIFY) =>
            {
                Finding::Lookup
            }
            _ => Finding::Fetch,
        };
        let answer = match (self.output.stage, by) {
            (Stage::Needed, _) => return Answer::Ready(()),
            (Stage::Lookup, Finding::Fetch) => return self.withheld(),
            _ => self.resolver.source(source, by, span),
        };
        match &answer {
            Answer::Ready(()) => self.output.found(|| name.into()),
            Answer::Absent(Absence { why, problem }) => {
                let problem = format!("`{name}`: {problem}");
                self.absent(Absence { why: *why, problem }, span);
            }
            Answer::Pending | Answer::Failed(_) => {}
        }
        self.noted(answer)
    }

    /// Takes note of a source that is not there, which stands at `span`.
    pub fn absent(&mut self, absence: Absence, span: Span) {
        self.output.absences.push(AbsentSource { span, absence });
    }

    /// What the `local`s of this module come from; see [`Resolver::files`].
    pub fn files(&mut self) -> Answer<State> {
        let answer = self.resolver.files(&self.frame.root);
        self.noted(answer)
    }

    /// A context, which has no location of its own, at the call that asks for it.
    pub fn located(&self, context: State, call: &Call) -> State {
        context.located(&self.frame.unnamed_metadata(self.host, call.span))
    }

    /// What the client gives as the build context of a name; see [`Resolver::context`].
    pub fn context(&mut self, name: &str) -> Answer<Option<State>> {
        let answer = self.resolver.context(name, &self.host.platform);
        self.noted(answer)
    }

    /// What a part of a filesystem is taken from; see [`Resolver::part`].
    pub fn part(&mut self, whole: &State, part: &Part) -> State {
        match self.output.stage {
            // Nothing is transferred for what may not be taken.
            Stage::Lookup => whole.clone(),
            Stage::Needed | Stage::Whole => self.resolver.part(whole, part).located_as(whole),
        }
    }

    /// What keeps a path from being in a filesystem; see [`Resolver::excluding`].
    pub fn excluding(&mut self, whole: &State, path: &str) -> Option<String> {
        self.resolver.excluding(whole, path)
    }

    /// What a file of a filesystem holds, which an argument of a call gives; see [`Resolver::file`].
    pub fn file(&mut self, filesystem: &Fs, path: &str, span: Span) -> Answer<FileContent> {
        if filesystem.state == State::Scratch {
            return Answer::Ready(FileContent::Missing);
        }
        if self.output.stage == Stage::Lookup {
            return self.withheld();
        }
        let answer = self.resolver.file(filesystem, path, span);
        self.noted(answer)
    }

    /// What another frontend makes, which a call asks for; see [`Resolver::frontend`].
    pub fn frontend(&mut self, build: &FrontendBuild, span: Span) -> Answer<Image> {
        if self.output.stage == Stage::Lookup {
            return self.withheld();
        }
        let answer = self.resolver.frontend(build, span);
        self.noted(answer)
    }

    /// A filesystem with nothing but an archive; see [`Resolver::archive`].
    pub fn archive(&mut self, archive: &Archive) -> Answer<State> {
        let answer = self.resolver.archive(archive);
        self.noted(answer)
    }

    /// Files with modes that no umask decides; see [`Resolver::normalized`].
    pub fn normalized(&mut self, normalized: &Normalized) -> Answer<State> {
        let answer = self.resolver.normalized(normalized);
        self.noted(answer)
    }

    /// What a cache key may know of a secret; see [`Resolver::fingerprint`].
    pub fn fingerprint(&mut self, id: &str) -> Answer<Fingerprint> {
        let answer = self.resolver.fingerprint(id);
        self.noted(answer)
    }

    /// A filesystem that is what a cache is after a step; see [`Resolver::snapshot`].
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> Answer<State> {
        let answer = self.resolver.snapshot(snapshot);
        self.noted(answer)
    }

    /// The image that a section is taken from; see [`Resolver::substituted`].
    pub fn substituted(&mut self, section: &Section) -> Option<SectionImage> {
        self.resolver.substituted(section)
    }

    /// Whether an answer is outstanding, so that values so far may be none yet.
    pub fn waits(&self) -> bool {
        self.output.waits != Waits::Nothing
    }

    /// What fills a cache; see [`Resolver::prime`].
    pub fn prime(&mut self, priming: &Priming) -> Answer<Option<Primed>> {
        let answer = self.resolver.prime(priming);
        self.noted(answer)
    }

    /// Whether the client gives the build something; see [`Resolver::is_given`].
    pub fn is_given(&mut self, what: Needs, id: &str) -> Answer<bool> {
        let answer = self.resolver.is_given(what, id);
        self.noted(answer)
    }

    /// Gives an alias its value, for whoever mentions it.
    pub fn bind(&mut self, alias: AliasId, value: Value) {
        self.frame.aliases.insert_mut(alias, value);
    }

    fn noted<T>(&mut self, answer: Answer<T>) -> Answer<T> {
        if matches!(answer, Answer::Pending) {
            self.output.waits = Waits::Answers;
        }
        answer
    }

    /// The answer to what is not asked yet, since something must be built or fetched to know it.
    fn withheld<T>(&mut self) -> Answer<T> {
        self.output.waits = self.output.waits.max(Waits::Decision);
        Answer::Pending
    }
}
