use super::header::MAX_TEXT;
use super::xattr::Xattr;

/// Records about the entry that follows them, for what its header has no place for (POSIX.1-2017, `pax`, "pax Extended
/// Header").
#[derive(Default)]
pub struct Pax(Vec<u8>);

/// What stands before the name of an extended attribute, as in the layers of images (`archive/tar` of Go, containerd and
/// Docker).
const XATTR: &str = "SCHILY.xattr.";

impl Pax {
    /// The records of extended attributes.
    pub fn of_xattrs(all: &[Xattr]) -> Self {
        let mut pax = Self::default();
        for (name, value) in all {
            pax.record(&[XATTR.as_bytes(), name].concat(), value);
        }
        pax
    }

    /// The path of the entry, if it is too long for a header.
    pub fn path(&mut self, path: &[u8]) {
        self.long_text("path", path);
    }

    /// The target of the link that the entry is, if it is too long for a header.
    pub fn link(&mut self, link: &[u8]) {
        self.long_text("linkpath", link);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn long_text(&mut self, key: &str, text: &[u8]) {
        if text.len() > MAX_TEXT {
            self.record(key.as_bytes(), text);
        }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) {
        // A space, an equals sign and a line break.
        let len = with_its_digits(key.len() + value.len() + 3);
        self.0.extend(format!("{len} ").bytes());
        self.0.extend([key, b"=", value, b"\n"].concat());
    }
}

/// The length of a record that says its own length, from all but the digits that say so.
fn with_its_digits(rest: usize) -> usize {
    let digits = |number: usize| number.to_string().len();
    // The digits themselves may make the number one digit longer, never two.
    rest + digits(rest + digits(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_its_own_length() {
        for len in 1..2000 {
            let mut pax = Pax::default();
            pax.record(b"k", &vec![b'v'; len]);
            let (said, _) =
                pax.0.split_at(pax.0.iter().position(|it| *it == b' ').expect("digits"));
            let said: usize = std::str::from_utf8(said).expect("digits").parse().expect("a number");
            assert_eq!(said, pax.0.len());
        }
    }

    #[test]
    fn only_what_a_header_lacks_is_a_record() {
        let mut pax = Pax::default();
        pax.path(&[b'a'; 100]);
        pax.link(&[b'a'; 100]);
        assert!(pax.is_empty());
        pax.link(&[b'a'; 101]);
        assert!(pax.as_bytes().starts_with(b"115 linkpath=aaa"));
    }
}
