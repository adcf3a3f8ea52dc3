//! Build arguments that are BuildKit's own, where the program has a default for them: a parameter of the target.
//!
//! Like an `ARG` before the first stage of a Dockerfile.

use std::collections::BTreeMap;

use hlb_eval::{Evaluation, Value, declared, registry};
use hlb_gateway::options::{SCAN_CONTEXT, SCAN_STAGE, SOURCE_DATE, Scan};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{Sources, Span};

use super::failure::Failure;
use super::request::Build;
use super::resolve_cache::ResolveCache;

/// What a default says, and the name of its parameter.
type Default = (String, Span);

impl Build<'_> {
    /// Takes the program's defaults of what the client says nothing about; the result may be a warning.
    pub async fn take_defaults(
        &mut self,
        program: &Program,
        sources: &Sources,
        answers: &mut ResolveCache,
    ) -> Result<Option<Diagnostic>, Failure> {
        let mut found = defaults(self, program, sources, answers).await?;
        for (name, scan) in
            [(SCAN_CONTEXT, &mut self.scan.context), (SCAN_STAGE, &mut self.scan.stages)]
        {
            if let Some((text, _)) = found.remove(name) {
                *scan = Scan::parse(&text);
            }
        }
        match found.remove(SOURCE_DATE) {
            Some((text, span)) => {
                self.date_by_program((&text, span), program, sources, answers).await
            }
            None => Ok(None),
        }
    }
}

async fn defaults(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
) -> Result<BTreeMap<&'static str, Default>, Failure> {
    let (target, settings) = (cx.target(), &cx.settings);
    let is_open = |name: &&str| {
        !settings.build_args.contains_key(*name) && declared(program, target, name).is_some()
    };
    let open: Vec<_> =
        [SCAN_CONTEXT, SCAN_STAGE, SOURCE_DATE].into_iter().filter(is_open).collect();
    if open.is_empty() {
        return Ok(BTreeMap::new());
    }
    let evaluation = Evaluation { program, sources, registry: registry(), settings };
    let found = answers.resolve(cx, |answers| evaluation.parameters(target, answers)).await?.value;
    let found = found.into_iter().filter_map(|parameter| {
        let param = &parameter.param.name;
        let name = open.iter().find(|name| param.text() == **name)?;
        let text = match parameter.value? {
            Value::String(text) => text.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Bool(is_set) => is_set.to_string(),
            _ => return None,
        };
        Some((*name, (text, param.span)))
    });
    Ok(found.filter(|(_, (text, _))| !text.is_empty()).collect())
}
