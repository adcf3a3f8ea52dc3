//! Makes one directory the same as another, for `hack/bench cache`, which measures this process.
//!
//! Arguments: the directory, and the one that becomes the same.

use std::env::args_os;
use std::path::Path;

use archive::mirror;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = args_os().skip(1).filter(|argument| argument != "--bench").collect();
    // Without any, cargo runs it among all benchmarks.
    let [from, to] = arguments.as_slice() else { return Ok(()) };
    mirror(Path::new(from), Path::new(to), None)?;
    Ok(())
}
