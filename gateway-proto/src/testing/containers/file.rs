use tonic::Status;

use super::Containers;
use crate::frontend::{
    ReadDirRequest, ReadDirResponse, ReadFileRequest, ReadFileResponse, StatFileRequest,
    StatFileResponse,
};
use crate::fsutil::Stat;
use crate::testing::Answer;

/// The bit of a directory in Go's `os.FileMode`.
const DIRECTORY: u32 = 1 << 31;

/// The calls about files. They take absolute paths only, and know neither ranges nor patterns.
impl Containers {
    pub async fn read_file_container(&self, request: ReadFileRequest) -> Answer<ReadFileResponse> {
        self.find(&request.r#ref, &request.file_path)?;
        let key = (request.mount_index, request.file_path.as_str());
        match self.files.iter().find(|((index, path), _)| (*index, *path) == key) {
            Some((_, content)) => Ok(ReadFileResponse { data: content.to_vec() }),
            None => Err(missing("open", &request.file_path)),
        }
    }

    pub async fn read_dir_container(&self, request: ReadDirRequest) -> Answer<ReadDirResponse> {
        self.find(&request.r#ref, &request.dir_path)?;
        let entries = self.files.iter().filter(|((index, _), _)| *index == request.mount_index);
        let entries = entries.filter_map(|((_, path), content)| {
            let name =
                path.strip_prefix(request.dir_path.trim_end_matches('/'))?.strip_prefix('/')?;
            (!name.contains('/')).then(|| Stat {
                path: name.to_owned(),
                size: i64::try_from(content.len()).unwrap_or(i64::MAX),
                ..Stat::default()
            })
        });
        let entries: Vec<_> = entries.collect();
        if entries.is_empty() {
            return Err(missing("open", &request.dir_path));
        }
        Ok(ReadDirResponse { entries })
    }

    pub async fn stat_file_container(&self, request: StatFileRequest) -> Answer<StatFileResponse> {
        self.find(&request.r#ref, &request.path)?;
        let key = (request.mount_index, request.path.as_str());
        let stat = match self.files.iter().find(|((index, path), _)| (*index, *path) == key) {
            Some((_, content)) => {
                let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
                Stat { size, mode: 0o644, ..Stat::default() }
            }
            None if request.path == "/" => Stat { mode: DIRECTORY | 0o755, ..Stat::default() },
            None => return Err(missing("stat", &request.path)),
        };
        Ok(StatFileResponse { stat: Some(stat) })
    }

    fn find(&self, id: &str, path: &str) -> Answer<()> {
        if !self.state().containers.contains_key(id) {
            return Err(Status::unknown(format!("container details for {id}@0 not found")));
        }
        match path.starts_with('/') {
            true => Ok(()),
            false => Err(Status::unknown(format!("can't make {path} relative to /"))),
        }
    }
}

fn missing(call: &str, path: &str) -> Status {
    Status::unknown(format!("{call} {}: no such file or directory", path.trim_start_matches('/')))
}
