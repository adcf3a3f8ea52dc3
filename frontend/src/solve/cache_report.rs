//! What becomes of the caches of a build, for whoever asks before it or after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hlb_eval::Product;
use hlb_gateway::options::{CacheMessage, ImportPolicy, Options};
use hlb_plan::{Isolation, Lifetime, Membership, Owners, Section, membership};
use hlb_syntax::source::{Sources, Span};
use llb::{Platform, State};
use serde_json::{Map, Value, json};
use visible::{shortened, visible_line};

use super::choices::{encoded, place};
use super::resolve_cache::ResolveCache;
use super::substitutes::Substitution;
use super::usable_caches::{LAYOUT, UsableCaches};

/// The metadata of a result with what its sections import.
pub const CACHE: &str = "frontend.hlb.cache";

/// The metadata of a result that clients print after the build (buildx 0.29, `commands/build.go`).
const MESSAGE: &str = "frontend.result.inlinemessage";

/// Most sections that a message has a line of.
const MAX_LINES: usize = 20;

/// About how much of the sections a result has, in bytes: on the way it has them in base64, and has to fit into 4 MiB.
const MAX_JSON: usize = 1 << 20;

/// Most bytes of the name of a cache, or of why it is left out.
const MAX_TEXT: usize = 400;

/// The sections of a build, and what each imports.
pub struct CacheReport<'s> {
    /// By their places in the list of sections.
    pub sections: BTreeMap<usize, ReportedSection<'s>>,
    /// What the client itself imports.
    pub client: Vec<ReportedImport>,
    pub membership: Membership,
}

/// A section that something uses.
pub struct ReportedSection<'s> {
    pub section: &'s Section,
    /// The platform that has it, if others do not.
    pub platform: Option<Arc<str>>,
    pub imports: Vec<ReportedImport>,
    pub substitution: Option<Substitution>,
    /// The section around it, by its place in the list.
    pub within: Option<usize>,
    /// See [`Membership::needs`].
    pub needs: BTreeSet<usize>,
}

/// A cache that somebody wants to import.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportedImport {
    /// Where the program asks for it.
    pub span: Option<Span>,
    /// What people know it by, without anything that may be a token.
    pub cache: String,
    /// Why it is not imported, if it is not.
    pub why_not: Option<String>,
}

impl<'s> CacheReport<'s> {
    /// `all` are the sections as the program has them, `caches` what of them is imported, and `answers` know their images.
    pub fn new(
        platforms: &[Platform],
        products: &[Product],
        all: &'s [Section],
        caches: &UsableCaches,
        answers: &ResolveCache,
    ) -> Self {
        let outputs: Vec<&State> = products.iter().flat_map(Product::states).collect();
        let membership = membership(&outputs, all);
        let mut needs = membership.needs(&outputs, all);
        let owners = match platforms {
            [_] => Owners::default(),
            _ => Owners::of(platforms.iter().zip(products).map(|(platform, product)| {
                (platform.to_string().into(), product.states().filter_map(State::edge))
            })),
        };
        let sections = membership.sections.iter().filter_map(|(index, within)| {
            let section = all.get(*index)?;
            let platform = owners.platform(&section.output.vertex).map(Into::into);
            let imports = imports(caches, Some(*index));
            let (within, needs) = (*within, needs.remove(index).unwrap_or_default());
            let substitution = answers.substitution(section);
            let reported =
                ReportedSection { section, platform, imports, substitution, within, needs };
            Some((*index, reported))
        });
        let sections = sections.collect();
        Self { sections, client: imports(caches, None), membership }
    }

    /// The report as metadata of the result of a build, with a message if a section has an import or an image.
    pub fn metadata(&self, options: &Options, sources: &Sources) -> Vec<(String, Vec<u8>)> {
        let mut left = MAX_JSON;
        let sections = self.sections.values().map(|it| Value::from(it.json(sources)));
        let sections: Vec<Value> = sections
            .map_while(|it| {
                left = left.checked_sub(it.to_string().len())?;
                Some(it)
            })
            .collect();
        let more = self.sections.len() - sections.len();
        let client = self.client.iter().map(|it| it.json(sources)).collect::<Vec<_>>();
        let json = json!({ "sections": sections, "moreSections": more, "client": client });
        let message = self.message(options, sources);
        let message = message.map(|it| (MESSAGE.to_owned(), it.into_bytes()));
        [encoded(CACHE, &json)].into_iter().chain(message).collect()
    }

