//! BuildKit gateway API on the wire.

pub use bollard_buildkit_proto::pb;
