use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why an archive or a tree is not complete.
#[derive(Debug)]
pub enum Error {
    /// Something of the tree can't be read; the path is one inside the tree.
    Read(PathBuf, io::Error),
    /// A file that has become shorter while it was read.
    Shorter(PathBuf),
    /// A name that means in a layer that something else is not there.
    Whiteout(PathBuf),
    Write(io::Error),
    /// Something of a tree that can't be made; the path is one inside the tree.
    Make(PathBuf, io::Error),
    /// The image's config is no JSON object.
    Config(serde_json::Error),
}

/// Says which path of the tree an error is about.
pub trait At<T> {
    fn at(self, path: &Path) -> Result<T, Error>;

    /// The same for something that was to be made.
    fn made_at(self, path: &Path) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|error| Error::Read(path.to_owned(), error.into()))
    }

    fn made_at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|error| Error::Make(path.to_owned(), error.into()))
    }
}

/// All errors without a path are those of the output.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "reading /{}: {error}", path.display()),
            Self::Shorter(path) => {
                write!(f, "reading /{}: the file has become shorter", path.display())
            }
            Self::Whiteout(path) => write!(
                f,
                "/{}: the layer of an image can't have a name that begins with `.wh.`",
                path.display()
            ),
            Self::Make(path, error) => write!(f, "making /{}: {error}", path.display()),
            Self::Write(error) => write!(f, "writing the archive: {error}"),
            Self::Config(error) => write!(f, "config of the image: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(_, error) | Self::Make(_, error) | Self::Write(error) => Some(error),
            Self::Config(error) => Some(error),
            Self::Shorter(_) | Self::Whiteout(_) => None,
        }
    }
}
