use hlb_program::program::AliasId;
use hlb_syntax::source::Span;
use llb::{Metadata, Part, Platform, State, StepName};

use super::statement::statement;
use super::{
    Answer, Archive, Call, FileContent, Frame, FrontendBuild, Fs, Host, Image, Needs, Output,
    Resolver, Value,
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

    /// The image that a reference names; see [`Resolver::image`].
    pub fn image(
        &mut self,
        reference: &str,
        platform: &Platform,
        metadata: Metadata,
    ) -> Answer<Image> {
        let answer = self.resolver.image(reference, platform, metadata.clone());
        // What the client named like it has no location of its own.
        let located = |image: Image| Image { state: image.state.located(&metadata), ..image };
        let answer = answer.map(located);
        self.noted(answer)
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
        self.resolver.part(whole, part).located_as(whole)
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
        let answer = self.resolver.file(filesystem, path, span);
        self.noted(answer)
    }

    /// What another frontend makes, which a call asks for; see [`Resolver::frontend`].
    pub fn frontend(&mut self, build: &FrontendBuild, span: Span) -> Answer<Image> {
        let answer = self.resolver.frontend(build, span);
        self.noted(answer)
    }

    /// A filesystem with nothing but an archive; see [`Resolver::archive`].
    pub fn archive(&mut self, archive: &Archive) -> Answer<State> {
        let answer = self.resolver.archive(archive);
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
        match &answer {
            Answer::Pending => self.output.is_pending = true,
            Answer::Absent(absence) => self.output.absences.push(absence.clone()),
            Answer::Ready(_) | Answer::Failed(_) => {}
        }
        answer
    }
}
