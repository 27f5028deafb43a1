//! The catalogue that keeps up with its directory: a snapshot to read, replaced as a whole when files come, change or go.
//!
//! Promises: readers never wait; there is one scan at a time; a plugin whose file did not change stays the same `Arc`, and one
//! that leaves lives on in what runs. Each change is logged once. `watch` says when to scan; here is what a scan does.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::builtin::BUILTIN;
use super::catalogue::{self, Catalogue, CatalogueError, Outcome};
use super::load::Plugins;
use super::plugin::Plugin;
use super::shelf::Shelf;

/// The plugins that there are now.
#[derive(Debug)]
pub struct Registry {
    host: Arc<Plugins>,
    directory: Option<PathBuf>,
    builtin: Vec<(PathBuf, Outcome)>,
    scanned: Mutex<Scanned>,
    current: ArcSwap<Catalogue>,
    changes: watch::Sender<u64>,
}

/// What the last scan found.
#[derive(Debug)]
struct Scanned {
    shelf: Shelf,
    /// Why the directory could not be read, so that it is told once.
    failure: Option<String>,
}

impl Registry {
    /// Loads the built-in plugins and those in `directory`. Blocks; may compile. What is refused here is not logged: the caller
    /// has it in `current`.
    pub fn open(host: Plugins, directory: Option<&Path>) -> Result<Arc<Self>, CatalogueError> {
        Self::of(host, BUILTIN, directory)
    }

    /// As `open`, with `builtin` for the built-in components: name and bytes of each.
    pub(super) fn of(
        host: Plugins,
        builtin: &[(&str, &[u8])],
        directory: Option<&Path>,
    ) -> Result<Arc<Self>, CatalogueError> {
        let shelf = Shelf::open(&host, directory)?;
        let builtin = catalogue::built_in(&host, builtin);
        let host = Arc::new(host);
        let current = Catalogue::assemble(Arc::clone(&host), shelf.outcomes(), &builtin);
        Ok(Arc::new(Self {
            host,
            directory: directory.map(Path::to_owned),
            builtin,
            scanned: Mutex::new(Scanned { shelf, failure: None }),
            current: ArcSwap::from_pointee(current),
            changes: watch::Sender::new(0),
        }))
    }

    /// The plugins as they are now. Cheap; what is returned never changes.
    pub fn current(&self) -> Arc<Catalogue> {
        self.current.load_full()
    }

    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    pub fn host(&self) -> &Plugins {
        &self.host
    }

    /// Counts up with each new snapshot, after it can be had by `current`.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Looks at the directory again; true when `current` changed. Blocks; may compile.
    pub fn rescan(&self) -> bool {
        self.rescan_settled(&BTreeSet::new())
    }

    /// As `rescan`, but leaves the files in `unsettled` as they were.
    pub(super) fn rescan_settled(&self, unsettled: &BTreeSet<PathBuf>) -> bool {
        let Some(directory) = &self.directory else { return false };
        let mut scanned = self.scanned.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = match scanned.shelf.scan(&self.host, directory, unsettled) {
            Ok(()) => None,
            Err(error) => {
                // A directory that is gone holds nothing; one that cannot be read just now may hold what it held.
                if error.kind() == io::ErrorKind::NotFound {
                    scanned.shelf = Shelf::default();
                }
                Some(error.to_string())
            }
        };
        if scanned.failure != failure {
            tell_failure(directory, failure.as_deref());
            scanned.failure = failure;
        }
        self.publish(&scanned.shelf)
    }

    /// Replaces the snapshot if it would be another. The caller holds the lock.
    fn publish(&self, shelf: &Shelf) -> bool {
        let old = self.current();
        let new = Catalogue::assemble(Arc::clone(&self.host), shelf.outcomes(), &self.builtin);
        if is_same(&old, &new) {
            return false;
        }
        tell(&old, &new);
        self.current.store(Arc::new(new));
        self.changes.send_modify(|count| *count += 1);
        true
    }
}

fn is_same(old: &Catalogue, new: &Catalogue) -> bool {
    let plugins = |catalogue: &Catalogue| -> Vec<_> { catalogue.list().iter().map(Arc::as_ptr).collect() };
    plugins(old) == plugins(new) && refusals(old) == refusals(new)
}

fn refusals(catalogue: &Catalogue) -> BTreeSet<(&Path, String)> {
    catalogue.refused().iter().map(|(path, fault)| (path.as_path(), fault.to_string())).collect()
}

/// Logs what is new, and what is gone.
fn tell(old: &Catalogue, new: &Catalogue) {
    let named = |catalogue: &Catalogue| -> BTreeMap<String, Arc<Plugin>> {
        let name = |plugin: &Plugin| format!("{} {}", plugin.name, plugin.version);
        catalogue.list().iter().map(|plugin| (name(plugin), Arc::clone(plugin))).collect()
    };
    let (before, after) = (named(old), named(new));
    for (name, plugin) in &after {
        match before.get(name) {
            None => tell_plugin(name, plugin, "a plugin can be used"),
            Some(old) if old.digest != plugin.digest => tell_plugin(name, plugin, "a plugin was replaced"),
            Some(_) => {}
        }
    }
    for (name, plugin) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        tell_plugin(name, plugin, "a plugin can no longer be chosen; what runs goes on");
    }
    for (path, fault) in refusals(new).difference(&refusals(old)) {
        tracing::warn!(path = %path.display(), fault, "a plugin cannot be used");
    }
}

fn tell_plugin(name: &str, plugin: &Plugin, what: &str) {
    let (slot, digest, source) = (plugin.slot, plugin.digest.short(), &plugin.source);
    tracing::info!(plugin = name, %slot, digest, source, "{what}");
}

fn tell_failure(directory: &Path, failure: Option<&str>) {
    let directory = directory.display();
    match failure {
        Some(error) => {
            tracing::warn!(%directory, error, "the plugins directory cannot be read; it is looked for again");
        }
        None => tracing::info!(%directory, "the plugins directory can be read again"),
    }
}
