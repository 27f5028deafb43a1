//! Slot 3, an instance: sees every score of one container in order and says which are too high.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::ResourceAny;

use super::bindings::thresholds;
use super::check;
use super::cost::Cost;
use super::fault::PluginError;
use super::instance::{Instance, pairs};
use super::plugin::{Plugin, Slot, SlotIndices};

/// What was decided about one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Finite and above 0.
    pub threshold: f32,
    /// 0 nothing · 1 info · 2 warning · 3 critical. At 1 or more the score is at or above the threshold.
    pub severity: u8,
}

/// One gate of a thresholds plugin.
pub struct Thresholds {
    instance: Instance,
    guest: thresholds::Guest,
    gate: ResourceAny,
}

impl Thresholds {
    /// A gate that has seen nothing.
    pub fn open(plugin: &Arc<Plugin>, settings: &[(String, String)]) -> Result<Self, PluginError> {
        let (mut instance, guest) = start(plugin)?;
        let answer_max = instance.limits.answer_bytes_max;
        let settings = pairs(settings);
        let gate = instance.ask("open", answer_max, |store| guest.gate().call_open(store, &settings))?;
        Ok(Self { instance, guest, gate })
    }

    /// A gate from what `save` wrote. `format` is the `state_format` of the plugin that wrote it.
    pub fn load(
        plugin: &Arc<Plugin>,
        settings: &[(String, String)],
        format: u32,
        state: &[u8],
    ) -> Result<Self, PluginError> {
        plugin.check_state(format, state)?;
        let (mut instance, guest) = start(plugin)?;
        let answer_max = instance.limits.answer_bytes_max;
        let settings = pairs(settings);
        let gate = instance.ask("load", answer_max, |store| guest.gate().call_load(store, &settings, format, state))?;
        Ok(Self { instance, guest, gate })
    }

    /// From now on, calls of this instance are counted in `cost`.
    pub fn bill(&mut self, cost: Arc<Cost>) {
        self.instance.bill(cost);
    }

    /// All that was seen. `load` of it gives a gate that decides with the same bits.
    pub fn save(&mut self) -> Result<Vec<u8>, PluginError> {
        let (guest, gate) = (&self.guest, self.gate);
        self.instance.ask("save", self.instance.state_bytes_max, |store| guest.gate().call_save(store, gate))
    }

    /// A new generation serves from now on; `scores` are its usual level.
    pub fn calibrate(&mut self, scores: &[f32]) -> Result<(), PluginError> {
        self.instance.admit(size_of_val(scores))?;
        let (guest, gate) = (&self.guest, self.gate);
        let answer_max = self.instance.limits.answer_bytes_max;
        self.instance.ask("calibrate", answer_max, |store| guest.gate().call_calibrate(store, gate, scores))
    }

    /// Whether these scores get these decisions, bit for bit; they do not where a state does not hold all that was seen.
    pub fn expect(&mut self, wanted: &[Decision], scores: &[f32], times: &[u64]) -> Result<(), PluginError> {
        let decided = self.decide(scores, times)?;
        let alike = decided.len() == wanted.len() && decided.iter().zip(wanted).all(|(a, b)| same(a, b));
        let what = "decided otherwise on the same scores after its state was loaded again; the same scores have one decision each";
        self.instance.accept("decide", if alike { Ok(()) } else { Err(what.to_owned()) })
    }

    /// Decides on scores in order of time; `times` are the ends of their windows, nanoseconds since the Unix epoch.
    pub fn decide(&mut self, scores: &[f32], times: &[u64]) -> Result<Vec<Decision>, PluginError> {
        if scores.len() != times.len() {
            return Err(self.instance.question(format!("{} scores have {} times", scores.len(), times.len())));
        }
        self.instance.admit(size_of_val(scores) + size_of_val(times))?;
        let (guest, gate) = (&self.guest, self.gate);
        let answer_max = self.instance.limits.answer_bytes_max;
        let answer =
            self.instance.ask("decide", answer_max, |store| guest.gate().call_decide(store, gate, scores, times))?;
        self.instance.accept("decide", check::decisions(&answer, scores))
    }

    /// Bytes of memory that the instance takes; it never takes less than before.
    pub fn memory_bytes(&self) -> usize {
        self.instance.memory_bytes()
    }
}

/// Whether two decide alike, bit for bit.
fn same(a: &Decision, b: &Decision) -> bool {
    a.threshold.to_bits() == b.threshold.to_bits() && a.severity == b.severity
}

impl fmt::Debug for Thresholds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Thresholds").field(&self.instance).finish()
    }
}

fn start(plugin: &Plugin) -> Result<(Instance, thresholds::Guest), PluginError> {
    let SlotIndices::Thresholds(indices) = &plugin.code.slot else {
        return Err(plugin.wrong_slot(Slot::Thresholds));
    };
    let (mut instance, component) = Instance::start(&plugin.code, plugin.code.limits.scoring)?;
    let guest = instance.bind(|store| indices.load(store, &component))?;
    Ok((instance, guest))
}
