//! Which plugins there are: the built-in ones, and the `*.wasm` files of a directory, which go before them.
//!
//! Read once, at the start. A damaged file is left out and told (`refused`). Two different files that call themselves the
//! same name and version are an error: nobody could say which one a container was scored by.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use super::builtin::BUILTIN;
use super::load::{LoadFault, Plugins};
use super::plugin::{Plugin, Slot};
use super::reference::{Reference, ReferenceError};

/// Files of a plugins directory.
const FILES_MAX: usize = 256;

/// What plugins that are built in give as their source.
const BUILT_IN: &str = "built-in";

/// All plugins that can be chosen.
#[derive(Debug)]
pub struct Catalogue {
    host: Plugins,
    /// By name, then by version.
    plugins: Vec<Arc<Plugin>>,
    refused: Vec<(PathBuf, LoadFault)>,
}

impl Catalogue {
    /// Loads the built-in plugins and those in `directory`.
    pub fn open(host: Plugins, directory: Option<&Path>) -> Result<Self, CatalogueError> {
        Self::of(host, BUILTIN, directory)
    }

    /// As `open`, with `builtin` for the built-in components: name and bytes of each.
    pub(super) fn of(
        host: Plugins,
        builtin: &[(&str, &[u8])],
        directory: Option<&Path>,
    ) -> Result<Self, CatalogueError> {
        let mut catalogue = Self { host, plugins: Vec::new(), refused: Vec::new() };
        for path in directory.map(files).transpose()?.unwrap_or_default() {
            match catalogue.read(&path) {
                Ok(plugin) => catalogue.add(plugin)?,
                Err(fault) => catalogue.refused.push((path, fault)),
            }
        }
        for (name, bytes) in builtin {
            match catalogue.host.load(bytes, BUILT_IN) {
                Ok(plugin) if catalogue.twin(&plugin).is_some() => {}
                Ok(plugin) => catalogue.add(plugin)?,
                Err(error) => catalogue.refused.push((format!("{BUILT_IN} {name}").into(), error.fault)),
            }
        }
        catalogue.plugins.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
        Ok(catalogue)
    }

    /// By name, then by version.
    pub fn list(&self) -> &[Arc<Plugin>] {
        &self.plugins
    }

    /// What was left out, and why.
    pub fn refused(&self) -> &[(PathBuf, LoadFault)] {
        &self.refused
    }

    /// The plugin host, to load more.
    pub fn host(&self) -> &Plugins {
        &self.host
    }

    /// The plugin that `reference` names, for `slot`: `iforest`, `iforest@0.1.0`, `iforest@latest`, `sha256:…`.
    pub fn resolve(&self, reference: &str, slot: Slot) -> Result<Arc<Plugin>, CatalogueError> {
        let reference: Reference = reference.parse()?;
        let named = || self.plugins.iter().filter(|plugin| reference.names(plugin));
        if let Some(plugin) = named().rfind(|plugin| plugin.slot == slot) {
            return Ok(Arc::clone(plugin));
        }
        match named().next() {
            Some(plugin) => Err(CatalogueError::WrongSlot { reference, found: plugin.slot, wanted: slot }),
            None => Err(CatalogueError::Unknown { reference, slot, known: self.known(slot) }),
        }
    }

    fn known(&self, slot: Slot) -> String {
        let known: Vec<String> = self
            .plugins
            .iter()
            .filter(|plugin| plugin.slot == slot)
            .map(|plugin| format!("{}@{}", plugin.name, plugin.plugin_version))
            .collect();
        if known.is_empty() { "none; `cargo xtask build` makes the built-in ones".into() } else { known.join(", ") }
    }

    fn add(&mut self, plugin: Arc<Plugin>) -> Result<(), CatalogueError> {
        match self.twin(&plugin) {
            None => self.plugins.push(plugin),
            Some(twin) if twin.digest == plugin.digest => {}
            Some(twin) => {
                return Err(CatalogueError::Twice {
                    plugin: format!("{} {}", plugin.name, plugin.plugin_version),
                    first: twin.source.clone(),
                    second: plugin.source.clone(),
                });
            }
        }
        Ok(())
    }

    /// Asks for the size first: what is too large is not read.
    fn read(&self, path: &Path) -> Result<Arc<Plugin>, LoadFault> {
        let most = self.host.limits().component_bytes_max;
        let found = fs::metadata(path).map_err(LoadFault::Unreadable)?.len();
        if found > most as u64 {
            return Err(LoadFault::Size { found, most });
        }
        let bytes = fs::read(path).map_err(LoadFault::Unreadable)?;
        self.host.load(&bytes, &path.display().to_string()).map_err(|error| error.fault)
    }

    /// The plugin of the same name and version.
    fn twin(&self, plugin: &Plugin) -> Option<&Arc<Plugin>> {
        self.plugins.iter().find(|other| other.name == plugin.name && other.version == plugin.version)
    }
}

/// The components of a directory, by name.
fn files(directory: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    let failed = |source| CatalogueError::Directory { directory: directory.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
    if files.len() > FILES_MAX {
        return Err(CatalogueError::TooMany { directory: directory.to_owned(), found: files.len() });
    }
    files.sort();
    Ok(files)
}

/// Why there is no such plugin.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("the plugins directory {} cannot be read: {source}", directory.display())]
    Directory { directory: PathBuf, source: io::Error },
    #[error("the plugins directory {} holds {found} components; at most {FILES_MAX} are allowed", directory.display())]
    TooMany { directory: PathBuf, found: usize },
    #[error("{first} and {second} are different but both {plugin}; remove one or change its version")]
    Twice { plugin: String, first: String, second: String },
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error("there is no {slot} {reference}; known are {known}")]
    Unknown { reference: Reference, slot: Slot, known: String },
    #[error("{reference} is a plugin for {found}, not for {wanted}")]
    WrongSlot { reference: Reference, found: Slot, wanted: Slot },
}
