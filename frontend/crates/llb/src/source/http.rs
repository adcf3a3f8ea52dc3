use gateway_proto::caps;

use super::Source;
use crate::metadata::Metadata;
use crate::vertex::Edge;

/// A file on a web server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// Of the scheme `http` or `https`.
    pub url: String,
    /// The digest that the content must have; empty for any.
    pub checksum: String,
    /// The name of the file; the daemon finds one if empty.
    pub filename: String,
    /// Permission bits, `0o600` if absent; those above `0o777` are dropped, as BuildKit's own client does.
    pub mode: Option<u32>,
    pub uid: u32,
    pub gid: u32,
    /// The id of a secret with the value of the header `Authorization`.
    pub auth_header_secret: String,
    pub accept: String,
    pub user_agent: String,
}

/// Builds the vertex of a file on a web server: a filesystem with that file only.
pub fn http(http: &Http, metadata: Metadata) -> Edge {
    let mut source = Source::new(http.url.clone(), caps::SOURCE_HTTP);
    source.set_needing(caps::SOURCE_HTTP_CHECKSUM, "http.checksum", &http.checksum);
    source.set("http.filename", &http.filename);
    set_file_owner(&mut source, http.mode, http.uid, http.gid);
    let secret = &http.auth_header_secret;
    source.set_needing(caps::SOURCE_HTTP_AUTH, "http.authheadersecret", secret);
    source.set_needing(caps::SOURCE_HTTP_HEADER, "http.header.accept", &http.accept);
    source.set_needing(caps::SOURCE_HTTP_HEADER, "http.header.user-agent", &http.user_agent);
    source.build(None, metadata)
}

/// Sets mode and owner of a file; 0 is the owner anyway, so it is left out (`client/llb/source.go`, `HTTP`).
pub(super) fn set_file_owner(source: &mut Source, mode: Option<u32>, uid: u32, gid: u32) {
    let mode = mode.map_or(String::new(), |mode| format!("0{:o}", mode & 0o777));
    source.set_needing(caps::SOURCE_HTTP_PERM, "http.perm", &mode);
    let id = |id: u32| if id == 0 { String::new() } else { id.to_string() };
    source.set_needing(caps::SOURCE_HTTP_UIDGID, "http.uid", &id(uid));
    source.set_needing(caps::SOURCE_HTTP_UIDGID, "http.gid", &id(gid));
}
