use gateway_proto::caps::{self, Cap};
use gateway_proto::pb;

use super::Steps;
use crate::vertex::{EMPTY, Inputs, State};

/// One change to a filesystem (`pb.FileAction`). Paths are absolute in the filesystem that they are for.
#[derive(Clone, Debug)]
pub enum FileAction {
    Mkdir(Mkdir),
    Mkfile(Mkfile),
    Rm(Rm),
    Copy(FileCopy),
    Symlink(Symlink),
}

/// Makes a directory; one that exists is left alone.
#[derive(Clone, Debug, Default)]
pub struct Mkdir {
    pub path: String,
    /// Permission bits, all twelve of them.
    pub mode: u32,
    /// Makes missing parents too; else a missing parent is an error.
    pub make_parents: bool,
    pub owner: Owner,
    pub timestamp: Timestamp,
}

/// Writes a file. One that exists keeps its mode. A missing parent is an error.
#[derive(Clone, Debug, Default)]
pub struct Mkfile {
    pub path: String,
    /// Permission bits, all twelve of them.
    pub mode: u32,
    pub data: Vec<u8>,
    pub owner: Owner,
    pub timestamp: Timestamp,
}

/// Removes a file, a link or a whole directory.
#[derive(Clone, Debug, Default)]
pub struct Rm {
    pub path: String,
    /// A missing path is no error.
    pub allow_not_found: bool,
    /// The path is a pattern of Go's `filepath.Match`.
    pub allow_wildcard: bool,
}

/// Copies files from another filesystem.
#[derive(Clone, Debug, Default)]
pub struct FileCopy {
    /// The filesystem to copy from.
    pub from: State,
    pub src: String,
    /// With a slash at its end, a directory to copy into.
    pub dest: String,
    /// The owner of what is copied; absent, as in the source.
    pub owner: Owner,
    pub mode: CopyMode,
    /// Copies what `src` points at if it is a symbolic link.
    pub follow_symlink: bool,
    /// Copies what is in a directory, not the directory.
    pub dir_copy_contents: bool,
    /// Unpacks `src` if it is a tar archive, compressed or not.
    pub attempt_unpack: bool,
    /// Makes missing parents of `dest`.
    pub create_dest_path: bool,
    /// `src` is a pattern of Go's `filepath.Match`.
    pub allow_wildcard: bool,
    /// A pattern without matches is no error.
    pub allow_empty_wildcard: bool,
    pub timestamp: Timestamp,
    /// Patterns as in a `.dockerignore`, relative to `src`; all files if empty.
    pub include_patterns: Vec<String>,
    pub exclude_patterns: Vec<String>,
    /// Replaces what is of another type at the destination; else that is an error.
    pub always_replace_existing_dest_paths: bool,
    /// Must be among what `include_patterns` select.
    pub required_paths: Vec<String>,
}

/// Makes a symbolic link; an existing `newpath` or a missing parent is an error.
#[derive(Clone, Debug, Default)]
pub struct Symlink {
    /// What the link points at.
    pub oldpath: String,
    /// The link.
    pub newpath: String,
    pub owner: Owner,
    pub timestamp: Timestamp,
}

/// Who owns what an action makes; what is absent is up to the action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    pub user: Option<User>,
    pub group: Option<User>,
}

/// A user or group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    Id(u32),
    /// Looked up in `/etc/passwd` or `/etc/group` of the filesystem that the file op starts from.
    Name(String),
}

/// The mode of copied files and directories alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CopyMode {
    /// As in the source.
    #[default]
    Keep,
    /// Permission bits.
    Bits(u32),
    /// What `chmod` would read, such as `u=rwX,go=rX` (BuildKit 0.17).
    Expression(String),
}

/// The modification time of what an action makes, in nanoseconds since 1970; absent, that of the source, or now.
pub type Timestamp = Option<i64>;

impl FileAction {
    /// The index of the input that the action reads besides the one that it changes.
    pub(super) fn secondary(&self, inputs: &mut Inputs) -> i64 {
        match self {
            Self::Copy(copy) => inputs.index(&copy.from),
            Self::Mkdir(_) | Self::Mkfile(_) | Self::Rm(_) | Self::Symlink(_) => EMPTY,
        }
    }

