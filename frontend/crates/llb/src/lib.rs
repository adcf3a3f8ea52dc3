//! LLB: ops, vertices, digests, marshaling, metadata and source maps.
//!
//! In: what each op is to do, one struct an op. Out: vertices, which are immutable and know their bytes and digest, and
//! from them [`Definition`]s, byte for byte the same for the same ops. Knows nothing of HLB, of what the daemon can do or
//! of time. Start at [`State`], then at a builder such as [`exec`], then at [`marshal`].
//!
//! What the daemon needs in order to find the same digests as we do stands at [`Vertex`].

mod cache_import;
mod cache_spec;
mod client;
mod csv;
mod diff;
mod dot;
mod exec;
mod file;
mod foreign;
mod git_ref;
mod go_bool;
mod graph;
mod image_ref;
mod json;
mod key;
mod marshal;
mod merge;
mod metadata;
mod mount;
mod order;
mod platform;
mod portable;
mod source;
mod source_map;
mod step_name;
mod summary;
mod vertex;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod golden;

/// The parts of ops that need no more than their fields.
pub use gateway_proto::pb::{
    CacheSharingOpt as Sharing, CdiDevice, Definition, HostIp, Meta,
    MountContentCache as ContentCache, NetMode, ProgressGroup, ProxyEnv, SecretEnv, SecurityMode,
    Ulimit,
};

pub use cache_import::CacheImport;
pub use cache_spec::{CACHE_IMPORTS, InvalidSpec, parse_import};
pub use client::{ExecOptions, NoCache};
pub use csv::csv_record;
pub use diff::diff;
pub use dot::{Frame, Frames, dot};
pub use exec::{Exec, ExecOutputs, exec};
pub use file::{
    CopyMode, FileAction, FileCopy, Mkdir, Mkfile, Owner, Rm, Symlink, Timestamp, User, file,
};
pub use foreign::{ForeignError, foreign};
pub use git_ref::{GitMtime, GitRef, InvalidGitRef};
pub use go_bool::go_bool;
pub use graph::{Graph, Input, Node, NodeKind, NodeLocation};
pub use image_ref::{ImageRef, InvalidImageRef};
pub use json::json_lines;
pub use key::KeyText;
pub use marshal::{marshal, marshal_labeled};
pub use merge::{MAX_LAYERS, MAX_MERGED, MergeTooLarge, merge};
pub use metadata::{Location, Metadata, Position, Range, SourceFile};
pub use mount::{Access, Bind, CacheMount, Mount, MountKind, SecretMount, SshMount};
pub use order::reaches;
pub use platform::{InvalidPlatform, Platform};
pub use portable::{
    IsOwn, Known, Portable, PortableDigest, Unpinned, Unportable, Use, portable_with, root_input,
};
pub use source::{
    Blob, BlobScheme, Differ, FilesOf, Git, Http, Image, Local, MetadataOnly, OciLayout, Part,
    ResolveMode, Store, Transfer, blob, git, http, image, local, oci_layout,
};
pub use step_name::{Scope, StepName};
pub use summary::{Detail, summary};
pub use vertex::{Edge, State, Vertex};
