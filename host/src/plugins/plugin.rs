//! A plugin: what it says of itself, and its compiled code. Cheap to share; instances are made from it.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::InstancePre;

use super::bindings::{detector, lifecycle, thresholds, vectorizer};
use super::check;
use super::digest::Digest;
use super::fault::{Label, PluginError};
use super::instance::{self, Instance};
use super::limits::{CallLimits, Limits};
use super::state::State;
use super::version::PluginVersion;

/// What a plugin is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    Vectorizer,
    Detector,
    Thresholds,
}

impl Slot {
    pub const ALL: [Self; 3] = [Self::Vectorizer, Self::Detector, Self::Thresholds];

    /// The name of its interface in the contract, and for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vectorizer => "vectorizer",
            Self::Detector => "detector",
            Self::Thresholds => "thresholds",
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One setting that a plugin takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub summary: String,
    /// The value used when the user says nothing.
    pub default: String,
}

/// A component that was checked and compiled.
pub struct Plugin {
    /// What identifies it.
    pub digest: Digest,
    pub slot: Slot,
    pub name: String,
    /// `MAJOR.MINOR.PATCH`.
    pub plugin_version: String,
    /// One sentence for people.
    pub summary: String,
    /// Format number of what `save` writes, and those that `load` reads.
    pub state_format: u32,
    pub reads_state: Vec<u32>,
    /// Into how many parts one training may be split; 1 for all but detectors.
    pub parts: u32,
    /// The version of the contract that it was made for, such as `0.1.0`.
    pub contract: String,
    /// Interfaces that it asks of the host.
    pub imports: Vec<String>,
    /// The component itself: receipts keep it, whatever becomes of its file.
    pub bytes: Arc<[u8]>,
    /// Where it came from, for people: a path, or `built-in`.
    pub source: String,
    pub schema: Vec<Setting>,
    pub(super) version: PluginVersion,
    pub(super) code: Code,
}

/// What instances are made of.
pub(super) struct Code {
    pub(super) label: Label,
    pub(super) pre: InstancePre<State>,
    pub(super) lifecycle: lifecycle::GuestIndices,
    pub(super) slot: SlotIndices,
    pub(super) limits: Arc<Limits>,
}

/// Where the functions of a plugin's slot are.
pub(super) enum SlotIndices {
    Vectorizer(vectorizer::GuestIndices),
    Detector(detector::GuestIndices),
    Thresholds(thresholds::GuestIndices),
}

impl Plugin {
    /// Asks the plugin to check settings; one sentence for each that is bad.
    pub fn validate_settings(&self, settings: &[(String, String)]) -> Result<Vec<String>, PluginError> {
        let (mut instance, guest) = self.code.start_card()?;
        let settings = instance::pairs(settings);
        let bytes = settings.iter().map(|(key, value)| key.len() + value.len() + 16).sum();
        instance.admit(bytes)?;
        let errors = instance
            .call("validate-settings", check::CARD_BYTES_MAX, |store| guest.call_validate_settings(store, &settings))?;
        instance.accept("validate-settings", check::setting_errors(errors))
    }

    /// Whether a saved state may be given to `load`.
    pub(super) fn check_state(&self, format: u32, state: &[u8]) -> Result<(), PluginError> {
        let plugin = self.code.label.clone();
        if !self.reads_state.contains(&format) {
            let reads: Vec<String> = self.reads_state.iter().map(u32::to_string).collect();
            return Err(PluginError::Format { plugin, found: format, reads: reads.join(", ") });
        }
        let most = self.code.limits.state_bytes_max;
        if state.len() > most {
            let what = format!("a state of {} bytes is too large; {most} are allowed", state.len());
            return Err(PluginError::Question { plugin, what });
        }
        Ok(())
    }

    pub(super) fn wrong_slot(&self, wanted: Slot) -> PluginError {
        PluginError::WrongSlot { plugin: self.code.label.clone(), found: self.slot, wanted }
    }
}

impl Code {
    /// An instance for the calls that ask a plugin what it is.
    pub(super) fn start_card(&self) -> Result<(Instance, lifecycle::Guest), PluginError> {
        let limits = CallLimits { deadline_ms: super::limits::CARD_DEADLINE_MS, ..self.limits.scoring };
        let (mut instance, component) = Instance::start(self, limits)?;
        let guest = instance.bind(|store| self.lifecycle.load(store, &component))?;
        Ok((instance, guest))
    }

    /// Whether the functions of the slot have the types of the contract.
    pub(super) fn check_types(&self) -> Result<(), PluginError> {
        let (mut instance, component) = Instance::start(self, self.limits.scoring)?;
        instance.bind(|store| match &self.slot {
            SlotIndices::Vectorizer(indices) => indices.load(store, &component).map(drop),
            SlotIndices::Detector(indices) => indices.load(store, &component).map(drop),
            SlotIndices::Thresholds(indices) => indices.load(store, &component).map(drop),
        })
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({} {})", self.slot, self.code.label)
    }
}
