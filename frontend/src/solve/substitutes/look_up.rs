use hlb_eval::{AbsenceReason, SectionImage};
use hlb_plan::Section;
use hlb_program::lint::{SILENT_CACHE, UNSUBSTITUTED};
use llb::{CacheImport, ImageRef};

use super::super::cache_hosts::longest;
use super::super::cache_permission::{Obstacle, permitted};
use super::super::failure::Failure;
use super::super::lookup::{Found, image};
use super::super::request::Build;
use super::Standing;
use super::registries::Registries;

/// Looks for the image of a section. It is asked for like any other, but not for long: where it is not there, the section is
/// built.
///
/// # Errors
/// If the daemon itself fails.
pub async fn look_up(
    cx: &Build<'_>,
    section: &Section,
    reference: &str,
    registries: &Registries,
) -> Result<Standing, Failure> {
    let Some(substitute) = &section.substitute else { return Ok(Standing::Missing) };
    let cache = CacheImport::registry(reference);
    // A pattern with a digest says which image it has to be.
    let asked = match permitted(cx.options, &cache, substitute.origin.as_deref()) {
        Ok(cache) => cache.attrs.get("ref").cloned().unwrap_or_default(),
        Err(obstacle) => return Ok(Standing::LeftOut(obstacle)),
    };
    let registry = domain(reference).unwrap_or_default();
    let question = (asked, (*substitute.platform).clone());
    let asker = format!("{}: ", section.name);
    // Boxed: it is large, and moves from here to there.
    let looking = Box::pin(image(cx, &question, &asker));
    let longest = longest(cx.options);
    let Some(found) = registries.ask(&registry, longest, looking).await.transpose()? else {
        let problem =
            format!("registry `{registry}` does not answer within {} s", longest.as_secs());
        return Ok(Standing::LeftOut(Obstacle { code: &SILENT_CACHE, problem, help: None }));
    };
    let obstacle =
        |problem: String| Standing::LeftOut(Obstacle { code: &UNSUBSTITUTED, problem, help: None });
    Ok(match found {
        Ok(Found::Source { source, config, .. }) => {
            let wanted = &substitute.platform;
            match config.platform() {
                Some(it) if !it.is_alike(wanted) => {
                    obstacle(format!("image `{reference}` is for {it}, and not for {wanted}"))
                }
                _ => Standing::Found(SectionImage {
                    image: source,
                    config,
                    reference: reference.into(),
                }),
            }
        }
        Ok(Found::Empty { .. }) => obstacle(format!("image `{reference}` is empty")),
        Ok(Found::Context { .. }) => {
            obstacle(format!("the client gives another context in place of image `{reference}`"))
        }
        Err(unresolved) => match unresolved.absence() {
            (Some(AbsenceReason::NotFound), _) => Standing::Missing,
            (_, problem) => obstacle(problem.to_owned()),
        },
    })
}

/// The registry that an image is in.
fn domain(reference: &str) -> Option<String> {
    Some(ImageRef::parse(reference).ok()?.domain().to_owned())
}
