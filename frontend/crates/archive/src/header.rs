/// How many bytes headers and the content of files are made up to.
pub const BLOCK: usize = 512;

/// What an entry of a tar file is, by its type flag (POSIX.1-2017, `pax`, "ustar Interchange Format").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryType {
    File,
    HardLink,
    Symlink,
    CharDevice {
        major: u32,
        minor: u32,
    },
    BlockDevice {
        major: u32,
        minor: u32,
    },
    Directory,
    Fifo,
    /// Records about the entry that follows.
    Pax,
}

/// The fixed part of an entry. Texts that are too long for it are cut: [`super::pax`] has them in full.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    pub entry_type: EntryType,
    /// A directory's ends in a slash.
    pub path: &'a [u8],
    /// What a link leads to, else empty.
    pub link: &'a [u8],
    /// All twelve bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Of what follows, in bytes.
    pub size: u64,
}

/// Longest path, and longest target of a link, that a header has in full.
pub const MAX_TEXT: usize = 100;

impl Header<'_> {
    /// The header as it stands in the file.
    ///
    /// Numbers that are too large for octal digits are binary, as GNU tar writes them; Go, Python and libarchive read it.
    pub fn to_block(&self) -> [u8; BLOCK] {
        let (major, minor) = match self.entry_type {
            EntryType::CharDevice { major, minor } | EntryType::BlockDevice { major, minor } => {
                (major, minor)
            }
            _ => (0, 0),
        };
        let mut fields = Fields(Vec::with_capacity(BLOCK));
        fields.text::<MAX_TEXT>(self.path);
        fields.number::<8>(self.mode.into());
        fields.number::<8>(self.uid.into());
        fields.number::<8>(self.gid.into());
        fields.number::<12>(self.size.into());
        fields.number::<12>(self.mtime.into());
        // The checksum counts as spaces.
        fields.text::<8>(b"        ");
        fields.text::<1>(&[self.entry_type.flag()]);
        fields.text::<MAX_TEXT>(self.link);
        fields.text::<8>(b"ustar\x0000");
        // The names of the owners: who reads the file has others.
        fields.text::<64>(b"");
        fields.number::<8>(major.into());
        fields.number::<8>(minor.into());
        let mut block = [0; BLOCK];
        block.iter_mut().zip(fields.0).for_each(|(byte, field)| *byte = field);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let digits = format!("{sum:06o}\0 ");
        let checksum = block.iter_mut().skip(CHECKSUM_AT);
        checksum.zip(digits.bytes()).for_each(|(byte, digit)| *byte = digit);
        block
    }
}

const CHECKSUM_AT: usize = 148;

impl EntryType {
    fn flag(self) -> u8 {
        match self {
            Self::File => b'0',
            Self::HardLink => b'1',
            Self::Symlink => b'2',
            Self::CharDevice { .. } => b'3',
            Self::BlockDevice { .. } => b'4',
            Self::Directory => b'5',
            Self::Fifo => b'6',
            Self::Pax => b'x',
        }
    }
}

/// Fields of a fixed width, one after the other.
struct Fields(Vec<u8>);

impl Fields {
    /// A text, cut or followed by zeros.
    fn text<const WIDTH: usize>(&mut self, text: &[u8]) {
        let text = text.iter().copied().take(WIDTH);
        self.0.extend(text.chain(std::iter::repeat(0)).take(WIDTH));
    }

    /// Octal digits and a zero, or a set bit and two's complement.
    fn number<const WIDTH: usize>(&mut self, number: i128) {
        let digits = WIDTH - 1;
        if (0..1 << (3 * digits)).contains(&number) {
            return self.text::<WIDTH>(format!("{number:0digits$o}").as_bytes());
        }
        let sign = if number < 0 { 0xff } else { 0x80 };
        let bytes = number.to_be_bytes();
        self.0.push(sign);
        self.0.extend(bytes.iter().skip(bytes.len() - digits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number<const WIDTH: usize>(number: i128) -> Vec<u8> {
        let mut fields = Fields(Vec::new());
        fields.number::<WIDTH>(number);
        fields.0
    }

    #[test]
    fn a_number_has_digits_or_is_binary() {
        assert_eq!(number::<8>(0o7777), b"0007777\0");
        assert_eq!(number::<8>(0o7_777_777), b"7777777\0");
        assert_eq!(number::<8>(0o10_000_000), [0x80, 0, 0, 0, 0, 0x20, 0, 0]);
        assert_eq!(number::<12>((8 << 30) - 1), b"77777777777\0");
        assert_eq!(number::<12>(8 << 30), [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
        let minus_one = [0xff; 12];
        assert_eq!(number::<12>(-1), minus_one);
    }
}
