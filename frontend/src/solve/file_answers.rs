use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_eval::{Answer, Checks, FileContent, Fs, MAX_CONTENT_BYTES, Pending};
use hlb_gateway::bridge::{Bridge, BridgeError, Ref, Unreadable, read_file_within};
use hlb_plan::{Owners, Purpose, Root, Work, plan};
use hlb_syntax::source::Span;
use llb::{Edge, State};
use tracing::info;

use super::askers::Askers;
use super::execute::execute;
use super::failure::Failure;
use super::missing::explain;
use super::request::Build;
use super::together::together;
use super::usable_caches::{UsableCaches, usable_caches};

/// The files that evaluation asks for: each filesystem is solved once, and each file read once.
#[derive(Default)]
pub struct FileAnswers {
    filesystems: BTreeMap<Arc<str>, Filesystem>,
}

/// A filesystem with files that are asked for.
struct Filesystem {
    /// Its span is that of what asked for it first.
    root: Root,
    span: Span,
    /// What must succeed for it to be used.
    checks: Checks,
    askers: Askers,
    reference: Option<Ref>,
    /// By path.
    files: BTreeMap<Arc<str>, Option<FileContent>>,
}

/// What a failure to build a filesystem that is asked about is said to be in.
const CONTEXT: &str = "input of `fileContent`";

impl FileAnswers {
    /// See [`Resolver::file`](hlb_eval::Resolver::file).
    pub fn file(
        &mut self,
        fs: &Fs,
        path: &str,
        span: Span,
        platform: Option<&Arc<str>>,
    ) -> Answer<FileContent> {
        let key: Arc<str> = fs.state.edge().map(Edge::to_string).unwrap_or_default().into();
        let filesystem = self.filesystems.entry(key).or_insert_with(|| {
            let (purpose, output) = (Purpose::Question(span), fs.state.clone());
            let root = Root { name: CONTEXT.into(), purpose, output };
            let (checks, files) = (fs.checks.clone(), BTreeMap::new());
            let (askers, reference) = (Askers::default(), None);
            Filesystem { root, span, checks, askers, reference, files }
        });
        filesystem.askers.add(platform);
        match filesystem.files.entry(path.into()).or_default() {
            Some(content) => Answer::Ready(content.clone()),
            None => Answer::Pending,
        }
    }

    /// The filesystems that are asked about and not solved yet.
    pub fn open(&self) -> impl Iterator<Item = &State> {
        let open = self.filesystems.values().filter(|it| it.reference.is_none());
        open.map(|it| &it.root.output)
    }

    /// Forgets these.
    pub fn forget_open(&mut self) {
        self.filesystems.retain(|_, it| it.reference.is_some());
    }

    /// Solves all filesystems that are asked about, then reads all files, each at the same time.
    ///
    /// # Errors
    /// If a filesystem cannot be built: at the first that asks about it.
    pub async fn fetch(&mut self, cx: &Build<'_>, pending: &Pending) -> Result<(), Failure> {
        let explain = |failure| explain(failure, &pending.client_needs);
        self.solve(cx, pending).await.map_err(explain)?;
        let mut reads = Vec::new();
        for (key, filesystem) in &self.filesystems {
            let open = filesystem.files.iter().filter(|(_, content)| content.is_none());
            for (path, _) in open {
                reads.push(async move {
                    let content = filesystem.read(cx.bridge, path).await?;
                    Ok((key.clone(), path.clone(), content))
                });
            }
        }
        for (key, path, content) in together(reads).await.map_err(explain)? {
            if let Some(filesystem) = self.filesystems.get_mut(&key) {
                filesystem.files.insert(path, Some(content));
            }
        }
        Ok(())
    }

    /// Solves what is not solved yet, by way of the sections in it: without checks nothing runs before a file is read.
    async fn solve(&mut self, cx: &Build<'_>, pending: &Pending) -> Result<(), Failure> {
        let open = self.filesystems.values_mut().filter(|it| it.reference.is_none());
        let open: Vec<_> = open.collect();
        if open.is_empty() {
            return Ok(());
        }
        let work =
            Work::Parallel(open.iter().map(|it| it.checks.beside(it.root.clone())).collect());
        let roots: Vec<_> = open.iter().map(|it| it.root.clone()).collect();
        info!(filesystems = roots.len(), "question: content of files");
        let UsableCaches { sections, client, .. } = usable_caches(cx, &pending.sections).await?;
        let plan = plan(&work, &roots, &sections, &pending.preparations, &client);
        let owners = open.iter().flat_map(|it| {
            let output = it.root.output.edge();
            it.askers.iter().map(move |platform| (platform.clone(), output))
        });
        let references = execute(cx, &plan, &Owners::of(owners)).await?;
        for (filesystem, reference) in open.into_iter().zip(references) {
            filesystem.reference = Some(reference);
        }
        Ok(())
    }
}

impl Filesystem {
    async fn read(&self, bridge: &dyn Bridge, path: &str) -> Result<FileContent, Failure> {
        let reference = self.reference.clone().unwrap_or_default();
        match read(bridge, &reference, path).await {
            Ok(content) => Ok(content),
            Err(error) => {
                let context = self.askers.context(CONTEXT);
                Err(Failure::At { error, context, span: self.span })
            }
        }
    }
}

async fn read(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
) -> Result<FileContent, BridgeError> {
    let content = match read_file_within(bridge, reference, path, MAX_CONTENT_BYTES).await {
        Ok(content) => content,
        Err(BridgeError::Unreadable { why, .. }) => {
            return Ok(match why {
                Unreadable::Missing => FileContent::Missing,
                Unreadable::TooLarge { .. } => FileContent::TooLarge,
                _ => FileContent::NotAFile,
            });
        }
        Err(error) => return Err(error),
    };
    let text = String::from_utf8(content);
    Ok(text.map_or(FileContent::NotText, |text| FileContent::Text(text.into())))
}
