use std::fmt;

use super::Stat;

/// Why a path has no content to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    Missing,
    Directory,
    NamedPipe,
    /// Of blocks or of characters.
    Device,
    Socket,
    /// Something else that is not a regular file.
    Irregular,
    /// Symbolic links that lead to each other, or too many of them.
    Links,
    /// Larger than what may be read, in bytes.
    TooLarge {
        max: u64,
    },
}

/// The bits of Go's `os.FileMode` that say what a file is, with what they mean.
///
/// BuildKit clears that of a socket, which is found out when it is read (`tonistiigi/fsutil`, `stat.go`, `mkstat`).
const KINDS: [(u32, Unreadable); 6] = [
    (1 << 31, Unreadable::Directory),
    (1 << 25, Unreadable::NamedPipe),
    (1 << 26, Unreadable::Device),
    (1 << 24, Unreadable::Socket),
    // A link that is left over leads nowhere: all others are followed.
    (1 << 27, Unreadable::Missing),
    (1 << 19, Unreadable::Irregular),
];

/// How the daemon's texts about paths end; it has no codes for them.
///
/// The texts of Linux's errors, and of BuildKit 0.13 to 0.32: `cache/util/fsutil.go`, `ReadFile`, and `RootPath` of
/// `containerd/continuity`, `fs/path.go`. A path through a file or with a name that is too long can't be there either.
const TEXTS: [(&str, Unreadable); 7] = [
    ("no such file or directory", Unreadable::Missing),
    (": not a directory", Unreadable::Missing),
    ("file name too long", Unreadable::Missing),
    ("too many links", Unreadable::Links),
    ("is a directory", Unreadable::Directory),
    ("no such device or address", Unreadable::Socket),
    ("is not a regular file", Unreadable::Irregular),
];

impl Unreadable {
    /// The size of a file that may be read, in bytes, which is `max` at most.
    pub(crate) fn readable_size(stat: &Stat, max: u64) -> Result<u64, Self> {
        let kind = KINDS.iter().find(|(bit, _)| stat.mode & bit != 0);
        let size = u64::try_from(stat.size).unwrap_or_default();
        match kind {
            Some((_, kind)) => Err(*kind),
            None if size > max => Err(Self::TooLarge { max }),
            None => Ok(size),
        }
    }

    /// What an error of the daemon says of a path, if it is about that.
    pub(super) fn of_text(message: &str) -> Option<Self> {
        TEXTS.iter().find(|(end, _)| message.ends_with(end)).map(|(_, why)| *why)
    }

    /// Whether there is nothing at the path that anybody could read.
    pub fn is_without_content(self) -> bool {
        !matches!(self, Self::TooLarge { .. })
    }
}

/// As it is said of a file: `it …`.
impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("does not exist"),
            Self::Directory => f.write_str("is a directory"),
            Self::NamedPipe => f.write_str("is a named pipe"),
            Self::Device => f.write_str("is a device"),
            Self::Socket => f.write_str("is a socket"),
            Self::Irregular => f.write_str("is not a regular file"),
            Self::Links => f.write_str("leads to too many symbolic links"),
            Self::TooLarge { max } if *max >= 1 << 20 => {
                write!(f, "is larger than {} MiB", max >> 20)
            }
            Self::TooLarge { max } => write!(f, "is larger than {max} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_decides_whether_it_is_read() {
        let stat = |mode, size| Stat { mode, size, ..Stat::default() };
        assert_eq!(Unreadable::readable_size(&stat(0o644, 3), 3), Ok(3));
        assert_eq!(Unreadable::readable_size(&stat((1 << 23) | 0o755, 0), 3), Ok(0), "setuid");
        let found =
            |mode: u32| Unreadable::readable_size(&stat(mode | 0o644, 0), 3).expect_err("refused");
        assert_eq!(found(1 << 31), Unreadable::Directory);
        assert_eq!(found((1 << 31) | (1 << 20)), Unreadable::Directory, "sticky");
        assert_eq!(found(1 << 25), Unreadable::NamedPipe);
        assert_eq!(found(1 << 26), Unreadable::Device);
        assert_eq!(found((1 << 26) | (1 << 21)), Unreadable::Device, "of characters");
        let large = Unreadable::readable_size(&stat(0o644, 4), 3);
        assert_eq!(large, Err(Unreadable::TooLarge { max: 3 }));
        assert_eq!(Unreadable::TooLarge { max: 16 << 20 }.to_string(), "is larger than 16 MiB");
    }
}
