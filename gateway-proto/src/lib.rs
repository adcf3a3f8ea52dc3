//! BuildKit's gateway API on the wire: messages, services, typed error details, capability names, the stdio channel.
//!
//! In: the pipes that the daemon gives a frontend. Out: a client of `LLBBridge`, and plain data. Knows nothing of HLB,
//! nor of what a frontend does with an answer.
//!
//! The messages are those of [`bollard_buildkit_proto`] 0.9.2 (the protos of BuildKit 0.29) under the field's names.
//! Three things to know about them:
//!
//! * **Maps.** [`pb`] has ordered maps, so encoding a message of it gives the same bytes each time. Those of
//!   [`frontend`], [`types`] and [`control`] are hash maps: never hash, compare or keep an encoding of such a message.
//! * **Empty map values.** prost leaves out a key or value that equals the default, Go writes both. In an op that
//!   changes the digest which the daemon computes; where the value is a message (`RefMap.refs`, `Source.locations`) Go
//!   then reads a nil. So no attribute may be empty, and each such message must have something in it.
//! * **Unknown fields** are dropped when decoding: an op that somebody else made is passed on as the bytes that it came
//!   in. Of BuildKit 0.32 the messages lack `Op.passthrough`, `OpMetadata.linux_resources`, which [`limited`] writes,
//!   and `BuildkitVersion.dockerfileVersion`; a frontend that writes none of the others misses nothing.

pub mod caps;
pub mod channel;
pub mod errdefs;
pub mod excerpt;
pub mod limited;
pub mod status;
#[cfg(feature = "testing")]
pub mod testing;

pub use bollard_buildkit_proto::fsutil::types as fsutil;
pub use bollard_buildkit_proto::google::{protobuf, rpc};
pub use bollard_buildkit_proto::moby::buildkit::v1 as control;
pub use bollard_buildkit_proto::moby::buildkit::v1::{apicaps, frontend, sourcepolicy, types};
pub use bollard_buildkit_proto::pb;
pub use protobuf::{Any, Timestamp};
