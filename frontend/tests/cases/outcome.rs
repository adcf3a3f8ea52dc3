//! What the program of a case gives: the only part of the runner that knows the compiler.

use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_eval::registry;
use hlb_program::check::check;
use hlb_program::lint::lint;
use hlb_program::module::{Answer, ImportSource, Root, load};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{FileId, Sources};

use crate::document::{Block, Case};
use crate::evaluation::{Evaluation, evaluation, is_ours};
use crate::note;

/// How far a program is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Each file is parsed for itself.
    Parse,
    /// The first file and what it imports are checked.
    Check,
    /// They are linted as well.
    Lint,
    /// They are checked, and if nothing is wrong evaluated.
    Evaluate,
    /// They are checked, linted, and if nothing is wrong evaluated, should there be a `default` or a block about a target.
    All,
}

pub struct Outcome {
    pub sources: Sources,
    /// The file of each `hlb` block, in order.
    pub files: Vec<FileId>,
    pub found: Vec<Diagnostic>,
    /// What other blocks must say, by their info.
    pub blocks: BTreeMap<String, String>,
}

/// Compiles the program of a case.
pub fn outcome(case: &Case, stage: Stage) -> Result<Outcome, String> {
    let mut texts: Vec<(String, Arc<str>)> = Vec::new();
    for block in case.blocks().filter(|block| block.kind() == "hlb") {
        let (name, text) = program(block)?;
        if texts.iter().any(|(earlier, _)| *earlier == name) {
            return Err(format!("line {}: a second file `{name}`", block.line));
        }
        texts.push((name, text.into()));
    }
    let mut sources = Sources::default();
    let compiled = match stage {
        Stage::Parse => Compiled::default(),
        _ => compile(case, &texts, stage, &mut sources)?,
    };
    let Compiled { mut found, mut blocks } = compiled;
    // A file that nothing imports belongs to the case nonetheless.
    let mut files = Vec::new();
    for (name, text) in texts {
        let known = sources.iter().find(|(_, file)| *file.name == *name).map(|(id, _)| id);
        files.push(known.unwrap_or_else(|| sources.add(name, text)));
    }
    if stage == Stage::Parse {
        found = parse_all(&sources);
    }
    if case.blocks().any(|block| block.kind() == "fmt") {
        blocks.insert("fmt".to_owned(), formatted(&sources, &files)?);
    }
    Ok(Outcome { sources, files, found, blocks })
}

/// The name and text of the file that a block stands for.
fn program(block: &Block) -> Result<(String, String), String> {
    let mut name = "build.hlb".to_owned();
    let mut text = note::cut(&block.text);
    for word in block.words() {
        match word {
            "bom" => text.insert(0, '\u{feff}'),
            "crlf" => text = text.replace('\n', "\r\n"),
            "no-newline" => {
                text.truncate(text.trim_end_matches(['\n', '\r']).len());
            }
            file if file.contains('.') => name = file.to_owned(),
            other => return Err(format!("line {}: what is `{other}`?", block.line)),
        }
    }
    Ok((name, text))
}

fn parse_all(sources: &Sources) -> Vec<Diagnostic> {
    sources.iter().flat_map(|(id, file)| hlb_syntax::parse(id, Arc::clone(&file.text)).1).collect()
}

/// The first file as the formatter leaves it, which must be a layout that it leaves alone.
fn formatted(sources: &Sources, files: &[FileId]) -> Result<String, String> {
    let once = |id: FileId, text: Arc<str>| {
        let (tree, errors) = hlb_syntax::parse(id, text);
        errors.is_empty().then(|| hlb_syntax::format(&tree))
    };
    let first = files.first().ok_or("no program to format")?;
    let text = once(*first, Arc::clone(&sources.file(*first).text));
    let text = text.ok_or("a file with a syntax error is not formatted: no `fmt` block")?;
    match once(*first, Arc::from(text.as_str())) {
        Some(again) if again == text => Ok(text),
        Some(again) => Err(format!("formatted again it changes:\n{text}\nto:\n{again}")),
        None => Err(format!("the formatted text has a syntax error:\n{text}")),
    }
}

/// What is read at a path: the folders of the files are there as well.
fn file(texts: &[(String, Arc<str>)], path: &str) -> Answer {
    let folder = format!("{path}/");
    match texts.iter().find(|(name, _)| name == path) {
        Some((_, text)) => Answer::Text(text.clone()),
        None if texts.iter().any(|(name, _)| name.starts_with(&folder)) => {
            Answer::Unreadable("it is a directory".to_owned())
        }
        None => Answer::Missing,
    }
}

#[derive(Default)]
struct Compiled {
    found: Vec<Diagnostic>,
    blocks: BTreeMap<String, String>,
}

/// Takes the first file and what it imports as far as the stage says.
fn compile(
    case: &Case,
    texts: &[(String, Arc<str>)],
    stage: Stage,
    sources: &mut Sources,
) -> Result<Compiled, String> {
    let Some((name, text)) = texts.first() else { return Ok(Compiled::default()) };
    let root = Root::Program { dir: "".into() };
    let modules = load(sources, root, name, text.clone(), &mut |request| match &request.source {
        ImportSource::File { path, .. } => file(texts, path),
        ImportSource::Git(_) | ImportSource::Computed(_) => Answer::Unavailable,
    });
    let builtins = &registry().builtins;
    let (program, mut found) = check(&modules, builtins);
    let right = !found.iter().any(Diagnostic::is_error);
    if matches!(stage, Stage::Lint | Stage::All) {
        found.extend(lint(&program, builtins));
    }
    let has_default = || {
        modules
            .iter()
            .next()
            .is_some_and(|it| it.tree.funcs().any(|it| it.name.text() == "default"))
    };
    let evaluated = match stage {
        Stage::Evaluate => true,
        Stage::All => has_default() || case.blocks().any(is_ours),
        Stage::Parse | Stage::Check | Stage::Lint => false,
    };
    if !evaluated {
        return Ok(Compiled { found, blocks: BTreeMap::new() });
    }
    if !right {
        let ours = case.blocks().filter(|block| is_ours(block));
        let blocks = ours.map(|block| (block.info.clone(), "nothing\n".to_owned())).collect();
        return Ok(Compiled { found, blocks });
    }
    let Evaluation { blocks, found: errors, .. } = evaluation(case, sources, &program)?;
    found.extend(errors);
    Ok(Compiled { found, blocks })
}
