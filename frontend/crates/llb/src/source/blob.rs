use gateway_proto::caps;

use super::{Source, Store, http::set_file_owner};
use crate::metadata::Metadata;
use crate::vertex::Edge;

/// One blob of a registry or an OCI layout, as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub scheme: BlobScheme,
    /// A name without a tag, and a digest: `docker.io/library/x@sha256:…`.
    pub reference: String,
    /// The name of the file; the daemon finds one if empty.
    pub filename: String,
    /// Permission bits; those above `0o777` are dropped.
    pub mode: Option<u32>,
    pub uid: u32,
    pub gid: u32,
}

/// Where a blob is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobScheme {
    Registry,
    OciLayout(Store),
}

/// Builds the vertex of a blob: a filesystem with one file.
pub fn blob(blob: &Blob, metadata: Metadata) -> Edge {
    let scheme = match blob.scheme {
        BlobScheme::Registry => "docker-image",
        BlobScheme::OciLayout(_) => "oci-layout",
    };
    let identifier = format!("{scheme}+blob://{}", blob.reference);
    let mut source = Source::new(identifier, caps::SOURCE_IMAGEBLOB);
    if let BlobScheme::OciLayout(store) = &blob.scheme {
        source.set("oci.session", &store.session);
        source.set("oci.store", &store.id);
    }
    source.set("http.filename", &blob.filename);
    set_file_owner(&mut source, blob.mode, blob.uid, blob.gid);
    source.build(None, metadata)
}
