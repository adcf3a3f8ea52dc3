//! Which build caches are imported: those that the client lets be, and whose hosts answer.

use std::collections::BTreeMap;

use hlb_gateway::concurrent;
use hlb_gateway::options::{ImportPolicy, Options};
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
    pub left_out: Vec<LeftOut>,
}

/// A cache that is not imported.
pub struct LeftOut {
    /// The place of its section in the list; none if it is the client's own.
    pub section: Option<usize>,
    /// See [`CacheImport::name`].
    pub cache: String,
    /// Where the program asks for it.
    pub span: Option<Span>,
    /// None if the client wants no imports at all.
    pub obstacle: Option<Obstacle>,
}

/// What a cache in a filesystem is called where the client says what may be imported.
pub const LAYOUT: &str = "layout";

/// Looks which caches can be imported; of those that can't, the build has a warning then.
///
/// # Errors
/// If one can't and the client wants it to be.
pub async fn usable_caches(cx: &Build<'_>, sections: &[Section]) -> Result<UsableCaches, Failure> {
    let mut caches = permitted_caches(cx.options, sections);
    let silent = silent(cx, &caches).await;
    caches.keep(|cache, _| match silent.iter().find(|(it, _)| it == cache) {
        Some((_, obstacle)) => Err(Some(obstacle.clone())),
        None => Ok(cache.clone()),
    });
    serve_layouts(cx, &mut caches).await?;
    let is_required = cx.options.import_policy == ImportPolicy::Required;
    let found = caches.left_out.iter().filter_map(|it| diagnostic(it, is_required));
    let mut found: Vec<_> = found.collect();
    if is_required && !found.is_empty() {
        return Err(found.into());
    }
    found.extend(caches.divided());
    cx.unshown.add(found);
    Ok(caches)
}

/// Keeps the caches that the client lets be imported, as far as that is known without asking anybody.
pub fn permitted_caches(options: &Options, sections: &[Section]) -> UsableCaches {
    let client = options.cache_imports.clone();
    let mut caches = UsableCaches { sections: sections.to_vec(), client, left_out: Vec::new() };
    let is_off = options.import_policy == ImportPolicy::Off;
    caches.keep(|cache, origin| match origin {
        _ if is_off => Err(None),
        Origin::Client => allowed(options, cache).map_err(Some),
        Origin::Program(place) => permitted(options, cache, place).map_err(Some),
    });
    let UsableCaches { sections, left_out, .. } = &mut caches;
    for (index, section) in sections.iter_mut().enumerate() {
        section.layouts.retain(|layout| {
            let cache = CacheImport { kind: LAYOUT.to_owned(), attrs: BTreeMap::new() };
            let obstacle = match permitted(options, &cache, layout.origin.as_deref()) {
                _ if is_off => None,
                Ok(_) => return true,
                Err(obstacle) => Some(obstacle),
            };
            left_out.push(LeftOut::layout(index, layout.span, obstacle));
            false
        });
    }
    caches
}

impl LeftOut {
    /// Why it is left out.
    pub fn why(&self) -> String {
        let off = || "`HLB_CACHE_IMPORT` is `off`".to_owned();
        self.obstacle.as_ref().map_or_else(off, |it| it.problem.clone())
    }

    fn layout(section: usize, span: Span, obstacle: Option<Obstacle>) -> Self {
        Self { section: Some(section), cache: LAYOUT.to_owned(), span: Some(span), obstacle }
    }
}

/// Who asks for an import.
enum Origin<'i> {
    Client,
    /// With where the module is from, see [`Import::origin`].
    Program(Option<&'i str>),
}

impl UsableCaches {
    /// Keeps each cache as it is made, and takes note of what keeps the others from being imported.
    fn keep(
        &mut self,
        mut make: impl FnMut(&CacheImport, Origin<'_>) -> Result<CacheImport, Option<Obstacle>>,
    ) {
        let Self { sections, client, left_out } = self;
        let mut keep = |cache: &mut CacheImport, made, section, span| match made {
            Ok(made) => {
                *cache = made;
                true
            }
            Err(obstacle) => {
                left_out.push(LeftOut { section, cache: cache.name(), span, obstacle });
                false
            }
        };
        for (index, section) in sections.iter_mut().enumerate() {
            section.imports.retain_mut(|import| {
                let made = make(&import.cache, Origin::Program(import.origin.as_deref()));
                keep(&mut import.cache, made, Some(index), Some(import.span))
            });
        }
        client.retain_mut(|own| {
            let made = make(own, Origin::Client);
            keep(own, made, None, None)
        });
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
async fn serve_layouts(cx: &Build<'_>, caches: &mut UsableCaches) -> Result<(), Failure> {
    let all = caches.sections.iter().map(|section| &section.layouts);
    let served = all.map(async |layouts| {
        together(layouts.iter().map(|layout| cx.layouts.served(cx, layout, caches))).await
    });
    let served = together(served).await?;
    let UsableCaches { sections, left_out, .. } = caches;
    for ((index, section), served) in sections.iter_mut().enumerate().zip(served) {
        for (layout, served) in section.layouts.drain(..).zip(served) {
            let Layout { span, origin, .. } = layout;
            match served {
                Ok(cache) => {
                    section.imports.push(Import { cache, span, origin, lifetime: Lifetime::Build });
                }
                Err(obstacle) => left_out.push(LeftOut::layout(index, span, Some(obstacle))),
            }
        }
    }
    Ok(())
}

/// The caches whose hosts do not answer.
async fn silent(cx: &Build<'_>, caches: &UsableCaches) -> Vec<(CacheImport, Obstacle)> {
    let asked = concurrent::all(caches.all().map(async |(cache, _)| {
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

/// That a cache is left out, unless that is what the client wants.
fn diagnostic(left_out: &LeftOut, is_required: bool) -> Option<Diagnostic> {
    let Obstacle { code, problem, help } = left_out.obstacle.as_ref()?;
    let of = if left_out.span.is_none() { "`--cache-from`: " } else { "" };
    let (code, message) = match is_required {
        true => (&REQUIRED_CACHE, format!("{of}{problem}")),
        false => (*code, format!("{of}{problem}, so the cache is not imported")),
    };
    let found = match left_out.span {
        Some(span) => code.at(span, message),
        None => code.without_span(message),
    };
    Some(help.iter().fold(found, Diagnostic::help))
}
