//! Between what is stored of a container and what works: generations, thresholds, alerts.

use serde_json::json;

use crate::alert::{Alert, Status};
use crate::identity::Identity;
use crate::pipeline::gate::GateState;
use crate::pipeline::generation::Generation;
use crate::pipeline::{Pinned, Pipeline};
use crate::store::{self, AlertRecord, AlertStatus, PluginRef, StoreError, ThresholdsState};

/// Why a stored generation cannot serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnreadableGeneration {
    #[error("generation {number} was made by {made_by}, and {now} {reads}; it learns again")]
    Plugin { number: u64, made_by: String, now: String, reads: String },
    #[error("generation {number} is stored incompletely; it learns again")]
    Incomplete { number: u64 },
}

pub(crate) fn generation_to_store(generation: &Generation) -> store::Generation {
    let pipeline = &generation.pipeline;
    let plugins = vec![
        plugin_ref("vectorizer", &pipeline.vectorizer),
        plugin_ref("detector", &pipeline.detector),
        plugin_ref("thresholds", &pipeline.thresholds),
    ];
    store::Generation {
        meta: store::GenerationMeta {
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
            stats: json!({ "figures": generation.stats, "calibration": generation.calibration }),
        },
        vectorizer_state: generation.vectorizer_state.clone(),
        model: generation.model.clone(),
    }
}

fn plugin_ref(slot: &str, pinned: &Pinned) -> PluginRef {
    PluginRef {
        slot: slot.into(),
        name: pinned.plugin.name.clone(),
        plugin_version: pinned.plugin.plugin_version.clone(),
        digest: pinned.plugin.digest.to_string(),
        state_format: pinned.plugin.state_format,
    }
}

/// A stored generation under today's pipeline, where its plugins can read what was made.
pub(crate) fn generation_from_store(
    stored: store::Generation,
    pipeline: &Pipeline,
) -> Result<Generation, UnreadableGeneration> {
    let number = stored.meta.number;
    let incomplete = || UnreadableGeneration::Incomplete { number };
    check_readable(number, stored.meta.plugins.iter().find(|made| made.slot == "vectorizer"), &pipeline.vectorizer)?;
    check_readable(number, stored.meta.plugins.iter().find(|made| made.slot == "detector"), &pipeline.detector)?;
    let figures = |key: &str| stored.meta.stats.get(key).cloned().ok_or_else(incomplete);
    Ok(Generation {
        number,
        made_ns: stored.meta.made_ns,
        until_seq: stored.meta.until_seq,
        windows: stored.meta.windows,
        pipeline: pipeline.clone(),
        calibration: serde_json::from_value(figures("calibration")?).map_err(|_| incomplete())?,
        stats: serde_json::from_value(figures("figures")?).map_err(|_| incomplete())?,
        vectorizer_state: stored.vectorizer_state,
        model: stored.model,
    })
}

fn check_readable(number: u64, made: Option<&PluginRef>, now: &Pinned) -> Result<(), UnreadableGeneration> {
    let made = made.ok_or(UnreadableGeneration::Incomplete { number })?;
    if made.name == now.plugin.name && now.plugin.state_format == made.state_format {
        return Ok(());
    }
    Err(UnreadableGeneration::Plugin {
        number,
        made_by: format!("{}@{} (format {})", made.name, made.plugin_version, made.state_format),
        now: format!("{}@{}", now.plugin.name, now.plugin.plugin_version),
        reads: format!("writes format {}", now.plugin.state_format),
    })
}

pub(crate) fn gate_to_store(state: GateState) -> ThresholdsState {
    ThresholdsState {
        state_format: state.format,
        digest: state.digest,
        generation: state.generation,
        state: state.bytes,
    }
}

pub(crate) fn gate_from_store(stored: ThresholdsState) -> GateState {
    GateState { digest: stored.digest, format: stored.state_format, generation: stored.generation, bytes: stored.state }
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
