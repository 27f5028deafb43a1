//! The files of a plugins directory, and what became of each. A file is read again when its size, its times or its inode
//! changed, and loaded again when its bytes did.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::catalogue::{CatalogueError, Outcome};
use super::digest::Digest;
use super::load::{LoadFault, Plugins};

/// Files that are read, and files beyond them that are told of.
const FILES_MAX: usize = 256;
const SURPLUS_MAX: usize = 256;

/// A file changed so short ago may change once more without its times showing it: they go in steps of the kernel's clock.
const FRESH: Duration = Duration::from_millis(100);

/// A directory's components by path.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    files: BTreeMap<PathBuf, Entry>,
    surplus: Vec<(PathBuf, Arc<LoadFault>)>,
}

#[derive(Debug)]
struct Entry {
    /// `None` when it must be read again next time, however it looks.
    stamp: Option<Stamp>,
    digest: Option<Digest>,
    outcome: Outcome,
}

/// By what a change is seen without reading. The second time is when anything of it changed, which nobody can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    inode: (u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Shelf {
    /// What is in `directory` now; nothing where there is none.
    pub(super) fn open(host: &Plugins, directory: Option<&Path>) -> Result<Self, CatalogueError> {
        let mut shelf = Self::default();
        if let Some(directory) = directory {
            let failed = |source| CatalogueError::Directory { directory: directory.to_owned(), source };
            shelf.scan(host, directory, &BTreeSet::new()).map_err(failed)?;
        }
        Ok(shelf)
    }

    /// Looks at the directory again. Files in `unsettled` are being written: they stay what they were.
    pub(super) fn scan(&mut self, host: &Plugins, directory: &Path, unsettled: &BTreeSet<PathBuf>) -> io::Result<()> {
        let mut paths = components(directory)?;
        self.surplus = surplus(&mut paths);
        let mut before = std::mem::take(&mut self.files);
        for path in paths {
            let known = before.remove(&path);
            if unsettled.contains(&path) {
                self.files.extend(known.map(|known| (path, known)));
            } else {
                let entry = look(host, &path, known);
                self.files.insert(path, entry);
            }
        }
        self.files.extend(before.into_iter().filter(|(path, _)| unsettled.contains(path)));
        Ok(())
    }

    /// What became of each file, by path.
    pub(super) fn outcomes(&self) -> Vec<(PathBuf, Outcome)> {
        let files = self.files.iter().map(|(path, entry)| (path.clone(), entry.outcome.clone()));
        files.chain(self.surplus.iter().map(|(path, fault)| (path.clone(), Err(Arc::clone(fault))))).collect()
    }
}

/// The entry of a file, given what it was before.
fn look(host: &Plugins, path: &Path, known: Option<Entry>) -> Entry {
    let unreadable = |error| Entry { stamp: None, digest: None, outcome: Err(Arc::new(LoadFault::Unreadable(error))) };
    // Taken before the bytes: what changes while they are read is seen the next time.
    let found = match fs::metadata(path).and_then(whole_file) {
        Ok(found) => found,
        Err(error) => return unreadable(error),
    };
    let stamp = stamp(&found);
    match known {
        Some(known) if known.stamp == Some(stamp) => known,
        known => match read(host, path, found.len()) {
            Ok(bytes) => load(host, path, &bytes, lasting(stamp), known),
            Err(LoadFault::Unreadable(error)) => unreadable(error),
            Err(fault) => Entry { stamp: lasting(stamp), digest: None, outcome: Err(Arc::new(fault)) },
        },
    }
}

fn load(host: &Plugins, path: &Path, bytes: &[u8], stamp: Option<Stamp>, known: Option<Entry>) -> Entry {
    let digest = Some(Digest::of(bytes));
    match known {
        Some(known) if known.digest == digest => Entry { stamp, ..known },
        _ => match host.load(bytes, &path.display().to_string()).map_err(|error| error.fault) {
            Ok(plugin) => Entry { stamp, digest, outcome: Ok(plugin) },
            Err(fault) if fault.is_passing() => Entry { stamp: None, digest: None, outcome: Err(Arc::new(fault)) },
            Err(fault) => Entry { stamp, digest, outcome: Err(Arc::new(fault)) },
        },
    }
}

/// A pipe would be read for ever.
fn whole_file(found: Metadata) -> io::Result<Metadata> {
    if found.is_file() { Ok(found) } else { Err(io::Error::other("it is no file")) }
}

/// Asks for the size first: what is too large is not read.
fn read(host: &Plugins, path: &Path, bytes: u64) -> Result<Vec<u8>, LoadFault> {
    let most = host.limits().component_bytes_max;
    if bytes > most as u64 {
        return Err(LoadFault::Size { found: bytes, most });
    }
    let mut read = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
    let file = File::open(path).map_err(LoadFault::Unreadable)?;
    file.take(most as u64 + 1).read_to_end(&mut read).map_err(LoadFault::Unreadable)?;
    Ok(read)
}

fn stamp(found: &Metadata) -> Stamp {
    Stamp {
        bytes: found.len(),
        inode: (found.dev(), found.ino()),
        modified: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
    }
}

/// `None` for a file so fresh that its stamp proves nothing yet.
fn lasting(stamp: Stamp) -> Option<Stamp> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanoseconds) = stamp.changed.max(stamp.modified);
    let changed =
        Duration::new(u64::try_from(seconds).unwrap_or_default(), u32::try_from(nanoseconds).unwrap_or_default());
    (changed + FRESH < now).then_some(stamp)
}

/// The components of a directory, by name.
fn components(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if is_component(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether a file of this name is taken for a plugin.
pub(super) fn is_component(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wasm")
}

/// Takes the paths that are too many out of `paths`.
fn surplus(paths: &mut Vec<PathBuf>) -> Vec<(PathBuf, Arc<LoadFault>)> {
    let found = paths.len();
    let surplus = paths.split_off(found.min(FILES_MAX));
    let fault = Arc::new(LoadFault::TooMany { found, most: FILES_MAX });
    surplus.into_iter().take(SURPLUS_MAX).map(|path| (path, Arc::clone(&fault))).collect()
}
