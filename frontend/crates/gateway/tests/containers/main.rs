//! Holds gateway containers to the daemon's protocol over the real wire. The daemon is in this process; it hangs where a
//! real one does, so what breaks a rule does not end here.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on may fail at once")]

mod cancel;
mod daemon;
mod file;
mod process;
mod release;
