//! Writes one archive, for `hack/bench archive`, which measures this process.
//!
//! Arguments: `tar` or `image`, the directory, and the file to write.

use std::env::args_os;
use std::fs::File;
use std::path::Path;

use archive::{Latest, write_image, write_tar};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = args_os().skip(1).filter(|argument| argument != "--bench").collect();
    // Without any, cargo runs it among all benchmarks.
    let [format, root, file] = arguments.as_slice() else { return Ok(()) };
    let (root, mut file) = (Path::new(root), File::create_new(file)?);
    match format.to_str() {
        Some("tar") => write_tar(root, &mut file, Latest::default())?,
        Some("image") => write_image(root, b"{}", None, &mut file, Latest::default())?,
        _ => return Err("expected `tar` or `image`".into()),
    };
    Ok(())
}
