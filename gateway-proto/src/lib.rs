//! BuildKit gateway API on the wire.

pub use bollard_buildkit_proto::fsutil::types as fsutil;
pub use bollard_buildkit_proto::google::{protobuf, rpc};
pub use bollard_buildkit_proto::moby::buildkit::v1::{apicaps, frontend, types};
pub use bollard_buildkit_proto::pb;
