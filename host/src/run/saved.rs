//! Between what is stored of a container and what works: generations, thresholds, alerts.

use std::collections::BTreeSet;

use serde_json::json;

use crate::alert::{Alert, Status};
use crate::identity::Identity;
use crate::pipeline::gate::GateState;
use crate::pipeline::generation::Generation;
use crate::pipeline::{Pinned, Pipeline};
use crate::plugins::{Catalogue, Digest, Slot};
use crate::settings::PluginSettings;
use crate::store::{self, AlertRecord, AlertStatus, GenerationMeta, PluginRef, StoreError, ThresholdsState};

/// Why a stored generation cannot serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnreadableGeneration {
    #[error("generation {number} was made by {made_by}, which is gone, and {now} {reads}; it learns again")]
    Plugin { number: u64, made_by: String, now: String, reads: String },
    #[error("generation {number} was made by {made_by}, which is quarantined")]
    Barred { number: u64, made_by: String },
    #[error("generation {number} is stored incompletely; it learns again")]
    Incomplete { number: u64 },
}

/// Where the plugins of a stored generation are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelf<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) barred: &'a BTreeSet<Digest>,
    /// What was chosen: takes the place of plugins that are gone, where it reads what they learned.
    pub(crate) chosen: &'a Pipeline,
}

pub(crate) fn generation_to_store(generation: &Generation) -> store::Generation {
    let pipeline = &generation.pipeline;
    let plugins = vec![
        plugin_ref("vectorizer", &pipeline.vectorizer, generation.vectorizer_format),
        plugin_ref("detector", &pipeline.detector, generation.model_format),
        plugin_ref("thresholds", &pipeline.thresholds, pipeline.thresholds.plugin.state_format),
    ];
    store::Generation {
        meta: GenerationMeta {
            number: generation.number,
            made_ns: generation.made_ns,
            until_seq: generation.until_seq,
            windows: generation.windows,
            plugins,
            settings: json!({
                "vectorizer": pipeline.vectorizer.settings,
                "detector": pipeline.detector.settings,
                "thresholds": pipeline.thresholds.settings,
            }),
            stats: json!({
                "figures": generation.stats,
                "calibration": generation.calibration,
                "exam": generation.exam,
                "columns": generation.columns,
                "restored": generation.restored,
            }),
        },
        vectorizer_state: generation.vectorizer_state.clone(),
        model: generation.model.clone(),
    }
}

fn plugin_ref(slot: &str, pinned: &Pinned, state_format: u32) -> PluginRef {
    PluginRef {
        slot: slot.into(),
        name: pinned.plugin.name.clone(),
        plugin_version: pinned.plugin.plugin_version.clone(),
        digest: pinned.plugin.digest.to_string(),
        state_format,
    }
}

/// A stored generation with the plugins that made it, or with others that read what these have learned.
pub(crate) fn generation_from_store(
    stored: store::Generation,
    shelf: &Shelf<'_>,
) -> Result<Generation, UnreadableGeneration> {
    let number = stored.meta.number;
    let incomplete = || UnreadableGeneration::Incomplete { number };
    let (vectorizer, vectorizer_format) = maker(&stored.meta, shelf, Slot::Vectorizer)?;
    let (detector, model_format) = maker(&stored.meta, shelf, Slot::Detector)?;
    let stats = &stored.meta.stats;
    let figures = |key: &str| stats.get(key).cloned().ok_or_else(incomplete);
    Ok(Generation {
        number,
        made_ns: stored.meta.made_ns,
        until_seq: stored.meta.until_seq,
        windows: stored.meta.windows,
        pipeline: Pipeline { vectorizer, detector, thresholds: shelf.chosen.thresholds.clone() },
        calibration: serde_json::from_value(figures("calibration")?).map_err(|_| incomplete())?,
        columns: stats.get("columns").and_then(serde_json::Value::as_u64).and_then(|columns| columns.try_into().ok()),
        restored: restored(&stored.meta),
        exam: stats.get("exam").and_then(|exam| serde_json::from_value(exam.clone()).ok()),
        stats: serde_json::from_value(figures("figures")?).map_err(|_| incomplete())?,
        vectorizer_state: stored.vectorizer_state,
        model: stored.model,
        vectorizer_format,
        model_format,
    })
}

