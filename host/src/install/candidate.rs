//! A component that was fetched and asked what it is, and is not installed yet.

use std::path::PathBuf;
use std::sync::Arc;

use super::fetch::Fetched;
use super::provenance::Provenance;
use crate::plugins::{LoadError, Plugin, Plugins};

/// What could be installed. Holding one changes nothing on disk, provided that the plugin host it was loaded by has no cache.
#[derive(Debug)]
pub struct Candidate {
    /// What it says of itself, and what it asks for.
    pub plugin: Arc<Plugin>,
    pub fetched: Fetched,
}

impl Candidate {
    /// Checks the bytes as the host will: what it would refuse is refused here.
    pub fn load(host: &Plugins, fetched: Fetched) -> Result<Self, LoadError> {
        let plugin = host.load(&fetched.bytes, &fetched.pinned)?;
        Ok(Self { plugin, fetched })
    }

    /// What is to be remembered of where it came from. `installed` is the time in RFC 3339.
    pub(super) fn provenance(&self, installed: &str) -> Provenance {
        Provenance {
            name: self.plugin.name.clone(),
            plugin_version: self.plugin.plugin_version.clone(),
            digest: format!("sha256:{}", self.fetched.digest),
            source: self.fetched.pinned.clone(),
            installed: installed.to_owned(),
        }
    }
}

/// How an installation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installed {
    /// In this new file.
    New(PathBuf),
    /// The same bytes were there before, in this file; nothing was written.
    Already(PathBuf),
}
