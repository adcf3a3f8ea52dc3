//! Sections that are taken from images of their own, which are named after what the sections are made of.
//!
//! In: an evaluation that is done, and its sections. Out: which of them are there as images. Whoever evaluates again then gets
//! these in place of the sections, see [`Resolver::substituted`](hlb_eval::Resolver::substituted). Names are found out for all
//! sections at once, images from the result down, a bounded number at once: what only a found section needs is not looked up.

mod contents;
mod look_up;
mod pin;
mod reach;
mod registries;

use std::collections::{BTreeMap, BTreeSet};

use hlb_eval::{OWN_PROGRAM_HELP, SectionImage};
use hlb_gateway::options::ImportPolicy;
use hlb_plan::{Section, Substitute};
use hlb_program::lint::UNSUBSTITUTED;
use hlb_syntax::diagnostic::Diagnostic;
use llb::{Edge, Known, Metadata, PortableDigest, State, Unportable, portable_with};
use tracing::info;

use super::cache_permission::Obstacle;
use super::failure::Failure;
use super::request::Build;
use super::together::together;
use super::usable_caches::REQUIRED_CACHE;
use contents::Unnamed;
use look_up::look_up;
use reach::{Way, reach};
use registries::Registries;

/// How many digits of a digest are in a name: 160 bits, which nobody finds twice.
const NAME_DIGITS: usize = 40;

/// What is known of the sections that may be taken from images.
#[derive(Default)]
pub struct Substitutes {
    known: Known,
    /// By [`key`].
    sections: BTreeMap<String, Named>,
    /// By reference and platform.
    images: BTreeMap<(String, String), Standing>,
    /// The sections that were found to be taken from images, by [`key`].
    answered: BTreeSet<String>,
    registries: Registries,
}

/// What a section is called.
#[derive(Clone)]
enum Named {
    As { reference: String, digest: PortableDigest },
    Not(Unnamed),
}

/// Whether an image of a section is there.
#[derive(Clone)]
pub enum Standing {
    Found(SectionImage),
    Missing,
    /// Why nobody knows, or why it is not to be taken.
    LeftOut(Obstacle),
}

/// What there is to say of a section that may be taken from an image.
#[derive(Debug)]
pub struct Substitution {
    pub repository: String,
    /// With its tag; nothing if the section has no name.
    pub reference: Option<String>,
    /// None if nobody asked.
    pub is_found: Option<bool>,
    pub why_not: Option<String>,
}

impl Substitution {
    /// What became of it, for the message of a build; nothing if nobody asked.
    pub fn line(&self) -> Option<String> {
        let reference = self.reference.as_deref().unwrap_or(&self.repository);
        match (self.is_found, &self.why_not) {
            (Some(true), _) => Some(format!("found {reference}")),
            (Some(false), _) => Some(format!("missing {reference}")),
            (None, Some(why)) => Some(format!("did not take {reference}: {why}")),
            (None, None) => None,
        }
    }
}

impl Substitutes {
    /// The image that a section is taken from.
    pub fn taken(&self, section: &Section) -> Option<SectionImage> {
        let substitute = section.substitute.as_ref()?;
        match self.standing(section, substitute)? {
            Standing::Found(taken) => Some(taken.clone()),
            Standing::Missing | Standing::LeftOut(_) => None,
        }
    }

