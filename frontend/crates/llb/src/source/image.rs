use gateway_proto::caps;

use super::Source;
use crate::metadata::Metadata;
use crate::platform::Platform;
use crate::vertex::Edge;

/// An image in a registry (`docker-image://`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Complete, as in `docker.io/library/alpine:3.20@sha256:…`; used as it is given.
    pub reference: String,
    pub resolve_mode: ResolveMode,
    /// Only so many layers from the bottom; 0 is all.
    pub layer_limit: u32,
    /// The digest that the manifest must have; empty for any.
    pub checksum: String,
}

/// Where the daemon looks for an image (`image.resolvemode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResolveMode {
    /// In the registry, then among what it has.
    #[default]
    Default,
    /// In the registry only.
    ForcePull,
    /// Among what it has, then in the registry.
    PreferLocal,
}

/// An image in an OCI layout that a client offers (`oci-layout://`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciLayout {
    /// A name, which nobody reads, and a digest: `name@sha256:…`.
    pub reference: String,
    pub store: Store,
    /// Only so many layers from the bottom; 0 is all.
    pub layer_limit: u32,
}

/// Which of the client's content stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// The client's session; any of the build's if empty.
    pub session: String,
    /// The store's id; the name in the reference if empty.
    pub id: String,
}

/// Builds the vertex of an image for `platform`.
pub fn image(image: &Image, platform: &Platform, metadata: Metadata) -> Edge {
    let identifier = format!("docker-image://{}", image.reference);
    let mut source = Source::new(identifier, caps::SOURCE_IMAGE);
    let mode = match image.resolve_mode {
        ResolveMode::Default => "",
        ResolveMode::ForcePull => "pull",
        ResolveMode::PreferLocal => "local",
    };
    source.set_needing(caps::SOURCE_IMAGE_RESOLVEMODE, "image.resolvemode", mode);
    let limit = layer_limit(image.layer_limit);
    source.set_needing(caps::SOURCE_IMAGE_LAYERLIMIT, "image.layerlimit", &limit);
    source.set_needing(caps::SOURCE_IMAGE_CHECKSUM, "image.checksum", &image.checksum);
    source.build(Some(platform), metadata)
}

/// Builds the vertex of an image in an OCI layout for `platform`.
pub fn oci_layout(layout: &OciLayout, platform: &Platform, metadata: Metadata) -> Edge {
    let identifier = format!("oci-layout://{}", layout.reference);
    let mut source = Source::new(identifier, caps::SOURCE_OCILAYOUT);
    source.set("oci.session", &layout.store.session);
    source.set("oci.store", &layout.store.id);
    let limit = layer_limit(layout.layer_limit);
    source.set_needing(caps::SOURCE_IMAGE_LAYERLIMIT, "oci.layerlimit", &limit);
    source.build(Some(platform), metadata)
}

fn layer_limit(limit: u32) -> String {
    if limit == 0 { String::new() } else { limit.to_string() }
}
