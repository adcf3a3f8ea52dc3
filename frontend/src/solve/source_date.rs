//! Which time the result of a build gets at most.

use hlb_gateway::context::{SourceAge, source_age};
use hlb_gateway::options::{SOURCE_DATE, SOURCE_DATE_FORMS, SourceDate};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::failure::Failure;
use super::request::Build;

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
        text: &str,
        span: Span,
    ) -> Result<Option<Diagnostic>, Failure> {
        let Some(date) = self.options.source_date_of(text) else {
            let message =
                format!("parameter `{SOURCE_DATE}`: expected {SOURCE_DATE_FORMS}, found `{text}`");
            return Err(vec![INVALID_SOURCE_DATE.at(span, message)].into());
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
