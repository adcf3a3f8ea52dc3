use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A text that enters the cache key of an exec and nothing else: the command and its result do not depend on it.
///
/// The step runs again if one of its texts changes, and is taken from the cache if they are the same. Cache mounts keep
/// their content; [`super::Metadata::ignore_cache`] would empty them.
///
/// The texts are written to `pb.Mount.resultID` of the root mount. In a gateway container that field selects what is mounted.
/// Nothing reads it in an exec op, but BuildKit hashes the op with that field into the cache key (`CacheMap` in
/// `solver/llbsolver/ops/exec.go`, BuildKit 0.8 to 0.32, which also keeps mounts in the key if it is set). An optional secret with an
/// id that no client has would do as well, but BuildKit asks the client for it each time the step runs, and lists it as a
/// used secret in provenance of mode `max`. The end-to-end tests in `tests/e2e/key.rs` check this on each engine.
///
/// Do not use it for secrets: provenance of mode `max` contains the op.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyText {
    /// What the text is, such as `nonce`.
    pub name: String,
    pub text: String,
}

impl KeyText {
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned() }
    }
}

/// Everything but the characters that a URL never escapes (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes texts in the form of a URL's query, so that different texts never give the same string. It is empty without texts.
pub(super) fn result_id<'a>(texts: impl IntoIterator<Item = &'a KeyText>) -> String {
    let escaped = |text: &'a str| utf8_percent_encode(text, ESCAPED);
    let pairs = texts.into_iter().map(|it| format!("{}={}", escaped(&it.name), escaped(&it.text)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::expect;

    use crate::fixture::{self, hub, strings, summary_of};
    use crate::*;

    fn keyed(texts: &[(&str, &str)]) -> Edge {
        let texts = texts.iter().map(|(name, text)| KeyText::new(name, text));
        let wish = Exec {
            meta: Meta { args: strings(&["x"]), ..Meta::default() },
            root: Bind { input: hub("alpine:3.20").into(), ..Bind::default() },
            key_only: texts.collect::<BTreeSet<_>>(),
            ..Exec::default()
        };
        exec(wish, &fixture::amd64(), Metadata::default()).root().unwrap()
    }

    #[test]
    fn texts_stand_at_the_root_in_their_own_order() {
        let edge = keyed(&[("nonce", "a b&c=d"), ("max-age", "1")]);
        assert_eq!(edge, keyed(&[("max-age", "1"), ("nonce", "a b&c=d")]));
        expect![[r#"
            v1 source docker-image://docker.io/library/alpine:3.20 (linux/amd64)
            v2 exec ["x"] (linux/amd64)
                mount / <- v1:0 key max-age=1&nonce=a%20b%26c%3Dd (output 0)
            result v2:0
        "#]]
        .assert_eq(&summary_of(&edge));
    }

    #[test]
    fn no_two_sets_of_texts_are_one_op() {
        let sets: &[&[(&str, &str)]] = &[
            &[],
            &[("", "")],
            &[("a", "b")],
            &[("a", "c")],
            &[("b", "b")],
            &[("a", "b&c=d")],
            &[("a", "b"), ("c", "d")],
            &[("a=b", "")],
            &[("a", "%62")],
            &[("a", "é")],
        ];
        let digests: BTreeSet<_> =
            sets.iter().map(|texts| keyed(texts).vertex.digest().to_owned()).collect();
        assert_eq!(digests.len(), sets.len());
    }

    #[test]
    fn without_texts_an_op_is_what_it_was() {
        let plain = fixture::run(hub("alpine:3.20").into(), Vec::new()).root().unwrap();
        assert_eq!(keyed(&[]), plain);
    }
}
