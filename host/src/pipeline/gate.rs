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
    /// The generation it was calibrated for.
    pub generation: u64,
    pub bytes: Vec<u8>,
}

/// The instance of a container's thresholds plugin. Calls block.
#[derive(Debug)]
pub struct Gate {
    pinned: Pinned,
    instance: Thresholds,
    /// The generation it was calibrated for; 0 before any.
    generation: u64,
}

impl Gate {
    /// Opens a gate with what it knew before, where the plugin can read that; else one that has seen nothing.
    pub fn open(pinned: &Pinned, state: Option<&GateState>) -> Result<Self, PluginError> {
        let plugin = &pinned.plugin;
        let known = state.filter(|state| plugin.reads_state.contains(&state.format)).and_then(|state| {
            let loaded = Thresholds::load(plugin, &pinned.settings, state.format, &state.bytes);
            // Another plugin, or other settings, may refuse the bytes: then it is calibrated anew.
            loaded.ok().map(|instance| (instance, state.generation))
        });
        let (instance, generation) = match known {
            Some(known) => known,
            None => (Thresholds::open(plugin, &pinned.settings)?, 0),
        };
        Ok(Self { pinned: pinned.clone(), instance, generation })
    }

    pub fn pinned(&self) -> &Pinned {
        &self.pinned
    }

    /// `generation` serves from now on; `calibration` is what it usually gives. Nothing changes where it served before.
    pub fn calibrate(&mut self, generation: u64, calibration: &[f32]) -> Result<(), PluginError> {
        if self.generation != generation {
            self.instance.calibrate(calibration)?;
            self.generation = generation;
        }
        Ok(())
    }

    /// Decides on scores in order; `times` are the ends of their windows.
    pub fn decide(&mut self, scores: &[f32], times: &[u64]) -> Result<Vec<Verdict>, PluginError> {
        let decisions = self.instance.decide(scores, times)?;
        Ok(decisions.iter().zip(scores).map(|(decision, &score)| verdict(self.generation, score, decision)).collect())
    }

    pub fn save(&mut self) -> Result<GateState, PluginError> {
        let plugin = &self.pinned.plugin;
        Ok(GateState {
            digest: plugin.digest.to_string(),
            format: plugin.state_format,
            generation: self.generation,
            bytes: self.instance.save()?,
        })
    }
}

fn verdict(generation: u64, score: f32, decision: &Decision) -> Verdict {
    let severity = Severity::from_code(decision.severity).unwrap_or(Severity::Critical);
    Verdict { score, threshold: decision.threshold, severity, generation }
}
