//! Which time the result of a build gets at most.

use hlb_eval::{Evaluation, registry};
use hlb_gateway::context::{SourceAge, filesystem_age, source_age};
use hlb_gateway::options::{SOURCE_DATE, SOURCE_DATE_FORMS, SourceDate};
use hlb_program::builtin::Kind;
use hlb_program::program::{Item, Program};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::{Sources, Span};

use super::failure::Failure;
use super::request::Build;
use super::resolve_cache::ResolveCache;

/// A parameter `SOURCE_DATE_EPOCH` whose default says no time.
pub static INVALID_SOURCE_DATE: Code = Code::error("HLB0431", "invalid-source-date");

impl Build<'_> {
    /// Finds the time out that the client asks for; the program gets it in place of a name.
    pub async fn date_by_client(&mut self) -> Result<Option<Diagnostic>, Failure> {
        match &self.options.source_date {
            Some(date) => self.date(date).await,
            None => Ok(None),
        }
    }

    /// Finds the time out that the program has as a default, which stands at `span`.
    pub async fn date_by_program(
        &mut self,
        (text, span): (&str, Span),
        program: &Program,
        sources: &Sources,
        answers: &mut ResolveCache,
    ) -> Result<Option<Diagnostic>, Failure> {
        if let Some(date) = self.options.source_date_of(text) {
            return self.date(&date).await;
        }
        let invalid = |problem: String| {
            INVALID_SOURCE_DATE.at(span, format!("parameter `{SOURCE_DATE}`: {problem}"))
        };
        let function = match program.main().and_then(|main| main.lookup(text)) {
            Some(Item::Function(id)) => Some(program.function(id)),
            _ => None,
        };
        if function.is_none_or(|function| function.kind != Kind::Fs) {
            let forms = format!("expected {SOURCE_DATE_FORMS} or of an `fs` function");
            return Err(vec![invalid(format!("{forms}, found `{text}`"))].into());
        }
        // For the platform that builds, as all that is the same for all platforms.
        let evaluation =
            Evaluation { program, sources, registry: registry(), settings: &self.settings };
        let evaluated = answers.resolve(self, |answers| evaluation.target(text, answers)).await?;
        match filesystem_age(self.bridge, &evaluated.value.result.state).await? {
            Some(age) => Ok(self.take(age)),
            None => {
                let problem = format!("`{text}` is neither a commit nor a download alone");
                let help = "name a function that has only a `git` or an `http`";
                Err(vec![invalid(problem).help(help)].into())
            }
        }
    }

    async fn date(&mut self, date: &SourceDate) -> Result<Option<Diagnostic>, Failure> {
        let found = source_age(self.bridge, self.options, &self.context, date).await?;
        Ok(self.take(found))
    }

    fn take(&mut self, found: SourceAge) -> Option<Diagnostic> {
        let SourceAge { seconds, warning } = found;
        let text = seconds.map(|it| it.to_string()).unwrap_or_default();
        self.source_date = seconds;
        self.settings.build_args.insert(SOURCE_DATE.to_owned(), text);
        warning
    }
}
