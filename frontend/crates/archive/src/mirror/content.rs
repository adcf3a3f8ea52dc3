use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;

use rustix::fs::{SeekFrom, Stat, ftruncate, seek};
use rustix::io::Errno;

/// How much of a file is read at a time, in bytes.
const CHUNK: usize = 64 << 10;

/// Copies and compares what files hold.
pub struct Copier {
    chunk: Vec<u8>,
    other: Vec<u8>,
}

impl Default for Copier {
    fn default() -> Self {
        Self { chunk: vec![0; CHUNK], other: vec![0; CHUNK] }
    }
}

impl Copier {
    /// Copies a file, with its holes, to an empty one.
    pub fn copy(&mut self, from: &File, to: &File, stat: &Stat) -> io::Result<()> {
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        if size <= CHUNK as u64 {
            return self.copy_small(from, to);
        }
        // Blocks of 512 bytes, whatever those of the filesystem are.
        let kept = u64::try_from(stat.st_blocks).unwrap_or_default().saturating_mul(512);
        match kept < size {
            true => copy_data(from, to, size),
            false => copy_all(from, to),
        }
    }

    /// Whether two files hold the same. Where the next read of them begins stays as it is.
    pub fn is_same(&mut self, one: &File, other: &File) -> io::Result<bool> {
        let mut at = 0;
        loop {
            let read = read_full(one, at, &mut self.chunk)?;
            if read != read_full(other, at, &mut self.other)?
                || self.chunk.get(..read) != self.other.get(..read)
            {
                return Ok(false);
            }
            if read == 0 {
                return Ok(true);
            }
            at += read as u64;
        }
    }

    /// Most files of a cache are small: nothing is cheaper for these.
    fn copy_small(&mut self, mut from: &File, mut to: &File) -> io::Result<()> {
        loop {
            let count = from.read(&mut self.chunk)?;
            match self.chunk.get(..count) {
                None | Some([]) => return Ok(()),
                Some(read) => to.write_all(read)?,
            }
        }
    }
}

/// The standard library has the kernel copy, which shares the blocks where the filesystem can.
fn copy_all(mut from: &File, mut to: &File) -> io::Result<()> {
    io::copy(&mut from, &mut to).map(drop)
}

/// Copies what is no hole.
fn copy_data(from: &File, mut to: &File, size: u64) -> io::Result<()> {
    let mut at = 0;
    loop {
        let start = match seek(from, SeekFrom::Data(at)) {
            Ok(start) => start,
            // There is nothing but a hole up to the end.
            Err(Errno::NXIO) => break,
            // This filesystem does not say where its holes are.
            Err(Errno::INVAL) if at == 0 => {
                seek(from, SeekFrom::Start(0))?;
                return copy_all(from, to);
            }
            Err(error) => return Err(error.into()),
        };
        let end = seek(from, SeekFrom::Hole(start))?;
        seek(from, SeekFrom::Start(start))?;
        seek(to, SeekFrom::Start(start))?;
        io::copy(&mut from.take(end.saturating_sub(start)), &mut to)?;
        at = end;
    }
    Ok(ftruncate(to, size)?)
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at + filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}
