//! Slot 1, an instance: turns windows into rows of numbers.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::ResourceAny;

use super::bindings::{types, vectorizer};
use super::check;
use super::cost::Cost;
use super::fault::PluginError;
use super::instance::{Instance, pairs};
use super::limits::CallLimits;
use super::plugin::{Plugin, Slot, SlotIndices};
use super::rows::Rows;
use crate::window::Windows;

/// What a column of the matrix stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub summary: String,
}

/// Something in a window that helped to make it strange.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Text from logs, hence hostile: escape it.
    pub text: String,
    /// `template`, `token` or `column`; others may come.
    pub kind: String,
    /// Stable over restarts, generations and hosts.
    pub id: u64,
    /// Lines of the window, from 0. Empty for counts.
    pub lines: Vec<u32>,
    /// In how many of the `of` learned windows the term stood.
    pub seen: u64,
    pub of: u64,
    /// Its share in what is strange: 0 to 1, all terms together at most 1.
    pub weight: f32,
}

/// One session of a vectorizer.
pub struct Vectorizer {
    instance: Instance,
    guest: vectorizer::Guest,
    session: ResourceAny,
    /// Of all rows this session made.
    columns: Option<u32>,
}

impl Vectorizer {
    /// A session that has learned nothing, with the limits of training.
    pub fn open_to_learn(plugin: &Arc<Plugin>, settings: &[(String, String)], seed: u64) -> Result<Self, PluginError> {
        let (mut instance, guest) = start(plugin, plugin.code.limits.training)?;
        let answer_max = instance.limits.answer_bytes_max;
        let settings = pairs(settings);
        let session = instance.ask("open", answer_max, |store| guest.session().call_open(store, &settings, seed))?;
        Ok(Self { instance, guest, session, columns: None })
    }

    /// A session from what `save` wrote, with the limits of training. `format` is the `state_format` of the plugin that wrote it.
    pub fn load_to_learn(
        plugin: &Arc<Plugin>,
        settings: &[(String, String)],
        format: u32,
        state: &[u8],
    ) -> Result<Self, PluginError> {
        Self::load_within(plugin, plugin.code.limits.training, settings, format, state)
    }

    /// A session from what `save` wrote, with the limits of scoring.
    pub fn load(
        plugin: &Arc<Plugin>,
        settings: &[(String, String)],
        format: u32,
        state: &[u8],
    ) -> Result<Self, PluginError> {
        Self::load_within(plugin, plugin.code.limits.scoring, settings, format, state)
    }

    fn load_within(
        plugin: &Arc<Plugin>,
        limits: CallLimits,
        settings: &[(String, String)],
        format: u32,
        state: &[u8],
    ) -> Result<Self, PluginError> {
        plugin.check_state(format, state)?;
        let (mut instance, guest) = start(plugin, limits)?;
        let settings = pairs(settings);
        let session = instance
            .ask("load", limits.answer_bytes_max, |store| guest.session().call_load(store, &settings, format, state))?;
        Ok(Self { instance, guest, session, columns: None })
    }

    /// From now on, calls of this instance are counted in `cost`.
    pub fn bill(&mut self, cost: Arc<Cost>) {
        self.instance.bill(cost);
    }

    /// All that was learned. `load` of it gives a session that answers with the same bits.
    pub fn save(&mut self) -> Result<Vec<u8>, PluginError> {
        let (guest, session) = (&self.guest, self.session);
        self.instance.ask("save", self.instance.state_bytes_max, |store| guest.session().call_save(store, session))
    }

    /// Learns windows; each once in the life of a session.
    pub fn learn(&mut self, windows: &Windows) -> Result<(), PluginError> {
        self.instance.admit(bytes(windows))?;
        let (guest, session) = (&self.guest, self.session);
        let answer_max = self.instance.limits.answer_bytes_max;
        self.instance.ask("learn", answer_max, |store| guest.session().call_learn(store, session, packed(windows)))
    }

    /// Ends one training cycle: after its last `learn`, before its first `transform`.
    pub fn settle(&mut self) -> Result<(), PluginError> {
        let (guest, session) = (&self.guest, self.session);
        let answer_max = self.instance.limits.answer_bytes_max;
        self.instance.ask("settle", answer_max, |store| guest.session().call_settle(store, session))
    }

