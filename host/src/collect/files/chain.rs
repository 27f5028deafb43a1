//! The files of one container's log: the one that is written, and those it was rotated to.
//!
//! The engine renames `X-json.log` to `X-json.log.1`, that to `.2` and so on, and may pack them (`.gz`). Names move while they are looked
//! at, so files are told apart by inode and by their first record, which holds a time to the nanosecond: an inode is used again when its
//! file is gone, and a packed file has another one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// The first record is looked for in so many bytes; a longest one is a sixth of it.
const HEAD_BYTES_MAX: usize = 256 * 1024;
/// Looks at names that move.
const LOOKS_MAX: u32 = 50;
/// Names that are tried where the directory may not be listed.
const GUESSED_MAX: u32 = 1_000;

/// A file of the chain.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) inode: u64,
    pub(super) is_packed: bool,
    pub(super) file: File,
}

impl Kept {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let inode = file.metadata()?.ino();
        Ok(Self { inode, is_packed: path.extension().is_some_and(|end| end == "gz"), file })
    }

    /// Says which file this is, whatever its name and inode; `None` while its first record is not whole.
    pub(super) fn head(&self) -> io::Result<Option<u64>> {
        if !self.is_packed {
            return head_of(|bytes, at| self.file.read_at(bytes, at));
        }
        // Its own way through the file, so that who reads it is not moved.
        let mut unpacked = MultiGzDecoder::new(Positioned { file: &self.file, at: 0 });
        // One that is damaged is like none.
        Ok(head_of(|bytes, _| unpacked.read(bytes)).unwrap_or(None))
    }
}

/// Files that were found, after they were given away.
#[derive(Debug)]
pub(super) struct Seen {
    inodes: Vec<u64>,
    /// Of those that are packed: they have other inodes than they had before.
    heads: Vec<u64>,
}

impl Seen {
    pub(super) fn of(files: &[Kept]) -> Self {
        let packed = files.iter().filter(|file| file.is_packed);
        Self {
            inodes: files.iter().map(|file| file.inode).collect(),
            heads: packed.filter_map(|file| file.head().ok().flatten()).collect(),
        }
    }

    pub(super) fn has(&self, file: &Kept) -> bool {
        let is_packed_now =
            || !self.heads.is_empty() && file.head().ok().flatten().is_some_and(|head| self.heads.contains(&head));
        self.inodes.contains(&file.inode) || is_packed_now()
    }
}

