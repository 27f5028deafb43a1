//! Which plugins there are at one moment: the built-in ones, and those of a directory's files, which go before them.
//!
//! A catalogue never changes; `Registry` makes the next one. What cannot be used is left out and told (`refused`). Two files
//! that call themselves the same name and version but differ are both left out: nobody could say which one is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::builtin::BUILTIN;
use super::choice::{self, Candidate};
use super::digest::Digest;
use super::load::{LoadFault, Plugins};
use super::plugin::{Plugin, Slot};
use super::reference::{Reference, ReferenceError};
use super::shelf::Shelf;
use super::version::PluginVersion;

/// What plugins that are built in give as their source.
const BUILT_IN: &str = "built-in";

/// What became of one component. The fault is shared: it is told as long as the file stays as it is.
pub(super) type Outcome = Result<Arc<Plugin>, Arc<LoadFault>>;

/// A plugin and its file.
type Placed = (PathBuf, Arc<Plugin>);

/// All plugins that can be chosen.
#[derive(Debug)]
pub struct Catalogue {
    host: Arc<Plugins>,
    /// By name, then by version.
    plugins: Vec<Arc<Plugin>>,
    refused: Vec<(PathBuf, Arc<LoadFault>)>,
}

impl Catalogue {
    /// Loads the built-in plugins and those in `directory`, as they are now. Blocks; may compile.
    pub fn open(host: Plugins, directory: Option<&Path>) -> Result<Self, CatalogueError> {
        Self::of(host, BUILTIN, directory)
    }

    /// As `open`, with `builtin` for the built-in components: name and bytes of each.
    pub(super) fn of(
        host: Plugins,
        builtin: &[(&str, &[u8])],
        directory: Option<&Path>,
    ) -> Result<Self, CatalogueError> {
        let shelf = Shelf::open(&host, directory)?;
        let builtin = built_in(&host, builtin);
        Ok(Self::assemble(Arc::new(host), shelf.outcomes(), &builtin))
    }

    /// Puts together what became of the files, by path, and of the built-in components.
    pub(super) fn assemble(host: Arc<Plugins>, files: Vec<(PathBuf, Outcome)>, builtin: &[(PathBuf, Outcome)]) -> Self {
        let mut catalogue = Self { host, plugins: Vec::new(), refused: Vec::new() };
        let mut named: BTreeMap<(String, PluginVersion), Vec<Placed>> = BTreeMap::new();
        for (path, outcome) in files {
            match outcome {
                Ok(plugin) => named.entry((plugin.name.clone(), plugin.version)).or_default().push((path, plugin)),
                Err(fault) => catalogue.refused.push((path, fault)),
            }
        }
        for alike in named.into_values() {
            catalogue.add(&alike);
        }
        catalogue.refused.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (path, outcome) in builtin {
            match outcome {
                Ok(plugin) if catalogue.twin(plugin) => {}
                Ok(plugin) => catalogue.plugins.push(Arc::clone(plugin)),
                Err(fault) => catalogue.refused.push((path.clone(), Arc::clone(fault))),
            }
        }
        catalogue.plugins.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
        catalogue
    }

    /// By name, then by version.
    pub fn list(&self) -> &[Arc<Plugin>] {
        &self.plugins
    }

    /// What was left out, and why.
    pub fn refused(&self) -> &[(PathBuf, Arc<LoadFault>)] {
        &self.refused
    }

    /// The plugin host, to load more.
    pub fn host(&self) -> &Plugins {
        &self.host
    }

    /// The plugin that `reference` means, for `slot`; see `Reference` for how it is written. Those in `barred` are passed over
    /// for the next lower version, and are an error where the reference leaves no other.
    pub fn resolve(
        &self,
        reference: &str,
        slot: Slot,
        barred: &BTreeSet<Digest>,
    ) -> Result<Arc<Plugin>, CatalogueError> {
        let candidates = self.plugins.iter().map(|plugin| Candidate {
            name: &plugin.name,
            plugin_version: plugin.version,
            slot: plugin.slot,
            digest: plugin.digest,
        });
        let candidates: Vec<_> = candidates.collect();
        let index = choice::choose(&candidates, reference.parse()?, slot, barred)?;
        Ok(Arc::clone(&self.plugins[index]))
    }

    /// The plugin of these bytes.
    pub fn by_digest(&self, digest: &Digest) -> Option<Arc<Plugin>> {
        self.plugins.iter().find(|plugin| plugin.digest == *digest).cloned()
    }

    /// Adds one of the files of one name and version if all are the same, else refuses them all.
    fn add(&mut self, alike: &[Placed]) {
        let Some((_, first)) = alike.first() else { return };
        if alike.iter().all(|(_, plugin)| plugin.digest == first.digest) {
            self.plugins.push(Arc::clone(first));
            return;
        }
        for (path, plugin) in alike {
            let twins =
                alike.iter().filter(|(_, other)| other.digest != plugin.digest).map(|(path, _)| path.clone()).collect();
            let fault = LoadFault::Twins { plugin: format!("{} {}", plugin.name, plugin.version), twins };
            self.refused.push((path.clone(), Arc::new(fault)));
        }
    }

    /// Whether there is a plugin of the same name and version.
    fn twin(&self, plugin: &Plugin) -> bool {
        self.plugins.iter().any(|other| other.name == plugin.name && other.version == plugin.version)
    }
}

/// Loads the components that are built in.
pub(super) fn built_in(host: &Plugins, components: &[(&str, &[u8])]) -> Vec<(PathBuf, Outcome)> {
    let load = |bytes| host.load(bytes, BUILT_IN).map_err(|error| Arc::new(error.fault));
    components.iter().map(|(name, bytes)| (format!("{BUILT_IN} {name}").into(), load(bytes))).collect()
}

/// Why there is no such plugin.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("the plugins directory {} cannot be read: {source}", directory.display())]
    Directory { directory: PathBuf, source: io::Error },
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error("there is no {slot} {reference}; known are {known}")]
    Unknown { reference: Reference, slot: Slot, known: String },
    #[error("{reference} is a plugin for {found}, not for {wanted}")]
    WrongSlot { reference: Reference, found: Slot, wanted: Slot },
    #[error("{reference} is both {first} and {second}; write more of the digest's digits")]
    Ambiguous { reference: Reference, first: String, second: String },
    #[error(
        "{plugin} is quarantined for its faults; choose another, or release it: foghorn plugin release sha256:{digest}"
    )]
    Barred { plugin: String, digest: Digest },
}