    /// One row a window. `learned`: this session learned these windows in the cycle just settled.
    pub fn transform(&mut self, windows: &Windows, learned: bool) -> Result<Rows, PluginError> {
        self.instance.admit(bytes(windows))?;
        let (guest, session) = (&self.guest, self.session);
        let answer_max = self.instance.limits.rows_bytes_max(windows.len());
        let answer = self.instance.ask("transform", answer_max, |store| {
            guest.session().call_transform(store, session, packed(windows), learned)
        })?;
        let rows = self.instance.accept("transform", check::rows(answer, windows.len(), self.columns))?;
        self.columns = Some(rows.columns);
        Ok(rows)
    }

    /// Rows must have so many columns from now on: those of the model that they are for.
    pub fn expect_columns(&mut self, columns: u32) {
        self.columns = Some(columns);
    }

    /// Whether these windows still make these rows, bit for bit; they do not where a state does not hold all that was learned.
    pub fn expect_rows(&mut self, windows: &Windows, wanted: &Rows) -> Result<(), PluginError> {
        let rows = self.transform(windows, false)?;
        let what = "returned other rows for the same windows after its state was loaded again; the same windows have one row each";
        let same = rows.same_bits(wanted);
        self.instance.accept("transform", if same { Ok(()) } else { Err(what.to_owned()) })
    }

    /// What the columns stand for.
    pub fn columns(&mut self) -> Result<Vec<Column>, PluginError> {
        let (guest, session) = (&self.guest, self.session);
        let answer_max = self.instance.limits.answer_bytes_max;
        let answer = self.instance.call("columns", answer_max, |store| guest.session().call_columns(store, session))?;
        self.instance.accept("columns", check::columns(answer, self.columns))
    }

    /// Why the one window in `window` is strange, given a weight for each column (`Detector::explain`): at most `limit`
    /// terms, the heaviest first.
    pub fn explain(&mut self, window: &Windows, weights: &[f32], limit: u32) -> Result<Vec<Term>, PluginError> {
        if window.len() != 1 {
            return Err(self.instance.question(format!("one window is explained at once, not {}", window.len())));
        }
        self.instance.admit(bytes(window) + size_of_val(weights))?;
        let (guest, session) = (&self.guest, self.session);
        let answer_max = self.instance.limits.answer_bytes_max;
        let answer = self.instance.ask("explain", answer_max, |store| {
            guest.session().call_explain(store, session, packed(window), weights, limit)
        })?;
        self.instance.accept("explain", check::terms(answer, limit, window.lines.len()))
    }

    /// Figures about what was learned, for people.
    pub fn stats(&mut self) -> Result<Vec<(String, f64)>, PluginError> {
        let (guest, session) = (&self.guest, self.session);
        let answer =
            self.instance.call("stats", check::CARD_BYTES_MAX, |store| guest.session().call_stats(store, session))?;
        self.instance.accept("stats", check::stats(answer))
    }

    /// Bytes of memory that the instance takes; it never takes less than before.
    pub fn memory_bytes(&self) -> usize {
        self.instance.memory_bytes()
    }
}

impl fmt::Debug for Vectorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vectorizer").field(&self.instance).finish()
    }
}

fn start(plugin: &Plugin, limits: CallLimits) -> Result<(Instance, vectorizer::Guest), PluginError> {
    let SlotIndices::Vectorizer(indices) = &plugin.code.slot else {
        return Err(plugin.wrong_slot(Slot::Vectorizer));
    };
    let (mut instance, component) = Instance::start(&plugin.code, limits)?;
    let guest = instance.bind(|store| indices.load(store, &component))?;
    Ok((instance, guest))
}

/// Windows as a component takes them. Without any window the host keeps no starts; the contract wants the first.
fn packed(windows: &Windows) -> types::Windows<'_> {
    types::Windows {
        data: windows.lines.data(),
        offsets: windows.lines.offsets(),
        times: windows.lines.times(),
        outputs: windows.lines.outputs(),
        starts: if windows.starts.is_empty() { &[0] } else { &windows.starts },
        begins: &windows.begins,
        ends: &windows.ends,
    }
}

/// Bytes that windows take in a component's memory.
fn bytes(windows: &Windows) -> usize {
    windows.lines.text_bytes() + 13 * windows.lines.len() + 20 * windows.len()
}

impl From<vectorizer::Column> for Column {
    fn from(column: vectorizer::Column) -> Self {
        Self { name: column.name, summary: column.summary }
    }
}

impl From<vectorizer::Term> for Term {
    fn from(term: vectorizer::Term) -> Self {
        let vectorizer::Term { text, kind, id, lines, seen, of, weight } = term;
        Self { text, kind, id, lines, seen, of, weight }
    }
}
