//! Error details: what BuildKit says of an error beyond its text, and the forms in which a frontend says it.
//!
//! In and out: the [`Any`]s of a [`Status`]. Each holds JSON, not protobuf, under a type URL of BuildKit's own. Reading
//! is a view: [`all`] decodes what is asked for and leaves the status as it was, so that a detail of another type, or
//! one that makes no sense here, reaches the client as it came. The forms are those of BuildKit 0.32,
//! `solver/errdefs/errdefs.proto`, `util/stack/stack.proto` and `frontend/gateway/pb/exit.go`.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rpc::Status;
use crate::{Any, pb};

/// A type of detail.
pub trait Detail: Serialize + DeserializeOwned {
    const TYPE_URL: &'static str;

    /// The detail as a status holds it.
    fn to_any(&self) -> Any {
        #[expect(clippy::expect_used, reason = "all are plain structs, and their keys are strings")]
        let value = serde_json::to_vec(self).expect("a detail is JSON");
        Any { type_url: Self::TYPE_URL.to_owned(), value }
    }

    /// Reads a detail; `None` if it is of another type or not in its form.
    fn of(any: &Any) -> Option<Self> {
        match any.type_url == Self::TYPE_URL {
            true => serde_json::from_slice(&any.value).ok(),
            false => None,
        }
    }
}

/// The details of one type, in the order in which the status has them, which means nothing.
pub fn all<D: Detail>(status: &Status) -> impl Iterator<Item = D> {
    status.details.iter().filter_map(D::of)
}

/// A location in a source file, which clients print with its line and those around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    #[serde(default, deserialize_with = "null_as_default")]
    pub info: SourceInfo,
    #[serde(default, deserialize_with = "null_as_default")]
    pub ranges: Vec<Range>,
}

/// The file.
///
/// Deliberately without its `definition`, the way to load it again: it is optional, and an inconsistent one fails
/// builds. That of another frontend's detail stays in the `Any`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    #[serde(default)]
    pub filename: String,
    /// The complete text.
    #[serde(default, with = "base64_text")]
    pub data: Vec<u8>,
    #[serde(default)]
    pub language: String,
}

/// Both ends are always written: without one of them the client that prints it panics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    #[serde(default, deserialize_with = "null_as_default")]
    pub start: Position,
    #[serde(default, deserialize_with = "null_as_default")]
    pub end: Position,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// From 1; a line that the file hasn't got prints nothing.
    #[serde(default, alias = "Line")]
    pub line: i32,
    /// From 0; not printed.
    #[serde(default, alias = "Character")]
    pub character: i32,
}

/// The vertex that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vertex {
    #[serde(default)]
    pub digest: String,
}

/// The op that failed, and refs to look into with a gateway container while the frontend lives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Solve {
    /// What the mounts held before; empty where there is no ref. The index is the mount's.
    #[serde(rename = "inputIDs", default, deserialize_with = "null_as_default")]
    pub input_ids: Vec<String>,
    /// What the mounts hold after the failure.
    #[serde(rename = "mountIDs", default, deserialize_with = "null_as_default")]
    pub mount_ids: Vec<String>,
    /// `OpMetadata.description` of the op (BuildKit 0.15).
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: BTreeMap<String, String>,
    /// The op and what of it failed, in protobuf's own JSON.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

/// The frontend that an error went through, which the daemon adds (BuildKit 0.22).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontend {
    /// Such as `gateway.v0`.
    #[serde(default)]
    pub name: String,
    /// The image, if it is one.
    #[serde(default)]
    pub source: String,
}

/// A frontend capability that was asked for and is not there; goes with `Unimplemented`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontendCap {
    #[serde(default)]
    pub name: String,
}

/// A subrequest that was asked for and is not there; goes with `Unimplemented`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subrequest {
    #[serde(default)]
    pub name: String,
}

/// How the process of an op ended (BuildKit 0.10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitMessage {
    #[serde(rename = "Code", default)]
    pub code: u32,
}

/// Where in a program the error came up, shown to who asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    #[serde(default, deserialize_with = "null_as_default")]
    pub frames: Vec<Frame>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub cmdline: Vec<String>,
    #[serde(default)]
    pub pid: i32,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub revision: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    #[serde(rename = "Name", default)]
    pub name: String,
    #[serde(rename = "File", default)]
    pub file: String,
    #[serde(rename = "Line", default)]
    pub line: i32,
}

impl Detail for Source {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/errdefs.Source+json";
}

impl Detail for Vertex {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/errdefs.Vertex+json";
}

impl Detail for Solve {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/errdefs.Solve+json";
}

impl Detail for Frontend {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/errdefs.Frontend+json";
}

impl Detail for FrontendCap {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/errdefs.FrontendCap+json";
}

impl Detail for Subrequest {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/errdefs.Subrequest+json";
}

impl Detail for ExitMessage {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/gatewayapi.ExitMessage+json";
}

impl Detail for Stack {
    const TYPE_URL: &'static str = "github.com/moby/buildkit/stack.Stack+json";
}

