use super::{Bridge, BridgeError, Ref};

/// Largest file that is read into the frontend, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// Bytes asked for at once: an answer has to stay below the daemon's limit of 16 MiB for a message.
const PAGE_BYTES: u64 = 8 << 20;

/// Reads a whole file of a ref, page by page; one above [`MAX_FILE_BYTES`] is an error.
///
/// A ref that is the empty filesystem has no files, and the daemon is not asked.
pub async fn read_file(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
) -> Result<Vec<u8>, BridgeError> {
    if reference.is_scratch() {
        return Err(BridgeError::not_found(path));
    }
    let mut content = Vec::new();
    loop {
        let offset = content.len() as u64;
        // One byte beyond the limit, to see whether the file ends there.
        let length = PAGE_BYTES.min(MAX_FILE_BYTES + 1 - offset);
        let mut page = bridge.read_range(reference, path, offset, length).await?;
        let is_last = (page.len() as u64) < length;
        content.append(&mut page);
        if content.len() as u64 > MAX_FILE_BYTES {
            return Err(BridgeError::FileTooLarge { path: path.to_owned() });
        }
        if is_last {
            return Ok(content);
        }
    }
}

/// Reads a file that need not be there.
pub async fn read_optional_file(
    bridge: &dyn Bridge,
    reference: &Ref,
    path: &str,
) -> Result<Option<Vec<u8>>, BridgeError> {
    match read_file(bridge, reference, path).await {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