    /// Looks for the images of the sections that some filesystems need; gives whether there are some of which the evaluation
    /// does not know yet. What keeps others from being taken, the build has a warning for.
    ///
    /// # Errors
    /// If the daemon itself fails, or if something keeps an image from being taken and the client wants all to be.
    pub async fn find(
        &mut self,
        cx: &Build<'_>,
        roots: &[&State],
        sections: &[Section],
    ) -> Result<bool, Failure> {
        if cx.options.import_policy == ImportPolicy::Off {
            return Ok(false);
        }
        let open = needed(roots, sections);
        let mut found = self.name(cx, &open).await?;
        let reached = loop {
            let (asked, reached) = self.next(roots, &open);
            if asked.is_empty() {
                break reached;
            }
            let registries = &self.registries;
            let looked_up = asked.iter().map(async |(section, reference)| {
                look_up(cx, section, reference, registries).await
            });
            for ((section, reference), standing) in asked.iter().zip(together(looked_up).await?) {
                found.extend(self.add(cx, section, reference, standing));
            }
        };
        let is_required = cx.options.import_policy == ImportPolicy::Required;
        if is_required && !found.is_empty() {
            return Err(found.into());
        }
        cx.unshown.add(found);
        let mut has_new = false;
        for section in reached {
            if let Some(substitute) = &section.substitute {
                has_new |= self.answered.insert(key(section, substitute));
            }
        }
        Ok(has_new)
    }

    /// What there is to say of a section, if it may be taken from an image.
    pub fn of(&self, section: &Section) -> Option<Substitution> {
        let substitute = section.substitute.as_ref()?;
        let repository = substitute.repository.to_string();
        if let Some(taken) = &substitute.taken {
            let (reference, is_found) = (Some(taken.to_string()), Some(true));
            return Some(Substitution { repository, reference, is_found, why_not: None });
        }
        let (reference, unnamed) = match self.sections.get(&key(section, substitute)) {
            Some(Named::As { reference, .. }) => (Some(reference.clone()), None),
            Some(Named::Not(why)) => (None, Some(why.to_string())),
            None => (None, None),
        };
        let (is_found, why_not) = match self.standing(section, substitute) {
            Some(Standing::Found(_)) => (Some(true), None),
            Some(Standing::Missing) => (Some(false), None),
            Some(Standing::LeftOut(obstacle)) => (None, Some(obstacle.problem.clone())),
            None => (None, unnamed),
        };
        Some(Substitution { repository, reference, is_found, why_not })
    }

    fn standing(&self, section: &Section, substitute: &Substitute) -> Option<&Standing> {
        match self.sections.get(&key(section, substitute))? {
            Named::As { reference, .. } => {
                self.images.get(&(reference.clone(), substitute.platform.to_string()))
            }
            Named::Not(_) => None,
        }
    }

    /// Gives the sections their names, as far as these can be known.
    async fn name(&mut self, cx: &Build<'_>, all: &[&Section]) -> Result<Vec<Diagnostic>, Failure> {
        let is_new = |it: &&&Section| {
            let substitute = it.substitute.as_ref();
            substitute.is_some_and(|of| !self.sections.contains_key(&key(it, of)))
        };
        let new: Vec<&Section> = all.iter().filter(is_new).copied().collect();
        let outputs: Vec<&Edge> = new.iter().map(|section| &section.output).collect();
        let digests = contents::digests(cx, &mut self.known, &self.registries, &outputs).await?;
        let mut found = Vec::new();
        for (section, digest) in new.into_iter().zip(digests) {
            let Some(substitute) = &section.substitute else { continue };
            let named = match digest {
                Ok(digest) => Named::As { reference: reference(&digest, substitute), digest },
                Err(why) => {
                    info!(section = &*section.name, "section without a name");
                    found.extend(unnamed(cx, substitute, &why));
                    Named::Not(why)
                }
            };
            self.sections.insert(key(section, substitute), named);
        }
        Ok(found)
    }

