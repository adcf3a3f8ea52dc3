//! What the program of a case gives: the only part of the runner that knows the compiler.

use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_frontend::diagnostic::Diagnostic;
use hlb_frontend::source::{FileId, Sources};
use hlb_frontend::syntax;

use crate::document::{Block, Case};
use crate::note;

/// How far a program is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Each file is parsed for itself.
    Parse,
}

pub struct Outcome {
    pub sources: Sources,
    /// The file of each `hlb` block, in order.
    pub files: Vec<FileId>,
    pub found: Vec<Diagnostic>,
    /// What blocks of other kinds must say; only kinds that the case has are worked out.
    pub blocks: BTreeMap<&'static str, String>,
}

/// Compiles the program of a case.
pub fn outcome(case: &Case, stage: Stage) -> Result<Outcome, String> {
    let mut sources = Sources::default();
    let mut files = Vec::new();
    for block in case.blocks().filter(|block| block.kind() == "hlb") {
        let (name, text) = program(block)?;
        if sources.iter().any(|(_, file)| *file.name == *name) {
            return Err(format!("line {}: a second file `{name}`", block.line));
        }
        files.push(sources.add(name, text));
    }
    let found = match stage {
        Stage::Parse => parse_all(&sources),
    };
    Ok(Outcome { sources, files, found, blocks: BTreeMap::new() })
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
    sources.iter().flat_map(|(id, file)| syntax::parse(id, Arc::clone(&file.text)).1).collect()
}
