use std::collections::{BTreeMap, BTreeSet};

use gateway_proto::caps::SOURCE_LOCAL_DIFFER;

use super::origin::BuildFileSource;
use crate::gateway::{Bridge, BridgeError, SolveRequest, concurrently, read_file};
use crate::llb::{Differ, Local, Metadata, State, local, marshal};

/// Apart from that of the build file: transfers with other paths under the same hint undo each other.
const HINT_SUFFIX: &str = "-hlb-imports";

/// What a path beside the build file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    Text(String),
    Missing,
    NotAFile,
    /// Larger than what is read into the frontend.
    TooLarge,
    /// Not UTF-8.
    NotText,
}

/// Loads files beside the build file, such as imported modules, all by one solve.
///
/// They are read from where the build file is, never from the context, which need not have them.
pub async fn load_files(
    bridge: &dyn Bridge,
    source: &BuildFileSource,
    paths: &BTreeSet<String>,
) -> Result<BTreeMap<String, Loaded>, BridgeError> {
    if paths.is_empty() {
        return Ok(BTreeMap::new());
    }
    let state = match source {
        BuildFileSource::Local { name, session } => {
            let has_differ = bridge.daemon().caps.supports(SOURCE_LOCAL_DIFFER);
            let source = Local {
                name: name.clone(),
                session: session.clone(),
                follow_paths: paths.iter().cloned().collect(),
                shared_key_hint: format!("{name}{HINT_SUFFIX}"),
                differ: if has_differ { Differ::None } else { Differ::Metadata },
                ..Local::default()
            };
            let name = "[internal] load imported modules".to_owned();
            State::from(local(&source, Metadata::named(name)))
        }
        BuildFileSource::State(state) => state.clone(),
    };
    let Some(edge) = state.edge() else {
        return Ok(paths.iter().map(|path| (path.clone(), Loaded::Missing)).collect());
    };
    let reference = bridge.solve(SolveRequest::definition(marshal(edge))).await?.reference;
    let reads = paths.iter().map(|path| read_file(bridge, &reference, path));
    let contents = concurrently(reads).await;
    paths.iter().zip(contents).map(|(path, content)| Ok((path.clone(), loaded(content)?))).collect()
}

fn loaded(content: Result<Vec<u8>, BridgeError>) -> Result<Loaded, BridgeError> {
    match content {
        Ok(content) => Ok(String::from_utf8(content).map_or(Loaded::NotText, Loaded::Text)),
        Err(BridgeError::FileTooLarge { .. }) => Ok(Loaded::TooLarge),
        Err(error) if error.is_not_found() => Ok(Loaded::Missing),
        Err(error) if error.is_not_a_file() => Ok(Loaded::NotAFile),
        Err(error) => Err(error),
    }
}