    /// The capabilities that the action needs besides that of file ops as such.
    pub(super) fn capabilities(&self) -> Vec<Cap> {
        match self {
            Self::Mkdir(_) | Self::Mkfile(_) => Vec::new(),
            Self::Rm(rm) if rm.allow_wildcard => vec![caps::FILE_RM_WILDCARD],
            Self::Rm(_) => Vec::new(),
            Self::Copy(copy) => copy.capabilities(),
            Self::Symlink(_) => vec![caps::FILE_SYMLINK_CREATE],
        }
    }

    /// Adds the action on an input or result of an op to it, and returns its result; `from` is its secondary input.
    pub(super) fn append(self, on: i64, from: i64, steps: &mut Steps) -> i64 {
        use pb::file_action::Action;
        let base = steps.base;
        match self {
            Self::Mkdir(mkdir) => mkdir.append(on, steps),
            Self::Mkfile(mkfile) => mkfile.append(on, steps),
            Self::Rm(rm) => steps.push(on, EMPTY, Action::Rm(rm.into_pb())),
            Self::Copy(copy) => steps.push(on, from, Action::Copy(copy.into_pb(base))),
            Self::Symlink(link) => steps.push(on, EMPTY, Action::Symlink(link.into_pb(base))),
        }
    }
}

/// The bits of a mode that the daemon gives to what `mkdir` and `mkfile` make (BuildKit 0.13 and 0.32,
/// `solver/llbsolver/file/backend.go`).
const PERMISSIONS: u32 = 0o777;

impl Mkdir {
    /// With a mode of more bits, the same directory is made in scratch and copied over the first one, since a copy sets
    /// all twelve. The first one is made all the same, for its parents.
    fn append(self, on: i64, steps: &mut Steps) -> i64 {
        use pb::file_action::Action;
        let made = steps.push(on, EMPTY, Action::Mkdir(self.to_pb(steps.base)));
        let Some((parent, name)) = special(&self.path, self.mode) else { return made };
        let model = Self { path: format!("/{name}"), mode: self.mode, ..Self::default() };
        let model = steps.push(EMPTY, EMPTY, Action::Mkdir(model.to_pb(EMPTY)));
        // The contents of a directory get the mode, even one that is there already; the directory itself does not.
        let copy = FileCopy {
            src: "/".to_owned(),
            dest: format!("{parent}/"),
            dir_copy_contents: true,
            owner: self.owner,
            mode: CopyMode::Bits(self.mode),
            timestamp: self.timestamp,
            ..FileCopy::default()
        };
        steps.push(made, model, Action::Copy(copy.into_pb(steps.base)))
    }

    fn to_pb(&self, base: i64) -> pb::FileActionMkDir {
        pb::FileActionMkDir {
            path: self.path.clone(),
            mode: (self.mode & PERMISSIONS).cast_signed(),
            make_parents: self.make_parents,
            owner: self.owner.clone().into_pb(base),
            timestamp: nanoseconds(self.timestamp),
        }
    }
}

impl Mkfile {
    /// With a mode of more bits, the file is made in scratch and copied over an empty one, since a copy sets all twelve.
    /// The empty one is there to fail where a file can't be made.
    fn append(self, on: i64, steps: &mut Steps) -> i64 {
        use pb::file_action::Action;
        let base = steps.base;
        let model = special(&self.path, self.mode).map(|(_, name)| format!("/{name}"));
        let Some(model) = model else {
            return steps.push(on, EMPTY, Action::Mkfile(self.into_pb(base)));
        };
        let Self { path, mode, data, owner, timestamp } = self;
        let model = Self { path: model, mode, data, ..Self::default() };
        let copy = FileCopy {
            src: model.path.clone(),
            dest: path.clone(),
            owner: owner.clone(),
            mode: CopyMode::Bits(mode),
            timestamp,
            ..FileCopy::default()
        };
        let empty = Self { path, mode, data: Vec::new(), owner, timestamp };
        let made = steps.push(on, EMPTY, Action::Mkfile(empty.into_pb(base)));
        let model = steps.push(EMPTY, EMPTY, Action::Mkfile(model.into_pb(EMPTY)));
        steps.push(made, model, Action::Copy(copy.into_pb(base)))
    }

