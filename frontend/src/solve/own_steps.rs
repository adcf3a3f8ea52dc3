use hlb_eval::{Answer, Archive, Normalized, Primed, Priming, Snapshot};
use llb::{Platform, State};
use tracing::info;

use super::request::Build;
use crate::internal::{ArchiveWriter, OwnProgram, normalize, prime, snapshot};

/// The steps in which this program itself runs: nobody looks for its image before there is one.
#[derive(Default)]
pub enum OwnSteps {
    #[default]
    NotAsked,
    Asked,
    Known(Result<OwnImage, String>),
}

/// What such steps are made of.
pub struct OwnImage {
    program: OwnProgram,
    /// That of the daemon, whatever is built.
    platform: Platform,
    /// See [`ArchiveWriter`].
    latest: Option<i64>,
}

impl OwnSteps {
    /// See [`Resolver::archive`](hlb_eval::Resolver::archive).
    pub fn archive(&mut self, archive: &Archive) -> Answer<State> {
        self.answer(|OwnImage { program, platform, latest }| {
            let (own, platform, latest) = (program.clone(), platform.clone(), *latest);
            ArchiveWriter { own, platform, latest }.state(archive)
        })
    }

    /// See [`Resolver::normalized`](hlb_eval::Resolver::normalized).
    pub fn normalized(&mut self, normalized: &Normalized) -> Answer<State> {
        self.answer(|own| normalize(&own.program, normalized, &own.platform))
    }

    /// See [`Resolver::snapshot`](hlb_eval::Resolver::snapshot).
    pub fn snapshot(&mut self, of: &Snapshot) -> Answer<State> {
        self.answer(|own| snapshot(of, &own.program, &own.platform))
    }

    /// See [`Resolver::prime`](hlb_eval::Resolver::prime).
    pub fn prime(&mut self, priming: &Priming) -> Answer<Option<Primed>> {
        self.answer(|own| prime(priming, &own.program, &own.platform))
    }

    /// Whether somebody has asked and nobody has looked yet.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Asked)
    }

    /// Looks for the image, if somebody has asked.
    pub fn fetch(&mut self, cx: &Build<'_>) {
        if !self.is_open() {
            return;
        }
        info!("question: own image");
        let own = OwnProgram::find(cx.options).map_err(|error| error.to_string());
        *self = Self::Known(own.map(|program| OwnImage {
            program,
            platform: cx.settings.build_platform.clone(),
            latest: cx.source_date,
        }));
    }

    fn answer<T>(&mut self, step: impl FnOnce(&OwnImage) -> T) -> Answer<T> {
        match self {
            Self::NotAsked | Self::Asked => {
                *self = Self::Asked;
                Answer::Pending
            }
            Self::Known(Ok(own)) => Answer::Ready(step(own)),
            Self::Known(Err(problem)) => Answer::Failed(problem.clone()),
        }
    }
}
