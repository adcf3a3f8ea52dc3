//! Which build caches are imported: those whose hosts answer.

use futures_util::future::join_all;
use hlb_gateway::options::ImportPolicy;
use hlb_plan::Section;
use hlb_program::lint::SILENT_CACHE;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::CacheImport;

use super::cache_hosts::{host, longest};
use super::failure::Failure;
use super::request::Build;

/// A cache whose host does not answer, where the client wants that all caches are imported.
pub static REQUIRED_CACHE: Code = Code::error("HLB0534", "required-cache");

/// Sections and the caches of the client, with no more than what is to be imported.
pub struct UsableCaches {
    pub sections: Vec<Section>,
    pub client: Vec<CacheImport>,
}

/// Looks which caches can be imported; of those that can't, the build has a warning then.
///
/// # Errors
/// If one can't and the client wants it to be.
pub async fn usable_caches(cx: &Build<'_>, sections: &[Section]) -> Result<UsableCaches, Failure> {
    let (mut sections, mut client) = (sections.to_vec(), cx.options.cache_imports.clone());
    if cx.options.import_policy == ImportPolicy::Off {
        sections.iter_mut().for_each(|section| section.imports.clear());
        client.clear();
    }
    let all = sections.iter().flat_map(|section| &section.imports);
    let all = all.map(|import| (&import.cache, Some(import.span)));
    let all = all.chain(client.iter().map(|cache| (cache, None)));
    let asked = join_all(all.map(async |(cache, span)| {
        let answers = cx.cache_hosts.answers(cx.bridge, cx.options, cache).await;
        (!answers).then(|| (cache.clone(), span))
    }));
    let silent: Vec<_> = asked.await.into_iter().flatten().collect();
    let is_silent = |cache: &CacheImport| silent.iter().any(|(it, _)| it == cache);
    let found: Vec<_> = silent.iter().map(|(cache, span)| left_out(cx, cache, *span)).collect();
    if cx.options.import_policy == ImportPolicy::Required && !found.is_empty() {
        return Err(found.into());
    }
    cx.cache_hosts.left_out(found);
    for section in &mut sections {
        section.imports.retain(|import| !is_silent(&import.cache));
    }
    client.retain(|cache| !is_silent(cache));
    Ok(UsableCaches { sections, client })
}

/// That a cache is left out. Of what it is only its host is shown: the rest may hold tokens.
fn left_out(cx: &Build<'_>, cache: &CacheImport, span: Option<Span>) -> Diagnostic {
    let host = host(cache).unwrap_or_default();
    let seconds = longest(cx.options).as_secs();
    let of = if span.is_none() { "`--cache-from`: " } else { "" };
    let problem = format!("{of}cache host `{host}` does not answer within {seconds} s");
    let (code, message) = match cx.options.import_policy {
        ImportPolicy::Required => (&REQUIRED_CACHE, problem),
        _ => (&SILENT_CACHE, format!("{problem}, so the cache is not imported")),
    };
    match span {
        Some(span) => code.at(span, message),
        None => code.without_span(message),
    }
}
