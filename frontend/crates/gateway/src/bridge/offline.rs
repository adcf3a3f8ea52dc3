use std::collections::BTreeMap;

use gateway_proto::{frontend, pb, rpc};

use crate::ContainerCalls;

use super::{
    Answer, Bridge, BridgeError, Daemon, ImageMeta, ImageRequest, Ref, SolveRequest, Solved, Stat,
};

/// The bridge of the command line: there is no daemon, and whatever is asked fails with a word on that.
#[derive(Clone, Debug)]
pub struct Offline {
    /// What definitions are made for.
    pub daemon: Daemon,
}

impl Bridge for Offline {
    fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    fn solve(&self, _: SolveRequest) -> Answer<'_, Solved> {
        unanswered("a solve")
    }

    fn evaluate<'a>(&'a self, _: &'a Ref) -> Answer<'a, ()> {
        unanswered("a solve")
    }

    fn resolve_image(&self, request: ImageRequest) -> Answer<'_, ImageMeta> {
        unanswered(format!("the config of image `{}`", request.image.familiar()))
    }

    fn read_range<'a>(&'a self, _: &'a Ref, path: &'a str, _: u64, _: u64) -> Answer<'a, Vec<u8>> {
        unanswered(format!("file `{path}` of a build"))
    }

    fn stat_file<'a>(&'a self, _: &'a Ref, path: &'a str) -> Answer<'a, Stat> {
        unanswered(format!("file `{path}` of a build"))
    }

    fn read_dir<'a>(
        &'a self,
        _: &'a Ref,
        path: &'a str,
        _: Option<&'a str>,
    ) -> Answer<'a, Vec<Stat>> {
        unanswered(format!("directory `{path}` of a build"))
    }

    fn inputs(&self) -> Answer<'_, BTreeMap<String, pb::Definition>> {
        Box::pin(async { Ok(BTreeMap::new()) })
    }

    fn containers(&self) -> Result<ContainerCalls, BridgeError> {
        Err(BridgeError::Offline { what: "a container".to_owned() })
    }

    fn warn(&self, _: frontend::WarnRequest) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn return_result(&self, _: Result<frontend::Result, rpc::Status>) -> Answer<'_, ()> {
        unanswered("somebody to take a result")
    }
}

fn unanswered<'a, T>(what: impl Into<String>) -> Answer<'a, T> {
    let error = BridgeError::Offline { what: what.into() };
    Box::pin(async { Err(error) })
}
