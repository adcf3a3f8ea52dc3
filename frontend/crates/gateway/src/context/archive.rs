/// How much of a download is looked at.
pub const SNIFF_BYTES: u64 = 1024;

/// The first bytes of compressed archives: bzip2, gzip and xz.
const COMPRESSED: [&[u8]; 3] = [b"BZh", b"\x1f\x8b\x08", b"\xfd7zXZ\x00"];

/// Whether a file that starts so is an archive to unpack.
///
/// BuildKit 0.32, `frontend/dockerui/context.go`, `isArchive`.
pub fn is_archive(header: &[u8]) -> bool {
    COMPRESSED.iter().any(|magic| header.starts_with(magic)) || is_tar(header)
}

/// Whether it starts with a tar header: a block whose checksum holds.
fn is_tar(header: &[u8]) -> bool {
    const BLOCK: usize = 512;
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(block) = header.get(..BLOCK) else { return false };
    let Some(digits) = block.get(CHECKSUM).and_then(|field| std::str::from_utf8(field).ok()) else {
        return false;
    };
    let Ok(stated) = u32::from_str_radix(digits.trim_matches(['\0', ' ']), 8) else { return false };
    // The checksum counts its own field as spaces.
    let byte = |(at, byte): (usize, &u8)| if CHECKSUM.contains(&at) { b' ' } else { *byte };
    stated == block.iter().enumerate().map(|it| u32::from(byte(it))).sum::<u32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_told_from_build_files() {
        let mut tar = vec![0; 1024];
        tar[..5].copy_from_slice(b"a.hlb");
        let sum: u32 = tar[..512].iter().map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert!(is_archive(&tar));
        tar[0] = b'b';
        assert!(!is_archive(&tar), "the checksum no longer holds");
        assert!(is_archive(b"\x1f\x8b\x08\x00"));
        assert!(is_archive(b"BZh9"));
        assert!(!is_archive(b""));
        assert!(!is_archive(&[0; 1024]));
        assert!(!is_archive(b"fs default() {\n\tscratch\n}\n"));
    }
}
