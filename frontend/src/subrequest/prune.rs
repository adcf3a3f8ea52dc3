use std::fmt::Write as _;

use crate::used::UsedCache;

/// The command that removes the cache mount of an id, and nothing else.
///
/// Daemons describe such a directory as `cached mount DEST from exec ARGS with id "ID"`, without the last part where the id is
/// DEST (BuildKit 0.13 and later, `solver/llbsolver/mounts/mount.go`). A filter is a regular expression that ends before a
/// space or a comma (containerd 2, `pkg/filters/scanner.go`).
pub fn command(id: &str, cache: UsedCache) -> String {
    let mut filter = format!(r#"(\swith\sid\s"{}""#, escaped(&quoted(id)));
    if cache.is_at_id {
        filter += &format!(r#"|^cached\smount\s{}\sfrom\s(?s:.*)[^"]"#, escaped(id));
    }
    format!("docker buildx prune --filter type=exec.cachemount --filter 'description~={filter})$'")
}

/// A text within quotes as Go writes it, as far as an id of a program can need it.
fn quoted(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', r#"\""#)
}

/// An expression for a text, which neither a shell nor a filter reads as more.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            ' ' | ',' | '\'' => {
                // A `String` takes everything.
                let _ = write!(escaped, r"\x{:02x}", u32::from(char));
            }
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                escaped.extend(['\\', char]);
            }
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_for_one_id() {
        let filter = |id: &str, is_at_id| {
            let command = command(id, UsedCache { is_at_id, ..UsedCache::default() });
            command.split_once("description~=").expect("a filter").1.to_owned()
        };
        assert_eq!(filter("/npm", false), r#"(\swith\sid\s"/npm")$'"#);
        let escaped = r#"(\swith\sid\s"/a\.b\x27\x2c\x20\\"c#/x")$'"#;
        assert_eq!(filter("/a.b', \"c#/x", false), escaped);
        let both = r#"(\swith\sid\s"/x"|^cached\smount\s/x\sfrom\s(?s:.*)[^"])$'"#;
        assert_eq!(filter("/x", true), both);
    }
}
