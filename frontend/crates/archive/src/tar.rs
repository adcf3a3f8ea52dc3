use std::io::{Read, Write};
use std::path::Path;

use super::error::{At, Error};
use super::header::{BLOCK, EntryType, Header};
use super::pax::Pax;

/// How much is read at a time, in bytes.
const CHUNK: usize = 256 << 10;

/// A tar file that is being written.
pub struct Tar<W> {
    to: W,
    chunk: Vec<u8>,
}

impl<W: Write> Tar<W> {
    pub fn new(to: W) -> Self {
        Self { to, chunk: vec![0; CHUNK] }
    }

    /// Writes an entry without content.
    pub fn entry(&mut self, header: &Header<'_>, mut pax: Pax) -> Result<(), Error> {
        pax.path(header.path);
        pax.link(header.link);
        if !pax.is_empty() {
            let records = pax.as_bytes();
            let of_records = Header {
                entry_type: EntryType::Pax,
                path: b"PaxHeaders.0",
                link: b"",
                size: records.len() as u64,
                ..*header
            };
            self.to.write_all(&of_records.to_block())?;
            self.to.write_all(records)?;
            self.pad(records.len() as u64)?;
        }
        Ok(self.to.write_all(&header.to_block())?)
    }

    /// Writes the content of the entry before: as many bytes as its header says.
    ///
    /// # Errors
    /// If there are fewer; `path` is what was read.
    pub fn content(&mut self, size: u64, from: impl Read, path: &Path) -> Result<(), Error> {
        let mut from = from.take(size);
        let mut left = size;
        while left > 0 {
            let count = from.read(&mut self.chunk).at(path)?;
            let read = self.chunk.get(..count).unwrap_or_default();
            if read.is_empty() {
                return Err(Error::Shorter(path.to_owned()));
            }
            self.to.write_all(read)?;
            left -= read.len() as u64;
        }
        self.pad(size)
    }

    /// Writes an entry with its content.
    pub fn file(&mut self, header: &Header<'_>, content: &[u8]) -> Result<(), Error> {
        self.entry(&Header { size: content.len() as u64, ..*header }, Pax::default())?;
        self.to.write_all(content)?;
        self.pad(content.len() as u64)
    }

    /// Fills the last block after `size` bytes.
    pub fn pad(&mut self, size: u64) -> Result<(), Error> {
        let over = size as usize % BLOCK;
        let zeros = if over == 0 { 0 } else { BLOCK - over };
        Ok(self.to.write_all([0; BLOCK].get(..zeros).unwrap_or_default())?)
    }

    /// Writes the end of the archive.
    pub fn finish(mut self) -> Result<W, Error> {
        self.to.write_all(&[0; 2 * BLOCK])?;
        Ok(self.to)
    }

    /// What it writes to.
    pub fn inner(&mut self) -> &mut W {
        &mut self.to
    }
}