    fn into_pb(self, base: i64) -> pb::FileActionMkFile {
        pb::FileActionMkFile {
            path: self.path,
            mode: (self.mode & PERMISSIONS).cast_signed(),
            data: self.data,
            owner: self.owner.into_pb(base),
            timestamp: nanoseconds(self.timestamp),
        }
    }
}

/// The directory and the name of a path whose mode has more than permissions.
fn special(path: &str, mode: u32) -> Option<(&str, &str)> {
    let (parent, name) = path.rsplit_once('/')?;
    (mode & !PERMISSIONS != 0 && !name.is_empty()).then_some((parent, name))
}

impl Rm {
    fn into_pb(self) -> pb::FileActionRm {
        let Self { path, allow_not_found, allow_wildcard } = self;
        pb::FileActionRm { path, allow_not_found, allow_wildcard }
    }
}

impl FileCopy {
    fn capabilities(&self) -> Vec<Cap> {
        let patterns = !self.include_patterns.is_empty() || !self.exclude_patterns.is_empty();
        let by_field = [
            (patterns, caps::FILE_COPY_INCLUDEEXCLUDEPATTERNS),
            (
                self.always_replace_existing_dest_paths,
                caps::FILE_COPY_ALWAYSREPLACEEXISTINGDESTPATHS,
            ),
            (!self.required_paths.is_empty(), caps::FILE_COPY_REQUIREDPATHS),
            // What stands for symbolic modes has no id of its own.
            (matches!(self.mode, CopyMode::Expression(_)), caps::EXEC_VALIDEXITCODE),
        ];
        by_field.iter().filter(|(used, _)| *used).map(|(_, id)| *id).collect()
    }

    fn into_pb(self, base: i64) -> pb::FileActionCopy {
        let (mode, mode_str) = self.mode.into_pb();
        pb::FileActionCopy {
            src: self.src,
            dest: self.dest,
            owner: self.owner.into_pb(base),
            mode,
            follow_symlink: self.follow_symlink,
            dir_copy_contents: self.dir_copy_contents,
            attempt_unpack_docker_compatibility: self.attempt_unpack,
            create_dest_path: self.create_dest_path,
            allow_wildcard: self.allow_wildcard,
            allow_empty_wildcard: self.allow_empty_wildcard,
            timestamp: nanoseconds(self.timestamp),
            include_patterns: self.include_patterns,
            exclude_patterns: self.exclude_patterns,
            always_replace_existing_dest_paths: self.always_replace_existing_dest_paths,
            mode_str,
            required_paths: self.required_paths,
        }
    }
}

impl Symlink {
    fn into_pb(self, base: i64) -> pb::FileActionSymlink {
        pb::FileActionSymlink {
            oldpath: self.oldpath,
            newpath: self.newpath,
            owner: self.owner.into_pb(base),
            timestamp: nanoseconds(self.timestamp),
        }
    }
}

impl Owner {
    fn into_pb(self, base: i64) -> Option<pb::ChownOpt> {
        if self == Self::default() {
            return None;
        }
        let user = self.user.map(|user| user.into_pb(base));
        let group = self.group.map(|group| group.into_pb(base));
        Some(pb::ChownOpt { user, group })
    }
}

impl User {
    fn into_pb(self, base: i64) -> pb::UserOpt {
        use pb::user_opt::User;
        let user = match self {
            Self::Id(id) => User::ById(id),
            Self::Name(name) => User::ByName(pb::NamedUserOpt { name, input: base }),
        };
        pb::UserOpt { user: Some(user) }
    }
}

impl CopyMode {
    /// The bits, where -1 keeps what the source has, and the expression, before which bits count for nothing.
    fn into_pb(self) -> (i32, String) {
        match self {
            Self::Keep => (KEEP, String::new()),
            Self::Bits(bits) => (bits.cast_signed(), String::new()),
            Self::Expression(expression) => (0, expression),
        }
    }
}

/// Zero would be a mode, and a time: both have a number of their own for "not given" (`client/llb/fileop.go`).
const KEEP: i32 = -1;

fn nanoseconds(timestamp: Timestamp) -> i64 {
    timestamp.unwrap_or(KEEP.into())
}
