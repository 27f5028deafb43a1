//! A container's thresholds: they see every score in order and live through generations.

use super::Pinned;
use crate::history::{Severity, Verdict};
use crate::plugins::{Decision, PluginError, Thresholds};

/// What is saved of a gate, and which plugin wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateState {
    /// Digest of the plugin, hexadecimal.
    pub digest: String,
    pub format: u32,
    pub bytes: Vec<u8>,
}

/// The instance of a container's thresholds plugin. Calls block.
#[derive(Debug)]
pub struct Gate {
    pinned: Pinned,
    instance: Thresholds,
}

impl Gate {
    /// Opens a gate with what it knew before, where the plugin can read that; else one that has seen nothing.
    pub fn open(pinned: &Pinned, state: Option<&GateState>) -> Result<Self, PluginError> {
        let plugin = &pinned.plugin;
        let instance = match state {
            Some(state) if plugin.reads_state.contains(&state.format) => {
                Thresholds::load(plugin, &pinned.settings, state.format, &state.bytes)?
            }
            _ => Thresholds::open(plugin, &pinned.settings)?,
        };
        Ok(Self { pinned: pinned.clone(), instance })
    }

    pub fn pinned(&self) -> &Pinned {
        &self.pinned
    }

    /// A new generation serves from now on; `calibration` is what it usually gives.
    pub fn calibrate(&mut self, calibration: &[f32]) -> Result<(), PluginError> {
        self.instance.calibrate(calibration)
    }

    /// Decides on scores in order; `times` are the ends of their windows.
    pub fn decide(&mut self, generation: u64, scores: &[f32], times: &[u64]) -> Result<Vec<Verdict>, PluginError> {
        let decisions = self.instance.decide(scores, times)?;
        Ok(decisions.iter().zip(scores).map(|(decision, &score)| verdict(generation, score, decision)).collect())
    }

    pub fn save(&mut self) -> Result<GateState, PluginError> {
        let plugin = &self.pinned.plugin;
        Ok(GateState { digest: plugin.digest.to_string(), format: plugin.state_format, bytes: self.instance.save()? })
    }
}

fn verdict(generation: u64, score: f32, decision: &Decision) -> Verdict {
    let severity = Severity::from_code(decision.severity).unwrap_or(Severity::Critical);
    Verdict { score, threshold: decision.threshold, severity, generation }
}