    /// A line for each section that has an import or an image.
    fn message(&self, options: &Options, sources: &Sources) -> Option<String> {
        let is_off = options.import_policy == ImportPolicy::Off;
        if is_off || options.cache_message == CacheMessage::Off {
            return None;
        }
        let lines = self.sections.values().filter_map(|it| it.line(sources));
        let mut lines: Vec<_> = lines.collect();
        let more = lines.len().saturating_sub(MAX_LINES);
        lines.truncate(MAX_LINES);
        if more > 0 {
            lines.push(format!("and {more} more sections"));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

impl ReportedSection<'_> {
    /// What people know it by.
    pub fn name(&self) -> String {
        let name = &self.section.name;
        self.platform.as_ref().map_or_else(|| name.to_string(), |it| format!("{it} {name}"))
    }

    /// What became of its image and its imports; nothing if it has none. Whether a cache was there only the daemon knows.
    fn line(&self, sources: &Sources) -> Option<String> {
        let asked: Vec<&str> =
            self.imports.iter().filter(|it| it.why_not.is_none()).map(|it| &*it.cache).collect();
        let left_out = self
            .imports
            .iter()
            .filter_map(|it| Some(format!("left out {}: {}", it.cache, it.why_not.as_ref()?)));
        let asked = (!asked.is_empty()).then(|| format!("asked {}", asked.join(", ")));
        let image = self.substitution.as_ref().and_then(Substitution::line);
        let parts: Vec<_> = image.into_iter().chain(asked).chain(left_out).collect();
        let at = place(self.section.span, sources);
        let line = || format!("section {} ({at}): {}", self.name(), parts.join("; "));
        (!parts.is_empty()).then(|| visible_line(&shortened(&line(), 3 * MAX_TEXT)).into_owned())
    }

    pub fn json(&self, sources: &Sources) -> Map<String, Value> {
        let imports = self.imports.iter().map(|import| import.json(sources));
        let mut entry = Map::new();
        entry.insert("name".to_owned(), (*self.section.name).into());
        entry.insert("at".to_owned(), place(self.section.span, sources).into());
        if let Some(platform) = &self.platform {
            entry.insert("platform".to_owned(), (**platform).into());
        }
        let is_isolated = self.section.isolation == Isolation::Isolated;
        entry.insert("isolated".to_owned(), is_isolated.into());
        entry.insert("imports".to_owned(), imports.collect::<Vec<_>>().into());
        if let (Some(it), Some(of)) = (&self.substitution, &self.section.substitute) {
            // Each platform has an image of its own.
            entry.insert("platform".to_owned(), of.platform.to_string().into());
            entry.insert("repository".to_owned(), it.repository.clone().into());
            entry.insert("reference".to_owned(), it.reference.clone().into());
            entry.insert("found".to_owned(), it.is_found.into());
            entry.insert("notFoundBecause".to_owned(), it.why_not.clone().into());
        }
        entry
    }
}

impl ReportedImport {
    /// Where the program asks for it; empty for the client's own.
    pub fn at(&self, sources: &Sources) -> String {
        self.span.map_or_else(String::new, |span| place(span, sources))
    }

    pub fn json(&self, sources: &Sources) -> Value {
        json!({ "cache": self.cache, "at": self.at(sources), "leftOut": self.why_not })
    }
}

/// What a section imports, or the client, in the order of the text.
fn imports(caches: &UsableCaches, of: Option<usize>) -> Vec<ReportedImport> {
    let section = of.and_then(|index| caches.sections.get(index));
    let used = section.into_iter().flat_map(|section| {
        let imports = section.imports.iter().map(|import| {
            let cache = match import.lifetime {
                Lifetime::Unlimited => import.cache.name(),
                // Who knows its address can read all of it.
                Lifetime::Build => LAYOUT.to_owned(),
            };
            (cache, import.span)
        });
        imports.chain(section.layouts.iter().map(|it| (LAYOUT.to_owned(), it.span)))
    });
    let used = used.map(|(cache, span)| ReportedImport { span: Some(span), cache, why_not: None });
    let client = caches.client.iter().filter(|_| of.is_none());
    let client = client.map(|it| ReportedImport { span: None, cache: it.name(), why_not: None });
    let left_out = caches.left_out.iter().filter(|it| it.section == of);
    let left_out = left_out.map(|it| ReportedImport {
        span: it.span,
        cache: it.cache.clone(),
        why_not: Some(it.why()),
    });
    let all = used.chain(client).chain(left_out);
    let shown = |text: &str| visible_line(&shortened(text, MAX_TEXT)).into_owned();
    let mut all: Vec<_> = all
        .map(|it| ReportedImport {
            cache: shown(&it.cache),
            why_not: it.why_not.as_deref().map(shown),
            ..it
        })
        .collect();
    all.sort();
    all
}
