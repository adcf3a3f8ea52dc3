use gateway_proto::caps;

use super::{Source, flag};
use crate::metadata::Metadata;
use crate::vertex::Edge;

/// A directory of the client (`local://`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    /// The name that the client gives it, such as `context`.
    pub name: String,
    /// The client's session; any of the build's if empty.
    pub session: String,
    /// Tells the op apart from others of the same name if there is no session.
    pub unique: String,
    /// What is transferred; everything if empty.
    pub include_patterns: Vec<String>,
    /// What is not, in the syntax of a `.dockerignore`.
    pub exclude_patterns: Vec<String>,
    /// Transfers these paths, which are no patterns, and what symbolic links on the way lead to.
    pub follow_paths: Vec<String>,
    /// Transfers what these match, too, and what symbolic links lead to. In the syntax of Go's `filepath.Match`.
    pub follow_patterns: Vec<String>,
    /// Transfers the files of these directories, too, and what symbolic links among them lead to.
    pub follow_files: Vec<FilesOf>,
    /// Ops with the same hint and name update each other's files instead of transferring all of them.
    pub shared_key_hint: String,
    pub differ: Differ,
    pub metadata_only: Option<MetadataOnly>,
}

/// The files of a directory that have an extension; not what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesOf {
    /// Empty for the directory that is transferred.
    pub directory: String,
    /// Without the dot.
    pub extension: &'static str,
}

/// Which files the client sends again (`local.differ`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Differ {
    /// Those whose metadata have changed.
    #[default]
    Metadata,
    /// All.
    None,
}

/// Transfers no content (BuildKit 0.21).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataOnly {
    /// The files whose content is transferred all the same.
    pub except: Vec<String>,
}

/// Builds the vertex of a directory of the client.
pub fn local(local: &Local, metadata: Metadata) -> Edge {
    let mut source = Source::new(format!("local://{}", local.name), caps::SOURCE_LOCAL);
    let session = &local.session;
    source.set_needing(caps::SOURCE_LOCAL_SESSIONID, "local.session", session);
    if session.is_empty() {
        source.set_needing(caps::SOURCE_LOCAL_UNIQUE, "local.unique", &local.unique);
    }
    let include = go_json(&local.include_patterns);
    source.set_needing(caps::SOURCE_LOCAL_INCLUDEPATTERNS, "local.includepattern", &include);
    let exclude = go_json(&local.exclude_patterns);
    source.set_needing(caps::SOURCE_LOCAL_EXCLUDEPATTERNS, "local.excludepatterns", &exclude);
    let paths = local.follow_paths.iter().map(|path| literal(path));
    let files = local.follow_files.iter().map(FilesOf::pattern);
    let follow: Vec<String> =
        paths.chain(files).chain(local.follow_patterns.iter().cloned()).collect();
    let follow = go_json(&follow);
    source.set_needing(caps::SOURCE_LOCAL_FOLLOWPATHS, "local.followpaths", &follow);
    let hint = &local.shared_key_hint;
    source.set_needing(caps::SOURCE_LOCAL_SHAREDKEYHINT, "local.sharedkeyhint", hint);
    if local.differ == Differ::None {
        source.set_needing(caps::SOURCE_LOCAL_DIFFER, "local.differ", "none");
    }
    if let Some(only) = &local.metadata_only {
        let id = caps::SOURCE_LOCAL_METADATATRANSFER;
        source.set_needing(id, "local.metadatatransfer", flag(true));
        source.set_needing(id, "local.metadatatransferexclude", &go_json(&only.except));
    }
    source.build(None, metadata)
}

impl FilesOf {
    fn pattern(&self) -> String {
        let Self { directory, extension } = self;
        match directory.is_empty() {
            true => format!("*.{extension}"),
            false => format!("{}/*.{extension}", literal(directory)),
        }
    }
}

/// The pattern that matches one path and no other; the path itself, if that does.
///
/// A client takes the paths that it is to follow for patterns (`tonistiigi/fsutil`, `followlinks.go`; then
/// `moby/patternmatcher` 0.6, `patternmatcher.go`). A class of one escaped character is the one form that both of them read as that
/// character and in which links are still followed; what a link of such a name leads to is a pattern for the client, though. White space at the ends would be cut off, and `!` at the beginning would
/// leave the path out. `^` is nothing special until another character makes a regular expression of the pattern.
pub(super) fn literal(path: &str) -> String {
    let last = path.chars().count().saturating_sub(1);
    let is_special = |(at, character): (usize, char)| match character {
        '*' | '?' | '[' | '\\' => true,
        '!' => at == 0,
        _ => (at == 0 || at == last) && character.is_whitespace(),
    };
    if !path.chars().enumerate().any(is_special) {
        return path.to_owned();
    }
    let mut pattern = String::with_capacity(path.len() + 4);
    for (at, character) in path.chars().enumerate() {
        match character {
            '*' | '?' | '[' | '!' | '\\' | '^' => pattern.extend(['[', '\\', character, ']']),
            _ if is_special((at, character)) => pattern.extend(['[', character, ']']),
            _ => pattern.push(character),
        }
    }
    pattern
}

/// Writes a list as Go's `encoding/json` does, so that the same list makes the same op; nothing for an empty one.
fn go_json(list: &[String]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let plain = serde_json::Value::from(list).to_string();
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        match character {
            // Outside of strings none of these occurs.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn a_path_is_no_pattern() {
        for (path, pattern) in [
            ("lib/a+b^c.hlb", "lib/a+b^c.hlb"),
            ("", ""),
            ("[x].hlb", r"[\[]x].hlb"),
            ("!x.hlb", r"[\!]x.hlb"),
            ("a!x.hlb", "a!x.hlb"),
            ("*?^.hlb", r"[\*][\?][\^].hlb"),
            (r".\x.hlb", r".[\\]x.hlb"),
            (" a b ", "[ ]a b[ ]"),
        ] {
            assert_eq!(literal(path), pattern, "{path}");
        }
    }
}
