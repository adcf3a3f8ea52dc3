use gateway_proto::caps::GATEWAY_EXEC_FILESYSTEM;
use gateway_proto::frontend;

use super::Container;
use crate::bridge::{BridgeError, MAX_FILE_BYTES, Stat, Unreadable};

/// Which filesystem of a container; those of its mounts count from 0 in the order of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountPoint {
    Root,
    Mount(usize),
}

/// What is in a container while its processes run. BuildKit 0.27 and later have it.
///
/// Paths are absolute in the filesystem that is named, not in the container.
impl Container {
    /// Reads a whole file.
    ///
    /// # Errors
    /// If there is no regular file, or it is larger than the daemon can send: it knows no ranges here (BuildKit 0.32).
    pub async fn read_file(&self, mount: MountPoint, path: &str) -> Result<Vec<u8>, BridgeError> {
        let stat = self.stat_file(mount, path).await.map_err(|error| error.about_file(path))?;
        let unreadable = |why| BridgeError::Unreadable { path: path.to_owned(), why };
        Unreadable::readable_size(&stat, MAX_FILE_BYTES).map_err(unreadable)?;
        let request = frontend::ReadFileRequest {
            r#ref: self.id.clone(),
            file_path: path.to_owned(),
            range: None,
            mount_index: mount.index(),
        };
        let read = self.calls.client().read_file_container(request).await;
        let read = read.map_err(|error| BridgeError::from(error).about_file(path))?;
        Ok(read.into_inner().data)
    }

    /// Lists a directory, not what is below it.
    ///
    /// # Errors
    /// What the daemon says, such as that it is not there.
    pub async fn read_dir(&self, mount: MountPoint, path: &str) -> Result<Vec<Stat>, BridgeError> {
        self.require_files()?;
        let request = frontend::ReadDirRequest {
            r#ref: self.id.clone(),
            dir_path: path.to_owned(),
            include_pattern: String::new(),
            mount_index: mount.index(),
        };
        Ok(self.calls.client().read_dir_container(request).await?.into_inner().entries)
    }

    /// Describes a file; symbolic links are followed within the filesystem.
    ///
    /// # Errors
    /// What the daemon says, such as that it is not there.
    pub async fn stat_file(&self, mount: MountPoint, path: &str) -> Result<Stat, BridgeError> {
        self.require_files()?;
        let request = frontend::StatFileRequest {
            r#ref: self.id.clone(),
            path: path.to_owned(),
            mount_index: mount.index(),
        };
        let answer = self.calls.client().stat_file_container(request).await?.into_inner();
        answer.stat.ok_or_else(|| BridgeError::Malformed("a stat without content".to_owned()))
    }

    fn require_files(&self) -> Result<(), BridgeError> {
        self.calls.require(GATEWAY_EXEC_FILESYSTEM)
    }
}

impl MountPoint {
    /// The position in the request, where the root comes first.
    fn index(self) -> i32 {
        match self {
            Self::Root => 0,
            Self::Mount(position) => i32::try_from(position + 1).unwrap_or(i32::MAX),
        }
    }
}
