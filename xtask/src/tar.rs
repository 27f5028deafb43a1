//! A tar archive of one executable file, which is all that the demo's image holds.
//!
//! The same bytes always give the same archive: owner, mode and time are fixed (ustar, POSIX.1-1988).

const BLOCK: usize = 512;

/// An archive with the executable `name` in it. `name` has at most 99 bytes.
pub fn executable(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = header(name, bytes.len()).to_vec();
    archive.extend_from_slice(bytes);
    archive.resize(archive.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    archive
}

fn header(name: &str, size: usize) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000755");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::process;

    #[test]
    fn tar_reads_the_archive() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.tar");
        std::fs::write(&path, executable("tool", &[7; 700])).unwrap();
        let listing = process::text(Command::new("tar").arg("-tvf").arg(&path)).unwrap();
        assert!(
            listing.starts_with("-rwxr-xr-x") && listing.contains(" 700 ") && listing.ends_with(" tool"),
            "{listing}"
        );
    }
}