/// The plugin that is to serve a slot of a stored generation, and the format of what it learned.
fn maker(meta: &GenerationMeta, shelf: &Shelf<'_>, slot: Slot) -> Result<(Pinned, u32), UnreadableGeneration> {
    let number = meta.number;
    let made = meta.plugins.iter().find(|made| made.slot == slot.as_str());
    let made = made.ok_or(UnreadableGeneration::Incomplete { number })?;
    let made_by = || format!("{}@{} (format {})", made.name, made.plugin_version, made.state_format);
    let digest: Digest = made.digest.parse().map_err(|_| UnreadableGeneration::Incomplete { number })?;
    if shelf.barred.contains(&digest) {
        return Err(UnreadableGeneration::Barred { number, made_by: made_by() });
    }
    if let Some(plugin) = shelf.catalogue.by_digest(&digest) {
        return Ok((Pinned { plugin, settings: settings_of(meta, slot) }, made.state_format));
    }
    let now = shelf.chosen.slot(slot);
    if made.name == now.plugin.name && now.plugin.reads_state.contains(&made.state_format) {
        return Ok((now.clone(), made.state_format));
    }
    let reads: Vec<String> = now.plugin.reads_state.iter().map(u32::to_string).collect();
    let reads = format!("reads formats {}", reads.join(", "));
    Err(UnreadableGeneration::Plugin { number, made_by: made_by(), now: now.name(), reads })
}

fn settings_of(meta: &GenerationMeta, slot: Slot) -> PluginSettings {
    let found = meta.settings.get(slot.as_str()).cloned();
    let mut settings: PluginSettings = found.and_then(|found| serde_json::from_value(found).ok()).unwrap_or_default();
    settings.sort();
    settings
}

/// Under which number a stored generation was made first, where it was stored anew.
fn restored(meta: &GenerationMeta) -> Option<u64> {
    meta.stats.get("restored").and_then(serde_json::Value::as_u64)
}

/// As `Generation::made_as`.
pub(crate) fn made_as(meta: &GenerationMeta) -> u64 {
    restored(meta).unwrap_or(meta.number)
}

/// Whether a stored generation was made by just these plugins with these settings.
pub(crate) fn is_made_by(meta: &GenerationMeta, pipeline: &Pipeline) -> bool {
    [Slot::Vectorizer, Slot::Detector].into_iter().all(|slot| {
        let pinned = pipeline.slot(slot);
        let made = meta.plugins.iter().find(|made| made.slot == slot.as_str());
        made.is_some_and(|made| made.digest == pinned.plugin.digest.to_string())
            && settings_of(meta, slot) == pinned.settings
    })
}

pub(crate) fn gate_to_store(state: GateState) -> ThresholdsState {
    ThresholdsState {
        state_format: state.format,
        plugin: state.plugin,
        digest: state.digest,
        generation: state.generation,
        state: state.bytes,
    }
}

pub(crate) fn gate_from_store(stored: ThresholdsState) -> GateState {
    GateState {
        plugin: stored.plugin,
        digest: stored.digest,
        format: stored.state_format,
        generation: stored.generation,
        bytes: stored.state,
    }
}

/// The columns are for queries; the body holds the whole alert.
pub(crate) fn alert_to_store(identity: &Identity, alert: &Alert) -> Result<AlertRecord, StoreError> {
    Ok(AlertRecord {
        id: alert.id,
        identity: identity.clone(),
        fingerprint: u64::from_str_radix(&alert.fingerprint, 16).unwrap_or_default(),
        status: match alert.status {
            Status::Open => AlertStatus::Open,
            Status::Resolved => AlertStatus::Resolved,
        },
        severity: alert.severity,
        opened_ns: alert.opened_ns,
        last_ns: alert.last_ns,
        resolved_ns: alert.resolved_ns,
        windows: alert.windows,
        peak_scaled: alert.peak,
        body: serde_json::to_value(alert).map_err(|error| StoreError::Damaged(error.to_string()))?,
    })
}

pub(crate) fn alert_from_store(stored: AlertRecord) -> Result<Alert, StoreError> {
    let id = stored.id;
    serde_json::from_value(stored.body)
        .map_err(|error| StoreError::Damaged(format!("the stored alert {id} is not readable: {error}")))
}
