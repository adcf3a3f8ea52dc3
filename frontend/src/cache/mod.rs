//! Build caches: what a program writes of them, as requests have it.
//!
//! In: cache specs as `docker buildx build --cache-from` takes them. Out: [`CacheImport`](crate::gateway::CacheImport)s.
//! Knows nothing of programs or of when a cache is used. Start at [`parse_import`].

mod spec;

pub use spec::{InvalidSpec, parse_import};
