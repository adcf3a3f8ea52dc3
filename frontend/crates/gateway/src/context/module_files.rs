use std::collections::{BTreeMap, BTreeSet};

use llb::{Local, Metadata, local, marshal};

use super::build_context::{BuildContext, BuildFileSource};
use super::{BuildFile, differ};
use crate::bridge::{Bridge, BridgeError, Ref, SolveRequest, Unreadable, read_file};
use futures_util::future::join_all;

/// Apart from that of the build file: transfers with other paths under the same hint undo each other.
const HINT_SUFFIX: &str = "-hlb-imports";

/// What a path beside the build file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    Text(String),
    Unreadable(Unreadable),
    /// Not UTF-8.
    NotText,
}

/// Loads files beside the build file, such as imported modules: those of a directory of the client by one solve, others
/// from what the build file was read from.
///
/// Never from the context, which need not have them.
pub async fn load_files(
    bridge: &dyn Bridge,
    context: &BuildContext,
    build_file: &BuildFile,
    paths: &BTreeSet<String>,
) -> Result<BTreeMap<String, Loaded>, BridgeError> {
    if paths.is_empty() {
        return Ok(BTreeMap::new());
    }
    let reference = match &context.build_file {
        BuildFileSource::Local { name, session } => {
            let source = Local {
                name: name.clone(),
                session: session.clone(),
                follow_paths: paths.iter().cloned().collect(),
                shared_key_hint: format!("{name}{HINT_SUFFIX}"),
                differ: differ(bridge),
                ..Local::default()
            };
            let shown = Metadata::named("[internal] load imported modules".to_owned());
            let request = SolveRequest::definition(marshal(&local(&source, shown)));
            bridge.solve(request).await?.reference
        }
        BuildFileSource::State(_) => build_file.reference.clone(),
    };
    let contents = join_all(paths.iter().map(|path| load_file(bridge, &reference, path))).await;
    paths.iter().zip(contents).map(|(path, content)| Ok((path.clone(), content?))).collect()
}

/// Loads a file of a filesystem that is solved already.
pub async fn load_file(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
) -> Result<Loaded, BridgeError> {
    match read_file(bridge, reference, path).await {
        Ok(content) => Ok(String::from_utf8(content).map_or(Loaded::NotText, Loaded::Text)),
        Err(BridgeError::Unreadable { why, .. }) => Ok(Loaded::Unreadable(why)),
        Err(error) => Err(error),
    }
}
