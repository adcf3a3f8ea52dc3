use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, stdin};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hlb_gateway::bridge::Unreadable;

use super::exit::Usage;

/// A file of HLB that a person names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// `-`
    Stdin,
    File(PathBuf),
}

impl Input {
    pub fn new(operand: OsString) -> Self {
        if operand == "-" { Self::Stdin } else { Self::File(operand.into()) }
    }

    /// Reads its text.
    pub fn read(&self) -> anyhow::Result<String> {
        let text = match self {
            Self::Stdin => read_text(stdin().lock()),
            Self::File(path) if path.is_dir() => {
                let problem = format!("{}: is a directory", path.display());
                return Err(Usage::new(problem).help("name a file").into());
            }
            Self::File(path) => fs::File::open(path).and_then(read_text),
        };
        text.with_context(|| match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
        })
    }
}

/// Reads a file as text; the error of one that is not UTF-8 is of kind [`io::ErrorKind::InvalidData`].
///
/// The limits of the gateway are the daemon's, so there is none here.
pub(super) fn read_text(mut file: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|error| {
        let problem = format!("not UTF-8 text from byte {}", error.utf8_error().valid_up_to());
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })
}

/// What a file that is no regular one is, if there is such a file: it has no text to read.
pub(super) fn irregular(path: &Path) -> Option<Unreadable> {
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_dir() {
        Some(Unreadable::Directory)
    } else if kind.is_fifo() {
        Some(Unreadable::NamedPipe)
    } else if kind.is_socket() {
        Some(Unreadable::Socket)
    } else if kind.is_block_device() || kind.is_char_device() {
        Some(Unreadable::Device)
    } else {
        None
    }
}

/// The files of HLB below a directory, sorted; hidden directories are left out and links to directories not followed.
pub(super) fn hlb_files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        let at = || directory.display().to_string();
        for entry in fs::read_dir(&directory).with_context(at)? {
            let entry = entry.with_context(at)?;
            let path = entry.path();
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if entry.file_type().with_context(at)?.is_dir() {
                if !hidden {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|it| it == "hlb") && path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What was named, each once, in that order; standard input can be read only once.
pub(super) fn inputs(operands: Vec<OsString>) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for operand in operands {
        let input = Input::new(operand);
        if inputs.contains(&input) {
            match input {
                Input::Stdin => bail!("standard input is named twice"),
                Input::File(_) => continue,
            }
        }
        inputs.push(input);
    }
    Ok(inputs)
}
