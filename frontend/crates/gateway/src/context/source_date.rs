//! When the sources of a build were made, as far as they say.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use gateway_proto::pb::{self, op};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Edge, FileAction, FileCopy, Metadata, State, Vertex, file, marshal};
use prost::Message as _;

use super::archive::{SNIFF_BYTES, is_archive};
use super::named::{NamedKind, named_context, resolve_named};
use super::{BuildContext, LoadError};
use crate::bridge::{Bridge, BridgeError, Ref, SolveRequest, Unreadable};
use crate::options::{Options, SourceDate};

/// A daemon that can't say when a commit was made.
pub static COMMIT_WITHOUT_DATE: Code = Code::warning("HLB0611", "commit-without-date");

/// What a source says about its age.
#[derive(Debug, Default)]
pub struct SourceAge {
    /// Seconds since 1970; absent for what has no time of its own, such as a directory of the client.
    pub seconds: Option<i64>,
    pub warning: Option<Diagnostic>,
}

/// Finds the time out that is meant.
///
/// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/epoch.go`, `resolveSourceDateEpochFromState`.
pub async fn source_age(
    bridge: &dyn Bridge,
    options: &Options,
    context: &BuildContext,
    date: &SourceDate,
) -> Result<SourceAge, LoadError> {
    let state = match date {
        SourceDate::Seconds(seconds) => {
            return Ok(SourceAge { seconds: Some(*seconds), warning: None });
        }
        SourceDate::Context if context.main.is_local() => return Ok(SourceAge::default()),
        SourceDate::Context => context.main.whole(),
        SourceDate::Named(name) => {
            let platform = options.build_platform().cloned().unwrap_or_default().normalized();
            let named = named_context(options, name, &platform).map_err(|it| it.diagnostic())?;
            match named {
                Some(it) if matches!(it.kind, NamedKind::Git(_) | NamedKind::Http { .. }) => {
                    resolve_named(bridge, options, &context.inputs, &it, &platform)
                        .await?
                        .source
                        .whole()
                }
                _ => return Ok(SourceAge::default()),
            }
        }
    };
    let Some((source, op)) = only_source(&state) else { return Ok(SourceAge::default()) };
    Ok(age(bridge, &state, &source, op).await?)
}

/// The age of a filesystem that is a commit or a download and nothing else; `None` for any other.
pub async fn filesystem_age(
    bridge: &dyn Bridge,
    state: &State,
) -> Result<Option<SourceAge>, BridgeError> {
    let Some((source, op)) = only_source(state) else { return Ok(None) };
    let has_age = ["git://", "http://", "https://"].iter().any(|it| op.identifier.starts_with(it));
    if !has_age || state.edge() != Some(&source) {
        return Ok(None);
    }
    age(bridge, state, &source, op).await.map(Some)
}

async fn age(
    bridge: &dyn Bridge,
    state: &State,
    source: &Edge,
    op: pb::SourceOp,
) -> Result<SourceAge, BridgeError> {
    if op.identifier.starts_with("git://") {
        return commit_age(bridge, op).await;
    }
    let seconds = download_age(bridge, state, source, &op).await?;
    Ok(SourceAge { seconds, warning: None })
}

/// The source of a filesystem that has one alone, with what it is.
fn only_source(state: &State) -> Option<(Edge, pb::SourceOp)> {
    let mut edge = state.edge()?;
    loop {
        match edge.vertex.inputs() {
            [] => break,
            [input] => edge = input,
            _ => return None,
        }
    }
    Some((edge.clone(), source(&edge.vertex)?))
}

fn source(vertex: &Vertex) -> Option<pb::SourceOp> {
    match pb::Op::decode(vertex.bytes()).ok()?.op? {
        op::Op::Source(source) => Some(source),
        _ => None,
    }
}

async fn commit_age(bridge: &dyn Bridge, source: pb::SourceOp) -> Result<SourceAge, BridgeError> {
    let name = format!("[internal] load commit of {}", source.identifier);
    let commit = bridge.git_commit(source, name).await?;
    let seconds = commit.as_deref().and_then(committed);
    let warning = seconds.is_none().then(|| {
        COMMIT_WITHOUT_DATE
            .without_span(
                "`SOURCE_DATE_EPOCH` has no effect: the build server does not say when a commit was made",
            )
            .help("use BuildKit 0.26 or later, or write `SOURCE_DATE_EPOCH=$(git log -1 --pretty=%ct)`")
    });
    Ok(SourceAge { seconds, warning })
}

