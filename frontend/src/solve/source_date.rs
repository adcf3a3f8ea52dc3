//! Which time the result of a build gets at most.

use hlb_eval::{Evaluation, Value, declared, registry};
use hlb_gateway::context::{SourceAge, source_age};
use hlb_gateway::options::{SOURCE_DATE, SOURCE_DATE_FORMS, SourceDate};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Sources;

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

    /// Finds the time out that the target has as a default of its parameter, for a client that says nothing.
    ///
    /// Like an `ARG` before the first stage of a Dockerfile (BuildKit 0.32, `docs/build-repro.md`).
    pub async fn date_by_program(
        &mut self,
        program: &Program,
        sources: &Sources,
        answers: &mut ResolveCache,
    ) -> Result<Option<Diagnostic>, Failure> {
        let Some(param) = declared(program, self.target(), SOURCE_DATE) else { return Ok(None) };
        if self.settings.build_args.contains_key(SOURCE_DATE) {
            return Ok(None);
        }
        let (registry, settings) = (registry(), &self.settings);
        let evaluation = Evaluation { program, sources, registry, settings };
        let target = self.target();
        let found = answers.resolve(self, |it| evaluation.parameters(target, it)).await?.value;
        let value = found.into_iter().find(|it| it.param.name.text() == SOURCE_DATE);
        let text = match value.and_then(|it| it.value) {
            Some(Value::String(text)) => text.to_string(),
            Some(Value::Int(seconds)) => seconds.to_string(),
            _ => return Ok(None),
        };
        if text.is_empty() {
            return Ok(None);
        }
        let Some(date) = self.options.source_date_of(&text) else {
            let message =
                format!("parameter `{SOURCE_DATE}`: expected {SOURCE_DATE_FORMS}, found `{text}`");
            return Err(vec![INVALID_SOURCE_DATE.at(param.name.span, message)].into());
        };
        self.date(&date).await
    }

    async fn date(&mut self, date: &SourceDate) -> Result<Option<Diagnostic>, Failure> {
        let found = source_age(self.bridge, self.options, &self.context, date).await?;
        let SourceAge { seconds, warning } = found;
        let text = seconds.map(|it| it.to_string()).unwrap_or_default();
        self.source_date = seconds;
        self.settings.build_args.insert(SOURCE_DATE.to_owned(), text);
        Ok(warning)
    }
}
