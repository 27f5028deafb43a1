//! A container's thresholds: they see every score in order and live through generations.

use super::Pinned;
use super::costs::Costs;
use crate::history::{Severity, Verdict};
use crate::plugins::{Decision, PluginError, Slot, Thresholds};

/// What is saved of a gate, and which plugin wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateState {
    /// Name of the plugin; empty where an older host did not say.
    pub plugin: String,
    /// Digest of the plugin, hexadecimal.
    pub digest: String,
    pub format: u32,
    /// The generation it was calibrated for.
    pub generation: u64,
    pub bytes: Vec<u8>,
}

impl GateState {
    /// Whether the plugin says that it can read this. Another plugin's bytes are not given to it, whatever their format is called.
    pub fn is_for(&self, pinned: &Pinned) -> bool {
        let known = self.plugin.is_empty() || self.plugin == pinned.plugin.name;
        known && pinned.plugin.reads_state.contains(&self.format)
    }
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
    pub fn open(pinned: &Pinned, state: Option<&GateState>, costs: &Costs) -> Result<Self, PluginError> {
        let plugin = &pinned.plugin;
        let known = state.filter(|state| state.is_for(pinned)).and_then(|state| {
            let loaded = Thresholds::load(plugin, &pinned.settings, state.format, &state.bytes);
            // Another plugin, or other settings, may refuse the bytes: then it is calibrated anew.
            loaded.ok().map(|instance| (instance, state.generation))
        });
        let (mut instance, generation) = match known {
            Some(known) => known,
            None => (Thresholds::open(plugin, &pinned.settings)?, 0),
        };
        instance.bill(costs.of(Slot::Thresholds, plugin.digest));
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

    /// `generation` serves from now on, and gives the same scores as the one before.
    pub fn adopt(&mut self, generation: u64) {
        self.generation = generation;
    }

    /// The generation it is calibrated for; 0 before any.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Bytes of linear memory that its instance has.
    pub fn memory_bytes(&self) -> u64 {
        self.instance.memory_bytes() as u64
    }

    /// Decides on scores in order; `times` are the ends of their windows.
    pub fn decide(&mut self, scores: &[f32], times: &[u64]) -> Result<Vec<Verdict>, PluginError> {
        let decisions = self.instance.decide(scores, times)?;
        Ok(decisions.iter().zip(scores).map(|(decision, &score)| verdict(self.generation, score, decision)).collect())
    }

    /// Whether it decides so, bit for bit; it does not where a state does not hold all that was seen.
    pub fn expect(&mut self, wanted: &[Verdict], scores: &[f32], times: &[u64]) -> Result<(), PluginError> {
        let wanted: Vec<Decision> = wanted.iter().map(decision).collect();
        self.instance.expect(&wanted, scores, times)
    }

    pub fn save(&mut self) -> Result<GateState, PluginError> {
        let plugin = &self.pinned.plugin;
        Ok(GateState {
            plugin: plugin.name.clone(),
            digest: plugin.digest.to_string(),
            format: plugin.state_format,
            generation: self.generation,
            bytes: self.instance.save()?,
        })
    }
}

fn decision(verdict: &Verdict) -> Decision {
    Decision { threshold: verdict.threshold, severity: verdict.severity as u8 }
}

fn verdict(generation: u64, score: f32, decision: &Decision) -> Verdict {
    let severity = Severity::from_code(decision.severity).unwrap_or(Severity::Critical);
    Verdict { score, threshold: decision.threshold, severity, generation }
}
