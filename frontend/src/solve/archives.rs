use hlb_eval::{Answer, Archive, Normalized};
use llb::State;
use tracing::info;

use super::request::Build;
use crate::internal::{ArchiveWriter, OwnProgram, normalize};

/// What writes archives: nobody looks for it before there is one to be written.
#[derive(Default)]
pub enum Archives {
    #[default]
    NotAsked,
    Asked,
    Known(Result<ArchiveWriter, String>),
}

impl Archives {
    /// See [`Resolver::archive`](hlb_eval::Resolver::archive).
    pub fn answer(&mut self, archive: &Archive) -> Answer<State> {
        self.by(|writer| writer.state(archive))
    }

    /// See [`Resolver::normalized`](hlb_eval::Resolver::normalized).
    pub fn normalized(&mut self, normalized: &Normalized) -> Answer<State> {
        self.by(|ArchiveWriter { own, platform, .. }| normalize(own, normalized, platform))
    }

    fn by(&mut self, step: impl FnOnce(&ArchiveWriter) -> State) -> Answer<State> {
        match self {
            Self::NotAsked | Self::Asked => {
                *self = Self::Asked;
                Answer::Pending
            }
            Self::Known(Ok(writer)) => Answer::Ready(step(writer)),
            Self::Known(Err(problem)) => Answer::Failed(problem.clone()),
        }
    }

    /// Looks for it, if somebody has asked.
    pub fn fetch(&mut self, cx: &Build<'_>) {
        if !matches!(self, Self::Asked) {
            return;
        }
        info!("question: own image");
        let own = OwnProgram::find(cx.options).map_err(|error| error.to_string());
        *self = Self::Known(own.map(|own| ArchiveWriter {
            own,
            platform: cx.settings.build_platform.clone(),
            latest: cx.source_date,
        }));
    }
}
