use std::collections::BTreeSet;

use hlb_eval::{AbsenceReason, SectionImage};
use hlb_plan::Section;
use hlb_program::lint::{SILENT_CACHE, UNSUBSTITUTED};
use hlb_syntax::diagnostic::Code;
use llb::{CacheImport, ImageRef};

use super::super::cache_hosts::longest;
use super::super::cache_permission::{Obstacle, permitted};
use super::super::failure::Failure;
use super::super::lookup::{Found, image};
use super::super::request::Build;
use super::Standing;

/// A registry that does not answer.
pub static SILENT: &Code = &SILENT_CACHE;

/// Looks for the image of a section. It is asked for like any other, but not for long: where it is not there, the section is
/// built.
///
/// # Errors
/// If the daemon itself fails.
pub async fn look_up(
    cx: &Build<'_>,
    section: &Section,
    reference: &str,
    silent: &BTreeSet<String>,
) -> Result<Standing, Failure> {
    let Some(substitute) = &section.substitute else { return Ok(Standing::Missing) };
    let cache = CacheImport::registry(reference);
    // A pattern with a digest says which image it has to be.
    let asked = match permitted(cx.options, &cache, substitute.origin.as_deref()) {
        Ok(cache) => cache.attrs.get("ref").cloned().unwrap_or_default(),
        Err(obstacle) => return Ok(Standing::LeftOut(obstacle)),
    };
    let late = || Obstacle {
        code: SILENT,
        problem: format!(
            "registry `{}` does not answer within {} s",
            domain(reference).unwrap_or_default(),
            longest(cx.options).as_secs()
        ),
        help: None,
    };
    if domain(reference).is_some_and(|it| silent.contains(&it)) {
        return Ok(Standing::LeftOut(late()));
    }
    let question = (asked, (*substitute.platform).clone());
    let asker = format!("{}: ", section.name);
    let looking = image(cx, &question, &asker);
    let found = match tokio::time::timeout(longest(cx.options), looking).await {
        Ok(found) => found?,
        Err(_) => return Ok(Standing::LeftOut(late())),
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
pub fn domain(reference: &str) -> Option<String> {
    Some(ImageRef::parse(reference).ok()?.domain().to_owned())
}
