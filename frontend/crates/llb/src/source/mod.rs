//! Source ops: filesystems that come from outside of the build.
//!
//! In: where from, one struct a scheme. Out: an edge. Attributes that are not given are left out, as BuildKit's own client
//! does: an empty value would change the digest when the daemon encodes the op again. Start at [`image`].

mod blob;
mod git;
mod http;
mod image;
mod local;
mod part;

use std::collections::{BTreeMap, BTreeSet};

use gateway_proto::caps::Cap;
use gateway_proto::pb;

use super::metadata::Metadata;
use super::platform::Platform;
use super::vertex::{Edge, Inputs, Vertex};

pub use blob::{Blob, BlobScheme, blob};
pub use git::{Git, git};
pub use http::{Http, http};
pub use image::{Image, OciLayout, ResolveMode, Store, image, oci_layout};
pub use local::{Differ, FilesOf, Local, MetadataOnly, local};
pub use part::{Part, Transfer};

/// A source that is being built.
struct Source {
    identifier: String,
    /// Invariant: no key and no value is empty.
    attributes: BTreeMap<String, String>,
    capabilities: BTreeSet<Cap>,
}

impl Source {
    fn new(identifier: String, capability: Cap) -> Self {
        let capabilities = BTreeSet::from([capability]);
        Self { identifier, attributes: BTreeMap::new(), capabilities }
    }

    /// Sets an attribute that needs no capability beyond its source's; an empty value is none.
    fn set(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.attributes.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Sets an attribute that needs a capability; an empty value is none.
    fn set_needing(&mut self, capability: Cap, key: &str, value: &str) {
        if !value.is_empty() {
            self.set(key, value);
            self.capabilities.insert(capability);
        }
    }

    /// Builds the vertex; `platform` is for the sources whose content depends on it.
    fn build(self, platform: Option<&Platform>, metadata: Metadata) -> Edge {
        let op = pb::SourceOp { identifier: self.identifier, attrs: self.attributes };
        let op = pb::Op {
            op: Some(pb::op::Op::Source(op)),
            platform: platform.map(pb::Platform::from),
            constraints: Some(pb::WorkerConstraints::default()),
            ..pb::Op::default()
        };
        let capabilities: Vec<_> = self.capabilities.into_iter().collect();
        Vertex::new(op, Inputs::default(), &capabilities, metadata).output(0)
    }
}

/// A switch as most sources read it.
fn flag(set: bool) -> &'static str {
    if set { "true" } else { "" }
}