/// Reads a file from the start without moving its own position.
struct Positioned<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Positioned<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(bytes, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Length and checksum of the first record.
fn head_of(mut read: impl FnMut(&mut [u8], u64) -> io::Result<usize>) -> io::Result<Option<u64>> {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    while bytes.len() < HEAD_BYTES_MAX {
        let count = read(&mut some, bytes.len() as u64)?;
        if count == 0 {
            return Ok(None);
        }
        let from = bytes.len();
        bytes.extend_from_slice(&some[..count]);
        if let Some(end) = memchr::memchr(b'\n', &bytes[from..]) {
            let record = &bytes[..from + end];
            return Ok(Some((record.len() as u64) << 32 | u64::from(crc32fast::hash(record))));
        }
    }
    Ok(Some((bytes.len() as u64) << 32 | u64::from(crc32fast::hash(&bytes))))
}

/// All files of a log that is kept in so many, the oldest first. Empty where there are none.
pub(super) fn list(current: &Path, files_max: u32) -> io::Result<Vec<Kept>> {
    for _ in 0..LOOKS_MAX {
        let paths = names(current, files_max)?;
        let files: Vec<Kept> = paths.iter().filter_map(|path| Kept::open(path).ok()).collect();
        // A rotation in between may have hidden one.
        if files.len() == paths.len() && is_still(&names(current, files_max)?, &paths, &files) {
            return Ok(files);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    Err(io::Error::other(format!("the files of {} are renamed faster than they can be opened", current.display())))
}

fn is_still(now: &[PathBuf], before: &[PathBuf], files: &[Kept]) -> bool {
    let inode = |path: &PathBuf| fs::metadata(path).ok().map(|found| found.ino());
    now == before && now.iter().zip(files).all(|(path, file)| inode(path) == Some(file.inode))
}

/// A name, how often the file was rotated, and whether it is packed.
type Named = (u32, bool, PathBuf);

/// The oldest first. Of a file that is being packed only the plain one.
fn names(current: &Path, files_max: u32) -> io::Result<Vec<PathBuf>> {
    let mut found = match listed(current) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        // The engine lets others than root look into the directory only by name.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => guessed(current, files_max)?,
        found => found?,
    };
    found.sort_by_key(|(number, is_packed, _)| std::cmp::Reverse((*number, *is_packed)));
    let plain: Vec<u32> = found.iter().filter(|(_, is_packed, _)| !is_packed).map(|(number, _, _)| *number).collect();
    found.retain(|(number, is_packed, _)| !is_packed || !plain.contains(number));
    Ok(found.into_iter().map(|(_, _, path)| path).collect())
}

fn listed(current: &Path) -> io::Result<Vec<Named>> {
    let (Some(directory), Some(base)) = (current.parent(), current.file_name().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let Some(rest) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(base))
        else {
            continue;
        };
        if let Some((number, is_packed)) = number(rest) {
            found.push((number, is_packed, path));
        }
    }
    Ok(found)
}

/// The names that there may be, of those that there are.
fn guessed(current: &Path, files_max: u32) -> io::Result<Vec<Named>> {
    let named = |number: u32, packed: &str| {
        let mut name = current.as_os_str().to_owned();
        name.push(if number == 0 { String::new() } else { format!(".{number}{packed}") });
        (number, !packed.is_empty(), PathBuf::from(name))
    };
    let all = (0..files_max.clamp(1, GUESSED_MAX)).map(|number| named(number, ""));
    let packed = (1..files_max.clamp(1, GUESSED_MAX)).map(|number| named(number, ".gz"));
    let mut found = Vec::new();
    for one in all.chain(packed) {
        if one.2.try_exists()? {
            found.push(one);
        }
    }
    Ok(found)
}

/// Of what stands behind the name: how often the file was rotated, and whether it is packed.
fn number(rest: &str) -> Option<(u32, bool)> {
    if rest.is_empty() {
        return Some((0, false));
    }
    let rest = rest.strip_prefix('.')?;
    let (digits, is_packed) = rest.strip_suffix(".gz").map_or((rest, false), |digits| (digits, true));
    digits.parse().ok().filter(|number| *number > 0).map(|number| (number, is_packed))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn put(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
    }

    fn put_packed(path: &Path, text: &str) {
        let mut packed = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap();
    }

    #[test]
    fn files_come_oldest_first_and_others_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let current = dir.path().join("a-json.log");
        for name in [
            "a-json.log",
            "a-json.log.1",
            "a-json.log.10",
            "a-json.log.2",
            "a-json.log.tmp",
            "b-json.log",
            "a-json.log.0",
        ] {
            put(&dir.path().join(name), "x\n");
        }
        put_packed(&dir.path().join("a-json.log.3.gz"), "x\n");
        put_packed(&dir.path().join("a-json.log.2.gz"), "half");
        let found: Vec<_> =
            names(&current, 11).unwrap().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(found, ["a-json.log.10", "a-json.log.3.gz", "a-json.log.2", "a-json.log.1", "a-json.log"]);
        assert_eq!(list(&current, 11).unwrap().len(), 5);
        let (mut guessed, mut listed) = (guessed(&current, 11).unwrap(), listed(&current).unwrap());
        guessed.sort();
        listed.sort();
        assert_eq!(guessed, listed);
    }

    #[test]
    fn a_head_stays_while_its_file_grows_is_renamed_and_is_packed() {
        let dir = tempfile::tempdir().unwrap();
        let (plain, packed) = (dir.path().join("a"), dir.path().join("a.1.gz"));
        put(&plain, "first");
        assert_eq!(Kept::open(&plain).unwrap().head().unwrap(), None, "the first record is not whole");
        put(&plain, "first\nsecond\n");
        let head = Kept::open(&plain).unwrap().head().unwrap();
        assert!(head.is_some());
        put(&plain, "first\nsecond\nthird\n");
        put_packed(&packed, "first\nsecond\nthird\n");
        let packed = Kept::open(&packed).unwrap();
        assert_eq!([Kept::open(&plain).unwrap().head().unwrap(), packed.head().unwrap()], [head, head]);
        put(&plain, "another\nsecond\n");
        assert_ne!(Kept::open(&plain).unwrap().head().unwrap(), head);
    }
}
