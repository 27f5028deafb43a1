//! The plugins directory: what is in it, one more, one less.
//!
//! A component is written under a hidden name, synced, and renamed to `NAME-VERSION.wasm`, so that a host which watches the
//! directory sees all of it or nothing. No component is ever overwritten.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::candidate::{Candidate, Installed};
use super::provenance::Provenance;
use crate::plugins::{Digest, Plugins};

/// Components of a directory; the host reads no more.
const FILES_MAX: usize = 256;

/// The plugins directory.
#[derive(Debug, Clone)]
pub struct Shelf {
    directory: PathBuf,
}

/// A component that is there.
#[derive(Debug)]
struct Held {
    path: PathBuf,
    digest: Digest,
    name: String,
    plugin_version: String,
}

impl Shelf {
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Where the component will be.
    pub fn path_of(&self, candidate: &Candidate) -> PathBuf {
        // Both were checked to be plain: no separator, no dots beside the version's.
        self.directory.join(format!("{}-{}.wasm", candidate.plugin.name, candidate.plugin.plugin_version))
    }

    /// The file that holds the candidate already. Another component that calls itself the same is an error.
    pub fn find(&self, host: &Plugins, candidate: &Candidate) -> Result<Option<PathBuf>, ShelfError> {
        let plugin = &candidate.plugin;
        let held = self.held(host)?;
        if let Some(same) = held.iter().find(|held| held.digest == plugin.digest) {
            return Ok(Some(same.path.clone()));
        }
        let twin = held.iter().find(|held| held.name == plugin.name && held.plugin_version == plugin.plugin_version);
        match twin {
            Some(twin) => Err(ShelfError::Twin {
                plugin: format!("{} {}", plugin.name, plugin.plugin_version),
                here: format!("{} has sha256:{}", twin.path.display(), twin.digest),
                from: format!("{} has sha256:{}", candidate.fetched.pinned, plugin.digest),
            }),
            None if self.files()?.len() >= FILES_MAX => Err(ShelfError::Full { directory: self.directory.clone() }),
            None => Ok(None),
        }
    }

    /// Puts the candidate into the directory, which is made where there is none. `now` is the time in RFC 3339.
    pub fn put(&self, host: &Plugins, candidate: &Candidate, now: &str) -> Result<Installed, ShelfError> {
        if let Some(path) = self.find(host, candidate)? {
            return Ok(Installed::Already(path));
        }
        let path = self.path_of(candidate);
        let failed = |source| ShelfError::Write { path: path.clone(), source };
        fs::create_dir_all(&self.directory).map_err(failed)?;
        self.write(&path, &candidate.fetched.bytes, RenameFlags::NOREPLACE).map_err(failed)?;
        let provenance = path.with_extension("toml");
        self.write(&provenance, candidate.provenance(now).to_toml().as_bytes(), RenameFlags::empty())
            .map_err(|source| ShelfError::Write { path: provenance.clone(), source })?;
        Ok(Installed::New(path))
    }

    /// Removes a component and its provenance; gives the file that is gone.
    pub fn remove(&self, host: &Plugins, name: &str, plugin_version: &str) -> Result<PathBuf, ShelfError> {
        let held = self.held(host)?;
        let Some(gone) = held.iter().find(|held| held.name == name && held.plugin_version == plugin_version) else {
            let known: Vec<String> = held.iter().map(|held| format!("{}@{}", held.name, held.plugin_version)).collect();
            return Err(ShelfError::Unknown {
                plugin: format!("{name}@{plugin_version}"),
                directory: self.directory.clone(),
                known: if known.is_empty() { "nothing".into() } else { known.join(", ") },
            });
        };
        let failed = |source| ShelfError::Remove { path: gone.path.clone(), source };
        let provenance = Provenance::beside(&gone.path, &gone.digest);
        fs::remove_file(&gone.path).map_err(failed)?;
        if provenance.is_some() {
            fs::remove_file(gone.path.with_extension("toml")).map_err(failed)?;
        }
        Ok(gone.path.clone())
    }

    /// What the directory holds. A file without a provenance file is loaded to learn its name; one that cannot be loaded is none.
    fn held(&self, host: &Plugins) -> Result<Vec<Held>, ShelfError> {
        let most = host.limits().component_bytes_max as u64;
        let mut all = Vec::new();
        for path in self.files()? {
            if fs::metadata(&path).is_ok_and(|found| found.len() > most) {
                continue;
            }
            let Ok(bytes) = fs::read(&path) else { continue };
            let digest = Digest::of(&bytes);
            let named = match Provenance::beside(&path, &digest) {
                Some(provenance) => Some((provenance.name, provenance.plugin_version)),
                None => {
                    let loaded = host.load(&bytes, &path.display().to_string()).ok();
                    loaded.map(|plugin| (plugin.name.clone(), plugin.plugin_version.clone()))
                }
            };
            all.extend(named.map(|(name, plugin_version)| Held { path, digest, name, plugin_version }));
        }
        Ok(all)
    }

    /// The components' files, by name. No directory holds none.
    fn files(&self) -> Result<Vec<PathBuf>, ShelfError> {
        let failed = |source| ShelfError::Read { directory: self.directory.clone(), source };
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut files =
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
        files.sort();
        Ok(files)
    }

    /// Whole or not at all, also after a power cut.
    fn write(&self, path: &Path, bytes: &[u8], flags: RenameFlags) -> io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let fresh = self.directory.join(format!(".{name}.{}.new", std::process::id()));
        let written = File::create(&fresh)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| Ok(renameat_with(CWD, &fresh, CWD, path, flags)?))
            .and_then(|()| File::open(&self.directory)?.sync_all());
        if written.is_err() {
            // It may be gone, which is what is wanted.
            let _ = fs::remove_file(&fresh);
        }
        written
    }
}

/// Why the directory stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    #[error("the plugins directory {} cannot be read: {source}", directory.display())]
    Read { directory: PathBuf, source: io::Error },
    #[error("{} cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} cannot be removed: {source}", path.display())]
    Remove { path: PathBuf, source: io::Error },
    /// Where each is, and its digest.
    #[error(
        "{plugin} is there already with other bytes: {here}, {from}; remove the first (foghorn plugin remove) or ask for a version of its own"
    )]
    Twin { plugin: String, here: String, from: String },
    #[error("{} holds {FILES_MAX} components, the host reads no more; remove some first", directory.display())]
    Full { directory: PathBuf },
    #[error("there is no {plugin} in {}; it holds {known}", directory.display())]
    Unknown { plugin: String, directory: PathBuf, known: String },
}
