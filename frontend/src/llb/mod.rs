//! LLB: ops, vertices, digests, marshalling, metadata and source maps.
//!
//! In: what each op is to do. Out: definitions, byte for byte the same for the same ops. Knows nothing of HLB, of the
//! daemon's state or of time. Start at [`Platform`].

mod platform;

pub use platform::{InvalidPlatform, Platform};
