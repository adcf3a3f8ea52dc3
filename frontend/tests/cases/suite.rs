//! All case files at once, for what holds of them together.

use std::fs;

use crate::document::{Case, Document};
use crate::{FOLDERS, PROSE, case_files, root};

/// The files of the folders of cases, by their paths from the root of the repository.
pub struct Suite {
    files: Vec<(String, Document)>,
}

impl Suite {
    pub fn read() -> Result<Self, String> {
        let mut paths = Vec::new();
        for (folder, ..) in FOLDERS {
            case_files(&root().join(folder), &mut paths);
        }
        let mut files = Vec::new();
        for path in paths {
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            let document = Document::parse(&text).map_err(|error| format!("{name}: {error}"))?;
            files.push((name, document));
        }
        Ok(Self { files })
    }

    /// The cases, each with its file; a heading that only groups is none.
    pub fn cases(&self) -> impl Iterator<Item = (&str, &Case)> {
        let cases = self
            .files
            .iter()
            .flat_map(|(file, document)| document.cases.iter().map(move |case| (&**file, case)));
        cases.filter(|(_, case)| !case.blocks().all(|block| PROSE.contains(&block.kind())))
    }
}