/// The same range as a source map or a warning has it.
impl From<Range> for pb::Range {
    fn from(range: Range) -> Self {
        Self { start: Some(range.start.into()), end: Some(range.end.into()) }
    }
}

impl From<Position> for pb::Position {
    fn from(position: Position) -> Self {
        Self { line: position.line, character: position.character }
    }
}

/// Go's `encoding/json` writes `null` for what is not set and takes it for that.
fn null_as_default<'de, T, D>(json: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(json)?.unwrap_or_default())
}

/// How Go's `encoding/json` writes bytes: base64 of the standard alphabet, padded.
mod base64_text {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(data: &[u8], json: S) -> Result<S::Ok, S::Error> {
        json.serialize_str(&STANDARD.encode(data))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<u8>, D::Error> {
        let text = Option::<String>::deserialize(json)?.unwrap_or_default();
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(type_url: &str, json: &str) -> Any {
        Any { type_url: type_url.to_owned(), value: json.as_bytes().to_vec() }
    }

    #[test]
    fn a_source_is_written_as_go_reads_it() {
        let source = Source {
            info: SourceInfo {
                filename: "build.hlb".to_owned(),
                data: b"fs default() {\n".to_vec(),
                language: "HLB".to_owned(),
            },
            ranges: vec![Range {
                start: Position { line: 1, character: 3 },
                end: Position::default(),
            }],
        };
        let json = concat!(
            r#"{"info":{"filename":"build.hlb","data":"ZnMgZGVmYXVsdCgpIHsK","language":"HLB"},"#,
            r#""ranges":[{"start":{"line":1,"character":3},"end":{"line":0,"character":0}}]}"#,
        );
        let expected = any("github.com/moby/buildkit/errdefs.Source+json", json);
        assert_eq!(source.to_any(), expected);
        assert_eq!(Source::of(&expected), Some(source));
    }

    #[test]
    fn a_source_of_another_frontend_is_read_with_what_it_lacks() {
        let json = r#"{"info":{"filename":"Dockerfile","definition":{"def":["AA=="]}},
            "ranges":[{"start":{"Line":2},"end":null}]}"#;
        let source = Source::of(&any(Source::TYPE_URL, json)).unwrap();
        assert_eq!(source.info.filename, "Dockerfile");
        assert_eq!(source.info.data, b"");
        assert_eq!(source.ranges[0].start, Position { line: 2, character: 0 });
        assert_eq!(source.ranges[0].end, Position::default());

        assert_eq!(Source::of(&any(Source::TYPE_URL, r#"{"info":null}"#)), Some(Source::default()));
    }

    #[test]
    fn a_solve_keeps_what_is_opaque_here() {
        let json = concat!(
            r#"{"inputIDs":["a",""],"mountIDs":["b"],"description":{"llb.customname":"n"},"#,
            r#""file":{"index":"2"},"op":{"exec":{"network":"HOST"}}}"#,
        );
        let solve = Solve::of(&any(Solve::TYPE_URL, json)).unwrap();
        assert_eq!(solve.input_ids, ["a", ""]);
        assert_eq!(solve.mount_ids, ["b"]);
        assert_eq!(solve.description["llb.customname"], "n");
        assert_eq!(solve.to_any().value, json.as_bytes());
    }

    #[test]
    fn what_is_of_no_use_here_is_passed_over() {
        let status = Status {
            code: 2,
            message: String::new(),
            details: vec![
                any("type.googleapis.com/errdefs.Vertex", r#"{"digest":"sha256:0"}"#),
                any(Vertex::TYPE_URL, "not JSON"),
                any(ExitMessage::TYPE_URL, r#"{"Code":7,"Error":{"code":2}}"#),
                any(Vertex::TYPE_URL, r#"{"digest":"sha256:1"}"#),
                any(Vertex::TYPE_URL, r#"{"digest":"sha256:2"}"#),
                any(Stack::TYPE_URL, r#"{"frames":[{"Name":"main","File":"a.go","Line":3}]}"#),
            ],
        };
        let digests: Vec<_> = all::<Vertex>(&status).map(|vertex| vertex.digest).collect();
        assert_eq!(digests, ["sha256:1", "sha256:2"]);
        assert_eq!(all::<ExitMessage>(&status).next(), Some(ExitMessage { code: 7 }));
        assert_eq!(all::<Stack>(&status).next().unwrap().frames[0].line, 3);
    }

    #[test]
    fn the_small_ones_are_in_their_forms() {
        let cap = FrontendCap { name: "moby.buildkit.frontend.contexts".to_owned() };
        let json = r#"{"name":"moby.buildkit.frontend.contexts"}"#;
        assert_eq!(cap.to_any(), any("github.com/moby/buildkit/errdefs.FrontendCap+json", json));
        let subrequest = Subrequest { name: "frontend.lint".to_owned() };
        let json = r#"{"name":"frontend.lint"}"#;
        let expected = any("github.com/moby/buildkit/errdefs.Subrequest+json", json);
        assert_eq!(subrequest.to_any(), expected);
    }
}
