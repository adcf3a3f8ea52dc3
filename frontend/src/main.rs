//! The program: chooses what it was started for.

use std::process::ExitCode;

use hlb_frontend::cli::{self, Mode};

// musl's own allocator takes five times as long as this one for the small allocations that parsing is made of.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    match cli::mode() {
        Mode::Command(arguments) => cli::run(arguments).into(),
        Mode::None(missing) => cli::no_mode(missing).into(),
        Mode::Gateway => cli::gateway().into(),
    }
}
