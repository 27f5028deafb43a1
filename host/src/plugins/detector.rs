//! Slot 2, an instance: a trained model that says how strange a row is.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::ResourceAny;

use super::bindings::{detector, types};
use super::check;
use super::cost::Cost;
use super::fault::PluginError;
use super::instance::{Instance, pairs};
use super::limits::CallLimits;
use super::plugin::{Plugin, Slot, SlotIndices};
use super::rows::Rows;

/// Bytes of rows that are scored in one call: enough to make the call cheap, and far below its deadline.
const SCORE_BYTES_MAX: usize = 4 << 20;

/// One model of a detector.
pub struct Detector {
    pub(super) instance: Instance,
    guest: detector::Guest,
    model: ResourceAny,
}

impl Detector {
    /// A model from what `save` wrote. `format` is the `state_format` of the plugin that wrote it.
    pub fn load(
        plugin: &Arc<Plugin>,
        settings: &[(String, String)],
        format: u32,
        state: &[u8],
    ) -> Result<Self, PluginError> {
        plugin.check_state(format, state)?;
        let limits = plugin.code.limits.scoring;
        let (mut instance, guest) = start(plugin, limits)?;
        let settings = pairs(settings);
        let model = instance
            .ask("load", limits.answer_bytes_max, |store| guest.model().call_load(store, &settings, format, state))?;
        Ok(Self { instance, guest, model })
    }

    /// Trains part `part` of `parts`, with the limits of training.
    pub(super) fn train(
        plugin: &Plugin,
        settings: &[(String, String)],
        rows: &Rows,
        seed: u64,
        (part, parts): (u32, u32),
    ) -> Result<Self, PluginError> {
        let limits = plugin.code.limits.training;
        let (mut instance, guest) = start(plugin, limits)?;
        instance.admit(rows.bytes())?;
        let settings = pairs(settings);
        let model = instance.ask("train", limits.answer_bytes_max, |store| {
            guest.model().call_train(store, &settings, packed(rows), seed, part, parts)
        })?;
        Ok(Self { instance, guest, model })
    }

    /// Joins what all parts of one training saved, in their order, with the limits of training.
    pub(super) fn merge(
        plugin: &Plugin,
        settings: &[(String, String)],
        states: &[Vec<u8>],
    ) -> Result<Self, PluginError> {
        let limits = plugin.code.limits.training;
        let (mut instance, guest) = start(plugin, limits)?;
        instance.admit(states.iter().map(Vec::len).sum())?;
        let settings = pairs(settings);
        let states: Vec<&[u8]> = states.iter().map(Vec::as_slice).collect();
        let model = instance.ask("merge", limits.answer_bytes_max, |store| {
            guest.model().call_merge(store, &settings, plugin.state_format, &states)
        })?;
        Ok(Self { instance, guest, model })
    }

    /// From now on, calls of this instance are counted in `cost`.
    pub fn bill(&mut self, cost: Arc<Cost>) {
        self.instance.bill(cost);
    }

    /// The model as bytes. `load` of them gives a model that scores with the same bits.
    pub fn save(&mut self) -> Result<Vec<u8>, PluginError> {
        let (guest, model) = (&self.guest, self.model);
        self.instance.ask("save", self.instance.state_bytes_max, |store| guest.model().call_save(store, model))
    }

    /// One score a row: finite, 0 or more, higher is stranger. Many rows are scored in several calls.
    pub fn score(&mut self, rows: &Rows) -> Result<Vec<f32>, PluginError> {
        if rows.bytes() <= SCORE_BYTES_MAX {
            return self.score_at_once(rows);
        }
        let mut scores = Vec::with_capacity(rows.len());
        for piece in rows.pieces(SCORE_BYTES_MAX) {
            scores.extend(self.score_at_once(&piece)?);
        }
        Ok(scores)
    }

    fn score_at_once(&mut self, rows: &Rows) -> Result<Vec<f32>, PluginError> {
        self.instance.admit(rows.bytes())?;
        let (guest, model) = (&self.guest, self.model);
        let answer_max = self.instance.limits.rows_bytes_max(rows.len());
        let answer =
            self.instance.ask("score", answer_max, |store| guest.model().call_score(store, model, packed(rows)))?;
        self.instance.accept("score", check::scores(answer, rows.len()))
    }

    /// For the one row in `row`: how much each column did to make it strange.
    pub fn explain(&mut self, row: &Rows) -> Result<Vec<f32>, PluginError> {
        if row.len() != 1 {
            return Err(self.instance.question(format!("one row is explained at once, not {}", row.len())));
        }
        let (guest, model) = (&self.guest, self.model);
        let answer_max = self.instance.limits.answer_bytes_max;
        let answer =
            self.instance.ask("explain", answer_max, |store| guest.model().call_explain(store, model, packed(row)))?;
        self.instance.accept("explain", check::weights(answer, row.columns))
    }

    /// Figures about the model, for people.
    pub fn stats(&mut self) -> Result<Vec<(String, f64)>, PluginError> {
        let (guest, model) = (&self.guest, self.model);
        let answer =
            self.instance.call("stats", check::CARD_BYTES_MAX, |store| guest.model().call_stats(store, model))?;
        self.instance.accept("stats", check::stats(answer))
    }

    /// Bytes of memory that the instance takes; it never takes less than before.
    pub fn memory_bytes(&self) -> usize {
        self.instance.memory_bytes()
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Detector").field(&self.instance).finish()
    }
}

fn start(plugin: &Plugin, limits: CallLimits) -> Result<(Instance, detector::Guest), PluginError> {
    let SlotIndices::Detector(indices) = &plugin.code.slot else {
        return Err(plugin.wrong_slot(Slot::Detector));
    };
    let (mut instance, component) = Instance::start(&plugin.code, limits)?;
    let guest = instance.bind(|store| indices.load(store, &component))?;
    Ok((instance, guest))
}

/// Rows as a component takes them.
fn packed(rows: &Rows) -> types::RowsParam<'_> {
    types::RowsParam { columns: rows.columns, row_ptr: &rows.row_ptr, idx: &rows.idx, val: &rows.val }
}
