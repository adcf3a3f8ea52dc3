use super::{Bridge, BridgeError, Ref, Unreadable};

/// Largest file that is read into the frontend as a source, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// Bytes asked for at once: an answer has to stay below the daemon's limit of 16 MiB for a message.
const PAGE_BYTES: u64 = 8 << 20;

/// Reads a whole file of a ref, which is [`MAX_FILE_BYTES`] at most.
///
/// # Errors
/// See [`read_file_within`].
pub async fn read_file(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
) -> Result<Vec<u8>, BridgeError> {
    read_file_within(bridge, reference, path, MAX_FILE_BYTES).await
}

/// Reads a whole file of a ref, which is `max` bytes at most, page by page, and follows symbolic links within the ref.
///
/// Everything that is read from a ref is read by this function, since it looks at the file first: a daemon that is asked
/// for the content of a named pipe waits for a writer, even after the build is given up, until it is itself restarted
/// (BuildKit 0.32, `cache/util/fsutil.go`, `ReadFile`). A ref that is the empty filesystem has no files, and the daemon
/// is not asked.
///
/// # Errors
/// [`BridgeError::Unreadable`] if there is no regular file or it is larger.
pub async fn read_file_within(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
    max: u64,
) -> Result<Vec<u8>, BridgeError> {
    let size = file_size(bridge, reference, path, max).await?;
    let mut content = Vec::new();
    while let Some(left) = size.checked_sub(content.len() as u64).filter(|left| *left > 0) {
        let offset = content.len() as u64;
        let page = bridge.read_range(reference, path, offset, left.min(PAGE_BYTES)).await;
        let mut page = page.map_err(|error| error.about_file(path))?;
        if page.is_empty() {
            break;
        }
        content.append(&mut page);
    }
    Ok(content)
}

/// Reads a file that need not be there; anything in its place that has no content counts as missing.
pub async fn read_optional_file(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
) -> Result<Option<Vec<u8>>, BridgeError> {
    match read_file(bridge, reference, path).await {
        Ok(content) => Ok(Some(content)),
        Err(BridgeError::Unreadable { why, .. }) if why.is_without_content() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The size of a regular file that may be read, in bytes.
async fn file_size(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
    max: u64,
) -> Result<u64, BridgeError> {
    let unreadable = |why| BridgeError::Unreadable { path: path.to_owned(), why };
    if reference.is_scratch() {
        return Err(unreadable(Unreadable::Missing));
    }
    let stat = bridge.stat_file(reference, path).await;
    let stat = stat.map_err(|error| error.about_file(path))?;
    Unreadable::readable_size(&stat, max).map_err(unreadable)
}