/// When a commit was made, in seconds since 1970, from the object that git stores.
fn committed(object: &[u8]) -> Option<i64> {
    let mut header = object.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let committer = header.find_map(|line| line.strip_prefix(b"committer "))?;
    let text = std::str::from_utf8(committer.rsplit(|byte| *byte == b'>').next()?).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// When a download was last changed, or else what is newest in it, if it is an archive.
///
/// The daemon gives a downloaded file the time of `Last-Modified`, and 1970 without one (BuildKit 0.13 and 0.32,
/// `source/http/source.go`, `save`).
async fn download_age(
    bridge: &dyn Bridge,
    state: &State,
    download: &Edge,
    source: &pb::SourceOp,
) -> Result<Option<i64>, BridgeError> {
    let reference = bridge.solve(SolveRequest::definition(marshal(download))).await?.reference;
    let named = source.attrs.get("http.filename").cloned();
    let name = match named {
        Some(name) => name,
        // The daemon has named it after the address, or as the server does.
        None => match bridge.read_dir(&reference, "/", None).await?.pop() {
            Some(file) => file.path,
            None => return Ok(None),
        },
    };
    let name = name.as_str();
    let changed = seconds(bridge.stat_file(&reference, name).await?.mod_time);
    if changed != 0 {
        return Ok(Some(changed));
    }
    let header = bridge.read_range(&reference, name, 0, SNIFF_BYTES).await?;
    if !is_archive(&header) {
        return Ok(None);
    }
    let unpacked = match state.edge() {
        Some(edge) if edge != download => state.clone(),
        _ => unpacked(state.clone(), name),
    };
    let Some(edge) = unpacked.edge() else { return Ok(None) };
    let reference = bridge.solve(SolveRequest::definition(marshal(edge))).await?.reference;
    newest(bridge, &reference).await
}

fn unpacked(archive: State, name: &str) -> State {
    let copy = FileCopy {
        from: archive,
        src: format!("/{name}"),
        dest: "/".to_owned(),
        attempt_unpack: true,
        ..FileCopy::default()
    };
    file(State::Scratch, vec![FileAction::Copy(copy)], Metadata::default())
}

/// How many directories are read at the same time.
const AT_ONCE: usize = 16;

/// The time of the newest regular file, in seconds since 1970.
async fn newest(bridge: &dyn Bridge, reference: &Ref) -> Result<Option<i64>, BridgeError> {
    let list = |path: String| async move {
        let found = bridge.read_dir(reference, &path, None).await;
        (path, found)
    };
    let mut newest = None;
    let mut open = vec![String::from("/")];
    let mut reading = FuturesUnordered::new();
    loop {
        while reading.len() < AT_ONCE
            && let Some(path) = open.pop()
        {
            reading.push(list(path));
        }
        let Some((path, entries)) = reading.next().await else { return Ok(newest) };
        for entry in entries? {
            match Unreadable::readable_size(&entry, u64::MAX) {
                Ok(_) => newest = newest.max(Some(seconds(entry.mod_time))),
                Err(Unreadable::Directory) => open.push(format!("{path}{}/", entry.path)),
                Err(_) => {}
            }
        }
    }
}

/// Seconds since 1970, from nanoseconds.
fn seconds(nanoseconds: i64) -> i64 {
    nanoseconds.div_euclid(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committer_says_when() {
        let commit = b"tree 0\nparent 0\nauthor A > B <a@b> 1 +0000\ncommitter C <c@d> 1700000000 -0130\n\ncommitter x <y> 2 +0000\n";
        assert_eq!(committed(commit), Some(1_700_000_000));
        assert_eq!(committed(b"tree 0\n\ncommitter x <y> 2 +0000\n"), None);
        assert_eq!(committed(b""), None);
        assert_eq!(committed(b"committer x <y> soon"), None);
    }
}
