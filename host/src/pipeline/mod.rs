//! Pipelines: the three plugins pinned for a container, and what they have learned.
//!
//! A *generation* is bytes: what one cycle made (`generation`). It becomes *live* when its instances stand ready to score (`live`);
//! that happens off the hot path, and live ones are exchanged between two windows. The thresholds (`gate`) belong to the container and live
//! through generations. What was asked for is in `choice`, what comes of it in `resolve`; `costs` keeps what plugins use.

pub mod carry;
pub mod choice;
pub mod costs;
pub mod gate;
pub mod generation;
pub mod live;
mod member;
pub mod resolve;
#[cfg(test)]
mod tests;
mod vote;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use vote::Ballot;

use crate::plugins::{Catalogue, CatalogueError, Plugin, Slot};
use crate::settings::{PipelineChoice, PluginSettings, SlotChoice};

/// One slot, filled.
#[derive(Debug, Clone)]
pub struct Pinned {
    pub plugin: Arc<Plugin>,
    pub settings: PluginSettings,
}

impl Pinned {
    /// `name@version sha256:digest`, as receipts write it.
    pub fn label(&self) -> String {
        format!("{}@{} sha256:{}", self.plugin.name, self.plugin.plugin_version, self.plugin.digest)
    }

    /// `name@version`, for sentences.
    pub fn name(&self) -> String {
        format!("{}@{}", self.plugin.name, self.plugin.plugin_version)
    }

    /// `name@version`, with the settings where there are any.
    pub fn described(&self) -> String {
        let settings: Vec<String> = self.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if settings.is_empty() { self.name() } else { format!("{} ({})", self.name(), settings.join(", ")) }
    }

    /// Whether both are the same component with the same settings.
    pub fn is(&self, other: &Self) -> bool {
        self.plugin.digest == other.plugin.digest && self.settings == other.settings
    }
}

/// The three plugins of a container and their settings.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub vectorizer: Pinned,
    pub detector: Pinned,
    pub thresholds: Pinned,
}

impl Pipeline {
    /// The plugins chosen by the host's settings, for containers of which nothing else is said. Has each check its settings.
    pub fn resolve(catalogue: &Catalogue, choice: &PipelineChoice) -> Result<Self, PipelineError> {
        Ok(Self {
            vectorizer: pin(catalogue, Slot::Vectorizer, &choice.vectorizer)?,
            detector: pin(catalogue, Slot::Detector, &choice.detector)?,
            thresholds: pin(catalogue, Slot::Thresholds, &choice.thresholds)?,
        })
    }

    pub fn slot(&self, slot: Slot) -> &Pinned {
        match slot {
            Slot::Vectorizer => &self.vectorizer,
            Slot::Detector => &self.detector,
            Slot::Thresholds => &self.thresholds,
        }
    }

    /// The same with another plugin in one slot.
    pub fn with(&self, slot: Slot, pinned: Pinned) -> Self {
        let mut other = self.clone();
        match slot {
            Slot::Vectorizer => other.vectorizer = pinned,
            Slot::Detector => other.detector = pinned,
            Slot::Thresholds => other.thresholds = pinned,
        }
        other
    }

    /// Whether both learn alike: a generation of the one is a generation of the other.
    pub fn learns_as(&self, other: &Self) -> bool {
        self.vectorizer.is(&other.vectorizer) && self.detector.is(&other.detector)
    }

    /// The labels of vectorizer, detector and thresholds.
    pub fn labels(&self) -> Vec<String> {
        [&self.vectorizer, &self.detector, &self.thresholds].map(Pinned::label).into()
    }
}

fn pin(catalogue: &Catalogue, slot: Slot, choice: &SlotChoice) -> Result<Pinned, PipelineError> {
    let plugin = catalogue.resolve(choice.plugin(), slot, &BTreeSet::new())?;
    checked(plugin, choice.settings.clone())
}

/// Has the plugin check its settings.
pub(crate) fn checked(plugin: Arc<Plugin>, settings: PluginSettings) -> Result<Pinned, PipelineError> {
    let faults = plugin.validate_settings(&settings)?;
    if faults.is_empty() {
        Ok(Pinned { plugin, settings })
    } else {
        let (slot, plugin) = (plugin.slot, plugin.name.clone());
        Err(PipelineError::Settings { slot, plugin, faults: faults.join("; ") })
    }
}

/// Why a pipeline could not be made of what was chosen.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Plugin(#[from] crate::plugins::PluginError),
    #[error("settings of the {slot} {plugin} are not valid: {faults}")]
    Settings { slot: Slot, plugin: String, faults: String },
    #[error("there is no plugin {plugin}; known are {known}")]
    Unknown { plugin: String, known: String },
    #[error("nothing that is called {plugin} can be used")]
    Nothing { plugin: String },
}
