//! What this machine has of the modules that a program imports.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hlb_program::module::{Answer, ImportRequest, ImportSource, Modules, Root, plain_text};
use hlb_syntax::source::{Sources, Span};
use hlb_syntax::tree::{Expr, Stmt};

use super::file::{irregular, read_text};

/// The module that is read from a filesystem (language spec, section 6.1).
pub(super) const MODULE: &str = "module.hlb";

/// How many of the imports that were not read are listed.
const MAX_LISTED: usize = 3;

/// Imports of which only a build has the modules.
#[derive(Debug, Default)]
pub(super) struct Unread {
    spans: Vec<Span>,
}

impl Unread {
    pub fn add(&mut self, request: &ImportRequest) {
        self.spans.push(request.span);
    }

    /// What is said of them, once for all; nothing if there are none.
    pub fn note(&self, sources: &Sources) -> Option<String> {
        let listed = self.spans.iter().take(MAX_LISTED);
        let listed: Vec<String> = listed.map(|span| location(*span, sources)).collect();
        let more = match self.spans.len() - listed.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let which = match self.spans.len() {
            0 => return None,
            1 => "an import is".to_owned(),
            count => format!("{count} imports are"),
        };
        let listed = listed.join(", ");
        Some(format!(
            "{which} read by builds only, and nothing of that was looked at: {listed}{more}"
        ))
    }
}

fn location(span: Span, sources: &Sources) -> String {
    let file = sources.file(span.file);
    let start = file.position(span.start);
    format!("{}:{}:{}", file.shown_name(), start.line, start.column)
}

/// Reads a module, if it is in a file of this machine.
pub(super) fn answer(request: &ImportRequest, modules: &Modules) -> Answer {
    match &request.source {
        ImportSource::File { root, path } => read(&directory(root).join(&**path)),
        ImportSource::Computed(_) => {
            module_of_context(request, modules).unwrap_or(Answer::Unavailable)
        }
        ImportSource::Git(_) => Answer::Unavailable,
    }
}

/// The module of `fs { local "DIR" }`, for which no build is needed.
///
/// Which directory a build will have as its context is not known here: it is mostly that of the program or the working
/// directory. A module of neither is left to the build.
fn module_of_context(request: &ImportRequest, modules: &Modules) -> Option<Answer> {
    let path = context_path(request.expr(modules)?)?;
    let module = modules.get(request.module);
    let root = directory(&module.root);
    let beside = root.join(&*module.path).parent().map(PathBuf::from).unwrap_or_default();
    let candidates = match &module.root {
        Root::Program { .. } => vec![root, beside, PathBuf::new()],
        Root::Filesystem { .. } => vec![root],
    };
    let candidates =
        candidates.into_iter().map(|directory| path_clean::clean(directory.join(&path)));
    let directory = candidates.into_iter().find(|it| it.join(MODULE).exists())?;
    match read(&directory.join(MODULE)) {
        Answer::Text(text) => {
            let root = filesystem(directory.to_str()?);
            Some(Answer::Filesystem { root, path: MODULE.into(), text })
        }
        other => Some(other),
    }
}

/// The path of a `local` that stands alone, if it is a literal inside the context.
fn context_path(expr: &Expr) -> Option<PathBuf> {
    let (path, args) = match expr {
        Expr::Call(call) => (&call.path, call.args()),
        Expr::Block(block) => match (block.kind.text(), &*block.block.stmts) {
            ("fs", [Stmt::Call(call)]) if call.with.is_none() && call.binds.is_none() => {
                (&call.path, &*call.args)
            }
            _ => return None,
        },
        _ => return None,
    };
    let [Expr::String(literal)] = args else { return None };
    if path.member.is_some() || path.first.text() != "local" {
        return None;
    }
    let path = path_clean::clean(plain_text(literal)?);
    let inside = path.is_relative() && !path.starts_with("..") && !path.starts_with("~");
    inside.then_some(path)
}

/// The root of a directory that is a filesystem of its own.
pub(super) fn filesystem(directory: &str) -> Root {
    let name: Arc<str> = if directory.is_empty() { "." } else { directory }.into();
    Root::Filesystem { key: name.clone(), name }
}

/// Where the files of a root are.
fn directory(root: &Root) -> PathBuf {
    match root {
        Root::Program { dir: directory } | Root::Filesystem { key: directory, .. } => {
            PathBuf::from(&**directory)
        }
    }
}

fn read(path: &Path) -> Answer {
    if let Some(what) = irregular(path) {
        return Answer::Unreadable(format!("it {what}"));
    }
    match std::fs::File::open(path).and_then(read_text) {
        Ok(text) => Answer::Text(Arc::from(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Answer::Missing
        }
        Err(error) => Answer::Unreadable(error.to_string()),
    }
}
