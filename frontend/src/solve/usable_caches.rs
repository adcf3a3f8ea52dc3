//! Which build caches are imported: those that the client lets be, and whose hosts answer.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use hlb_gateway::options::ImportPolicy;
use hlb_plan::{Import, Layout, Lifetime, Section};
use hlb_program::lint::{DIVIDED_IMPORT, SILENT_CACHE};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::CacheImport;

use super::cache_hosts::{host, longest};
use super::cache_permission::{Obstacle, allowed, permitted};
use super::failure::Failure;
use super::request::Build;
use super::together::together;

/// A cache that can't be imported, where the client wants that all caches are.
pub static REQUIRED_CACHE: Code = Code::error("HLB0534", "required-cache");

/// Sections and the caches of the client, with no more than what is to be imported.
pub struct UsableCaches {
    pub sections: Vec<Section>,
    pub client: Vec<CacheImport>,
}

/// What a cache in a filesystem is called where the client says what may be imported.
const LAYOUT: &str = "layout";

/// What keeps a cache from being imported, and where the program asks for it; the client's own have no place.
type LeftOut = (Obstacle, Option<Span>);

/// Looks which caches can be imported; of those that can't, the build has a warning then.
///
/// # Errors
/// If one can't and the client wants it to be.
pub async fn usable_caches(cx: &Build<'_>, sections: &[Section]) -> Result<UsableCaches, Failure> {
    let mut caches =
        UsableCaches { sections: sections.to_vec(), client: cx.options.cache_imports.clone() };
    if cx.options.import_policy == ImportPolicy::Off {
        for section in &mut caches.sections {
            section.imports.clear();
            section.layouts.clear();
        }
        caches.client.clear();
        return Ok(caches);
    }
    let mut left_out = caches.keep(|cache, import| match import {
        Some(import) => permitted(cx.options, cache, import.origin.as_deref()),
        None => allowed(cx.options, cache),
    });
    let silent = silent(cx, &caches).await;
    left_out.extend(caches.keep(|cache, _| match silent.iter().find(|(it, _)| it == cache) {
        Some((_, obstacle)) => Err(obstacle.clone()),
        None => Ok(cache.clone()),
    }));
    left_out.extend(serve_layouts(cx, &mut caches).await?);
    let is_required = cx.options.import_policy == ImportPolicy::Required;
    let found =
        left_out.into_iter().map(|(obstacle, span)| diagnostic(obstacle, span, is_required));
    let mut found: Vec<_> = found.collect();
    if is_required && !found.is_empty() {
        return Err(found.into());
    }
    found.extend(caches.divided());
    cx.unshown.add(found);
    Ok(caches)
}

impl UsableCaches {
    /// Keeps each cache as it is made, and returns what keeps the others from being imported.
    fn keep(
        &mut self,
        mut make: impl FnMut(&CacheImport, Option<&Import>) -> Result<CacheImport, Obstacle>,
    ) -> Vec<LeftOut> {
        let mut left_out = Vec::new();
        let mut keep = |cache: &mut CacheImport, made, span| match made {
            Ok(made) => {
                *cache = made;
                true
            }
            Err(obstacle) => {
                left_out.push((obstacle, span));
                false
            }
        };
        for section in &mut self.sections {
            section.imports.retain_mut(|import| {
                let made = make(&import.cache, Some(import));
                keep(&mut import.cache, made, Some(import.span))
            });
        }
        self.client.retain_mut(|own| {
            let made = make(own, None);
            keep(own, made, None)
        });
        left_out
    }

    fn all(&self) -> impl Iterator<Item = (&CacheImport, Option<Span>)> {
        let of_sections = self.sections.iter().flat_map(|section| &section.imports);
        let of_sections = of_sections.map(|import| (&import.cache, Some(import.span)));
        of_sections.chain(self.client.iter().map(|cache| (cache, None)))
    }

    /// Warnings about caches of one reference with two sets of attributes: the daemon knows them by the reference, and takes
    /// the first for the whole build (BuildKit 0.13 to 0.33, `solver/llbsolver/bridge.go`, `cmKey`).
    fn divided(&self) -> Vec<Diagnostic> {
        let mut first = BTreeMap::new();
        let all = self.all().filter(|(cache, _)| cache.reference().is_some());
        let divided = all.filter_map(|(cache, span)| {
            let (known, other) = *first.entry(cache.name()).or_insert((cache, span));
            // The client's come last.
            let place = span.or(other).filter(|_| known != cache)?;
            let message =
                format!("cache `{}` is imported with other attributes, too", cache.name());
            let found = DIVIDED_IMPORT.at(place, message);
            let found = match (span, other) {
                (Some(_), Some(other)) => found.label(other, "imported here"),
                _ => found.note("by `--cache-from`"),
            };
            Some(found.help("give it the same attributes wherever it is imported"))
        });
        divided.collect()
    }
}

/// Has the layouts of all sections served, and adds them to their imports.
async fn serve_layouts(cx: &Build<'_>, caches: &mut UsableCaches) -> Result<Vec<LeftOut>, Failure> {
    let all = caches.sections.iter().map(|section| &section.layouts);
    let served = all.map(async |layouts| {
        let served = layouts.iter().map(async |layout| {
            let cache = CacheImport { kind: LAYOUT.to_owned(), attrs: BTreeMap::new() };
            match permitted(cx.options, &cache, layout.origin.as_deref()) {
                Ok(_) => cx.layouts.served(cx, layout, caches).await,
                Err(obstacle) => Ok(Err(obstacle)),
            }
        });
        together(served).await
    });
    let served = together(served).await?;
    let mut left_out = Vec::new();
    for (section, served) in caches.sections.iter_mut().zip(served) {
        for (layout, served) in section.layouts.drain(..).zip(served) {
            let Layout { span, origin, .. } = layout;
            match served {
                Ok(cache) => {
                    section.imports.push(Import { cache, span, origin, lifetime: Lifetime::Build });
                }
                Err(obstacle) => left_out.push((obstacle, Some(span))),
            }
        }
    }
    Ok(left_out)
}

/// The caches whose hosts do not answer.
async fn silent(cx: &Build<'_>, caches: &UsableCaches) -> Vec<(CacheImport, Obstacle)> {
    let asked = join_all(caches.all().map(async |(cache, _)| {
        let answers = cx.cache_hosts.answers(cx.bridge, cx.options, cache).await;
        (!answers).then(|| {
            // Of what it is only its host is shown: the rest may hold tokens.
            let host = host(cache).unwrap_or_default();
            let seconds = longest(cx.options).as_secs();
            let problem = format!("cache host `{host}` does not answer within {seconds} s");
            (cache.clone(), Obstacle { code: &SILENT_CACHE, problem, help: None })
        })
    }));
    asked.await.into_iter().flatten().collect()
}

/// That a cache is left out.
fn diagnostic(obstacle: Obstacle, span: Option<Span>, is_required: bool) -> Diagnostic {
    let Obstacle { code, problem, help } = obstacle;
    let of = if span.is_none() { "`--cache-from`: " } else { "" };
    let (code, message) = match is_required {
        true => (&REQUIRED_CACHE, format!("{of}{problem}")),
        false => (code, format!("{of}{problem}, so the cache is not imported")),
    };
    let found = match span {
        Some(span) => code.at(span, message),
        None => code.without_span(message),
    };
    help.into_iter().fold(found, Diagnostic::help)
}
