use std::fmt;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

/// The SHA-256 of some bytes, as images name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub hex: String,
    /// How many bytes they are.
    pub size: u64,
}

/// Passes bytes on, and knows their digest in the end.
pub struct Digesting<W> {
    to: W,
    sum: Sha256,
    size: u64,
}

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self::new(Sha256::new_with_prefix(bytes), bytes.len() as u64)
    }

    fn new(sum: Sha256, size: u64) -> Self {
        let hex = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { hex, size }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex)
    }
}

impl<W> Digesting<W> {
    pub fn new(to: W) -> Self {
        Self { to, sum: Sha256::new(), size: 0 }
    }

    pub fn finish(self) -> Digest {
        Digest::new(self.sum, self.size)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.sum.update(bytes.get(..count).unwrap_or_default());
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
