//! Directory trees: as tar files, as images of one layer in one file, and made the same as another.
//!
//! [`mirror`] says more about the last; all below is about files.
//!
//! In: a directory that nobody else changes, and a file to write to. Out: the bytes, in one pass and in constant memory but
//! for the names of the directories on the way and of files with several names. The same tree gives the same bytes: entries
//! are sorted, owners are numbers, times are whole seconds. Knows nothing of HLB, nor of the build that it is a step of.
//! Start at [`write_tar`] and [`write_image`]. [`content_digest`] tells trees apart without writing anything.
//!
//! There is no compression: whoever wants it has a compressor, and this program would grow by one.

mod content;
mod digest;
mod error;
mod header;
mod image;
mod mirror;
mod pax;
mod tar;
mod tree;
mod walk;
mod xattr;

pub use content::content_digest;
pub use digest::{Digest, Digesting};
pub use error::Error;
pub use image::{ImageName, write_image};
pub use mirror::{Mirrored, mirror};
pub use tree::{Latest, Written, write_tar};

#[cfg(test)]
mod tests;
