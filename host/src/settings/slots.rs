//! Which plugins fill the slots where nothing is said of a container, and their settings.

use std::collections::BTreeMap;

use super::SettingsError;
use crate::plugins::Slot;

/// Keys and values for a plugin, as the user wrote them.
pub type PluginSettings = Vec<(String, String)>;

/// Which plugin fills a slot of every container of which nothing else is said, and with which settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotChoice {
    /// As the flag or the environment says.
    pub flag: Option<String>,
    /// As the settings file says.
    pub file: Option<String>,
    pub default: &'static str,
    pub settings: PluginSettings,
}

impl SlotChoice {
    /// Of the slot `name`: what flag and file say, and its settings of the file, overridden by `sets`.
    pub(super) fn new(
        (name, default): (&str, &'static str),
        (flag, file): (Option<String>, Option<String>),
        table: &BTreeMap<String, toml::Value>,
        sets: &[(String, String, String)],
    ) -> Self {
        Self { flag, file, default, settings: slot_settings(name, table, sets) }
    }

    /// What is said first of flag, file and default.
    pub fn plugin(&self) -> &str {
        self.flag.as_deref().or(self.file.as_deref()).unwrap_or(self.default)
    }
}

/// The three slots of the default pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineChoice {
    pub vectorizer: SlotChoice,
    pub detector: SlotChoice,
    pub thresholds: SlotChoice,
}

impl PipelineChoice {
    pub fn slot(&self, slot: Slot) -> &SlotChoice {
        match slot {
            Slot::Vectorizer => &self.vectorizer,
            Slot::Detector => &self.detector,
            Slot::Thresholds => &self.thresholds,
        }
    }
}

/// `SLOT.KEY=VALUE` texts as (slot, key, value).
pub(super) fn parse_sets(sets: &[String]) -> Result<Vec<(String, String, String)>, SettingsError> {
    sets.iter()
        .map(|text| {
            let (place, value) = text.split_once('=')?;
            let (slot, key) = place.split_once('.')?;
            ["vectorizer", "detector", "thresholds"].contains(&slot).then(|| (slot.into(), key.into(), value.into()))
        })
        .zip(sets)
        .map(|(parsed, text)| parsed.ok_or_else(|| SettingsError::Set { found: text.clone() }))
        .collect()
}

/// What the file says of a slot, overridden by `--set`.
fn slot_settings(
    slot: &str,
    table: &BTreeMap<String, toml::Value>,
    sets: &[(String, String, String)],
) -> PluginSettings {
    let mut merged: BTreeMap<String, String> = table.iter().map(|(key, value)| (key.clone(), plain(value))).collect();
    merged.extend(sets.iter().filter(|set| set.0 == slot).map(|(_, key, value)| (key.clone(), value.clone())));
    merged.into_iter().collect()
}

/// A value of the file as the user would write it in a flag.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
