use std::collections::BTreeMap;

use hlb_eval::{Answer, Fingerprint};
use hlb_gateway::bridge::BridgeError;
use llb::NetMode;
use tracing::info;

use super::failure::Failure;
use super::request::Build;
use crate::internal::{FINGERPRINT, NoAnswer, OwnProgram, fingerprint_mounts, read_fingerprints};

/// The fingerprints of secrets: a container of this program makes them, so that the frontend never has the secrets.
pub enum Fingerprints {
    /// By the id of the secret.
    Asked(BTreeMap<String, Option<Found>>),
    /// One for all, as for a description of what a program can use.
    Assumed,
}

/// What came of asking, or why nothing did.
type Found = Result<Fingerprint, String>;

impl Default for Fingerprints {
    fn default() -> Self {
        Self::Asked(BTreeMap::new())
    }
}

impl Fingerprints {
    /// See [`Resolver::fingerprint`](hlb_eval::Resolver::fingerprint).
    pub fn answer(&mut self, id: &str) -> Answer<Fingerprint> {
        let Self::Asked(all) = self else {
            return Answer::Ready(Fingerprint::Of("assumed".to_owned()));
        };
        match all.entry(id.to_owned()).or_default() {
            None => Answer::Pending,
            Some(Ok(fingerprint)) => Answer::Ready(fingerprint.clone()),
            Some(Err(problem)) => Answer::Failed(problem.clone()),
        }
    }

    pub fn has_open(&self) -> bool {
        matches!(self, Self::Asked(all) if all.values().any(Option::is_none))
    }

    /// Asks for all that are not known yet, in one container.
    ///
    /// # Errors
    /// If the build is canceled.
    pub async fn fetch(&mut self, cx: &Build<'_>) -> Result<(), Failure> {
        let Self::Asked(all) = self else { return Ok(()) };
        let open = all.iter().filter(|(_, it)| it.is_none()).map(|(id, _)| id.clone());
        let open: Vec<String> = open.collect();
        if open.is_empty() {
            return Ok(());
        }
        info!(secrets = open.len(), "question: fingerprints");
        let found: Vec<Found> = match ask(cx, &open).await {
            Ok(found) => found.into_iter().map(Ok).collect(),
            Err(Problem::Bridge(error)) if error.is_canceled() => return Err(error.into()),
            Err(Problem::Bridge(error)) => vec![Err(error.to_string()); open.len()],
            Err(Problem::Other(problem)) => vec![Err(problem); open.len()],
        };
        all.extend(open.into_iter().zip(found.into_iter().map(Some)));
        Ok(())
    }
}

/// Why there are no fingerprints.
enum Problem {
    Bridge(BridgeError),
    Other(String),
}

impl From<NoAnswer> for Problem {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Bridge(error) => Self::Bridge(error),
            NoAnswer::NoLine(error) => Self::Other(error.to_string()),
        }
    }
}

async fn ask(cx: &Build<'_>, ids: &[String]) -> Result<Vec<Fingerprint>, Problem> {
    let own = OwnProgram::find(cx.options).map_err(|error| Problem::Other(error.to_string()))?;
    let arguments: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (mode, mounts) = ((&FINGERPRINT, &arguments[..]), fingerprint_mounts(ids));
    let line = own.line(cx.bridge, mode, mounts, NetMode::None).await?;
    read_fingerprints(&line, ids.len()).map_err(|error| Problem::Other(error.to_string()))
}
