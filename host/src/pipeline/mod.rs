//! Pipelines: the three plugins pinned for a container, and what they have learned.
//!
//! A *generation* is bytes: what one cycle made (`generation`). It becomes *live* when its instances stand ready to score (`live`);
//! that happens off the hot path, and live ones are exchanged between two windows. The thresholds (`gate`) belong to the container and live
//! through generations.

pub mod gate;
pub mod generation;
pub mod live;

use std::collections::BTreeSet;
use std::sync::Arc;

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
}

/// The three plugins of a container and their settings.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub vectorizer: Pinned,
    pub detector: Pinned,
    pub thresholds: Pinned,
}

impl Pipeline {
    /// Finds the plugins chosen by the settings and has each check its own.
    pub fn resolve(catalogue: &Catalogue, choice: &PipelineChoice) -> Result<Self, PipelineError> {
        Ok(Self {
            vectorizer: pin(catalogue, Slot::Vectorizer, &choice.vectorizer)?,
            detector: pin(catalogue, Slot::Detector, &choice.detector)?,
            thresholds: pin(catalogue, Slot::Thresholds, &choice.thresholds)?,
        })
    }

    /// The labels of vectorizer, detector and thresholds.
    pub fn labels(&self) -> Vec<String> {
        [&self.vectorizer, &self.detector, &self.thresholds].map(Pinned::label).into()
    }
}

fn pin(catalogue: &Catalogue, slot: Slot, choice: &SlotChoice) -> Result<Pinned, PipelineError> {
    let plugin = catalogue.resolve(&choice.plugin, slot, &BTreeSet::new())?;
    let faults = plugin.validate_settings(&choice.settings)?;
    if faults.is_empty() {
        Ok(Pinned { plugin, settings: choice.settings.clone() })
    } else {
        Err(PipelineError::Settings { slot, plugin: plugin.name.clone(), faults: faults.join("; ") })
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
}