    /// The sections that are to be looked up next, with their references, and those that are found, from some filesystems down.
    fn next<'s>(
        &self,
        roots: &[&State],
        all: &[&'s Section],
    ) -> (Vec<(&'s Section, String)>, Vec<&'s Section>) {
        let by_output = by_output(all.iter().copied());
        let (mut asked, mut found) = (BTreeMap::new(), Vec::new());
        reach(roots, |edge| {
            let mut way = Way::On;
            for section in by_output.get(&edge.to_string()).into_iter().flatten() {
                let Some(substitute) = &section.substitute else { continue };
                match (
                    self.sections.get(&key(section, substitute)),
                    self.standing(section, substitute),
                ) {
                    (_, Some(Standing::Found(_))) => {
                        found.push(*section);
                        way = Way::Ends;
                    }
                    (Some(Named::As { reference, .. }), None) => {
                        let image = (reference.clone(), substitute.platform.to_string());
                        asked.entry(image).or_insert((*section, reference.clone()));
                        way = Way::Ends;
                    }
                    _ => {}
                }
            }
            way
        });
        (asked.into_values().collect(), found)
    }

    /// Takes note of what came of looking for an image.
    fn add(
        &mut self,
        cx: &Build<'_>,
        section: &Section,
        reference: &str,
        standing: Standing,
    ) -> Option<Diagnostic> {
        let substitute = section.substitute.as_ref()?;
        let found = match &standing {
            Standing::Missing => None,
            Standing::LeftOut(obstacle) => Some(left_out(cx, substitute, obstacle)),
            Standing::Found(SectionImage { image, .. }) => {
                if let Some(Named::As { digest, .. }) = self.sections.get(&key(section, substitute))
                {
                    let image = llb::image(image, &substitute.platform, Metadata::default());
                    self.known.stand_ins.insert(image.to_string(), *digest);
                }
                None
            }
        };
        self.images.insert((reference.to_owned(), substitute.platform.to_string()), standing);
        found
    }
}

/// The sections that some filesystems need and that may be taken from images.
fn needed<'s>(roots: &[&State], sections: &'s [Section]) -> Vec<&'s Section> {
    let may_be_taken = |it: &&Section| it.substitute.as_ref().is_some_and(|it| it.taken.is_none());
    let mut by_output = by_output(sections.iter().filter(may_be_taken));
    let mut needed = Vec::new();
    if !by_output.is_empty() {
        reach(roots, |edge| {
            needed.extend(by_output.remove(&edge.to_string()).into_iter().flatten());
            Way::On
        });
    }
    needed
}

/// The sections that end with each output.
fn by_output<'s>(
    sections: impl Iterator<Item = &'s Section>,
) -> BTreeMap<String, Vec<&'s Section>> {
    let mut by_output: BTreeMap<String, Vec<&'s Section>> = BTreeMap::new();
    for section in sections {
        by_output.entry(section.output.to_string()).or_default().push(section);
    }
    by_output
}

/// That a section has no name, unless it is meant to have none, or what it uses is not there: whatever uses that fails.
fn unnamed(cx: &Build<'_>, substitute: &Substitute, why: &Unnamed) -> Option<Diagnostic> {
    let help = match why {
        Unnamed::Unportable(Unportable::IgnoresCache) | Unnamed::Unhashed(_) => return None,
        Unnamed::NoOwnProgram(_) => Some(OWN_PROGRAM_HELP.to_owned()),
        Unnamed::Unportable(_) => None,
    };
    let problem = format!("no image is looked up for the section: {why}");
    Some(left_out(cx, substitute, &Obstacle { code: &UNSUBSTITUTED, problem, help }))
}

/// That a section is built which may be there as an image.
fn left_out(cx: &Build<'_>, substitute: &Substitute, obstacle: &Obstacle) -> Diagnostic {
    let Obstacle { code, problem, help } = obstacle;
    let found = match cx.options.import_policy {
        ImportPolicy::Required => REQUIRED_CACHE.at(substitute.span, problem.clone()),
        _ => code.at(substitute.span, format!("{problem}, so the section is built")),
    };
    help.iter().fold(found, Diagnostic::help)
}

/// Tells a section apart from all that are made of something else, or have another configuration.
fn key(section: &Section, substitute: &Substitute) -> String {
    let Substitute { repository, config, platform, .. } = substitute;
    format!("{} {repository} {platform} {config}", section.output)
}

/// The image of a section.
fn reference(digest: &PortableDigest, substitute: &Substitute) -> String {
    let Substitute { repository, config, platform, .. } = substitute;
    let name = portable_with(digest, &[config, &platform.to_string()]);
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{repository}:hlb-{}", name.get(..NAME_DIGITS).unwrap_or_default())
}
