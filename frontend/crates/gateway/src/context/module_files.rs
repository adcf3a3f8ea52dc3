use std::collections::{BTreeMap, BTreeSet};

use llb::{FilesOf, Local, Metadata, local, marshal};

use super::build_context::{BuildContext, BuildFileSource};
use super::{BuildFile, differ};
use crate::bridge::{Bridge, BridgeError, Ref, SolveRequest, Unreadable, read_file};
use crate::concurrent;

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

/// The extension of modules that are read ahead.
const EXTENSION: &str = "hlb";

/// The files beside the build file, such as imported modules: those of a directory of the client come by solves, others
/// are in what the build file was read from.
///
/// Never from the context, which need not have them. A solve takes some 20 ms, so a chain of modules that import each other
/// can't cost one each: the first brings what the program imports, and from the second on the modules beside those that are
/// asked for come along.
pub struct ModuleFiles<'b> {
    bridge: &'b dyn Bridge,
    context: &'b BuildContext,
    build_file: &'b BuildFile,
    /// Whether something was loaded already.
    is_begun: bool,
    /// The directories whose modules are transferred, with what they were transferred to.
    ahead: BTreeMap<String, Ref>,
}

impl<'b> ModuleFiles<'b> {
    pub fn new(
        bridge: &'b dyn Bridge,
        context: &'b BuildContext,
        build_file: &'b BuildFile,
    ) -> Self {
        Self { bridge, context, build_file, is_begun: false, ahead: BTreeMap::new() }
    }

    /// Loads some files, those that are not there yet by one solve.
    pub async fn load(
        &mut self,
        paths: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Loaded>, BridgeError> {
        let new: Vec<&String> =
            paths.iter().filter(|path| self.transferred(path).is_none()).collect();
        let reference = match &self.context.build_file {
            BuildFileSource::Local { name, session } if !new.is_empty() => {
                self.transfer(name, session, &new).await?
            }
            BuildFileSource::Local { .. } => Ref::default(),
            BuildFileSource::State(_) => self.build_file.reference.clone(),
        };
        let bridge = self.bridge;
        let files = paths.iter().map(|path| {
            let reference = self.transferred(path).unwrap_or(&reference);
            load_file(bridge, reference, path)
        });
        let files = concurrent::all(files).await;
        paths.iter().zip(files).map(|(path, file)| Ok((path.clone(), file?))).collect()
    }

    async fn transfer(
        &mut self,
        name: &str,
        session: &str,
        paths: &[&String],
    ) -> Result<Ref, BridgeError> {
        let directories: BTreeSet<&str> = match self.is_begun {
            true => {
                let all = paths.iter().map(|path| directory(path));
                all.filter(|it| !self.ahead.contains_key(*it)).collect()
            }
            false => BTreeSet::new(),
        };
        self.is_begun = true;
        let files = directories
            .iter()
            .map(|it| FilesOf { directory: (*it).to_owned(), extension: EXTENSION });
        let source = Local {
            name: name.to_owned(),
            session: session.to_owned(),
            follow_paths: paths.iter().map(|path| (*path).clone()).collect(),
            follow_files: files.collect(),
            shared_key_hint: format!("{name}{HINT_SUFFIX}"),
            differ: differ(self.bridge),
            ..Local::default()
        };
        let shown = Metadata::named("[internal] load imported modules".to_owned());
        let request = SolveRequest::definition(marshal(&local(&source, shown)));
        let reference = self.bridge.solve(request).await?.reference;
        let ahead = directories.into_iter().map(|it| (it.to_owned(), reference.clone()));
        self.ahead.extend(ahead);
        Ok(reference)
    }

    /// What a file was transferred to with others.
    fn transferred(&self, path: &str) -> Option<&Ref> {
        let is_module = path.rsplit_once('.').is_some_and(|(_, it)| it == EXTENSION);
        self.ahead.get(directory(path)).filter(|_| is_module)
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
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
