use std::fmt;

use hlb_gateway::bridge::{BridgeError, SolveRequest, read_file};
use llb::{Edge, Known, Portable, PortableDigest, Unportable, Use, marshal};
use tracing::info;

use super::super::failure::Failure;
use super::super::request::Build;
use super::super::together::together;
use super::pin::pin;
use super::registries::Registries;
use crate::internal::{DIGESTS, OwnProgram, content, read_digests};

/// In how many steps contents are hashed at most: one that changes has those hashed again that are in a step with it, and each
/// step costs a container.
const MAX_STEPS: usize = 8;

/// Why nobody can say what an output is made of.
#[derive(Clone, Debug)]
pub enum Unnamed {
    /// It is made so.
    Unportable(Unportable),
    /// This program can't run in a step.
    NoOwnProgram(String),
    /// What the daemon says of what is used: so it does of the step that uses it.
    Unhashed(String),
}

/// What some outputs are made of. Contents that are not known are hashed by steps of this program, which run nothing of the
/// user's.
///
/// # Errors
/// If the build is canceled.
pub async fn digests(
    cx: &Build<'_>,
    known: &mut Known,
    registries: &Registries,
    outputs: &[&Edge],
) -> Result<Vec<Result<PortableDigest, Unnamed>>, Failure> {
    let own = OwnProgram::find(cx.options);
    let made = |known: &Known| {
        let is_own = |vertex: &_, exec: &_| own.as_ref().is_ok_and(|own| own.runs(vertex, exec));
        let all = Portable::of(outputs.iter().copied(), known, &is_own);
        let digests = outputs.iter().map(|output| all.digest(output)).collect::<Vec<_>>();
        (digests, all.open().to_vec(), all.unpinned().clone())
    };
    let (mut digests, mut open, unpinned) = made(known);
    if !unpinned.is_empty() {
        let pins = together(unpinned.iter().map(|source| pin(cx, registries, source))).await?;
        known.pins.extend(unpinned.into_iter().zip(pins));
        (digests, open, _) = made(known);
    }
    let mut unhashed = Unnamed::Unhashed(String::new());
    if !open.is_empty() {
        match &own {
            Err(problem) => unhashed = Unnamed::NoOwnProgram(problem.to_string()),
            Ok(own) => match hash(cx, own, &open).await? {
                Ok(contents) => known.contents.extend(contents),
                Err(problem) => unhashed = Unnamed::Unhashed(problem),
            },
        }
        digests = made(known).0;
    }
    let digest = |digest: Result<Option<_>, _>| match digest {
        Ok(digest) => digest.ok_or_else(|| unhashed.clone()),
        Err(why) => Err(Unnamed::Unportable(why)),
    };
    Ok(digests.into_iter().map(digest).collect())
}

impl fmt::Display for Unnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unportable(why) => why.fmt(f),
            Self::NoOwnProgram(problem) | Self::Unhashed(problem) => {
                write!(f, "what it uses can't be hashed: {problem}")
            }
        }
    }
}

/// The digests of contents, with the keys of these; or why there are none.
async fn hash(
    cx: &Build<'_>,
    own: &OwnProgram,
    open: &[Use],
) -> Result<Result<Vec<(String, String)>, String>, Failure> {
    let steps = open.len().min(MAX_STEPS);
    // One more at the end changes one step.
    let groups = (0..steps).map(|step| open.iter().skip(step).step_by(steps).cloned().collect());
    let groups: Vec<Vec<Use>> = groups.collect();
    info!(contents = open.len(), steps, "question: contents");
    let hashed = groups.iter().map(|group| async move {
        match step(cx, own, group).await {
            Ok(digests) => Ok(Ok(group.iter().map(Use::key).zip(digests).collect::<Vec<_>>())),
            Err(Problem::Bridge(error)) if error.is_canceled() => Err(Failure::Daemon(error)),
            Err(Problem::Bridge(error)) => Ok(Err(error.to_string())),
            Err(Problem::Other(problem)) => Ok(Err(problem)),
        }
    });
    let hashed: Result<Vec<_>, String> = together(hashed).await?.into_iter().collect();
    Ok(hashed.map(|all| all.concat()))
}

/// Why there are no digests.
enum Problem {
    Bridge(BridgeError),
    Other(String),
}

impl From<BridgeError> for Problem {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

async fn step(cx: &Build<'_>, own: &OwnProgram, all: &[Use]) -> Result<Vec<String>, Problem> {
    let Some(output) = content(own, all, &cx.settings.build_platform) else {
        return Ok(Vec::new());
    };
    let request = SolveRequest::evaluated(marshal(&output));
    let reference = cx.bridge.solve(request).await?.reference;
    let file = read_file(cx.bridge, &reference, DIGESTS).await?;
    read_digests(&file, all.len()).map_err(|error| Problem::Other(error.to_string()))
}
