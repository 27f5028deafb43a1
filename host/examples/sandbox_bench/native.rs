//! The plugins' crates, linked like any other.

use foghorn::plugins::{Decision, Rows};
use foghorn::window::Windows;
use foghorn_iforest::Model;
use foghorn_thresholds::Gate;
use foghorn_vectorizer::Session;

use crate::Outcome;
use crate::kernels::SEED;
use crate::side::{Learned, Side};

/// Rows on which the host compares a model with what was loaded from its bytes.
const COMPARED_ROWS: usize = 32;

pub(crate) struct Native {
    session: Session,
    model: Model,
    gate: Gate,
}

impl Native {
    pub(crate) fn new(learned: &Learned) -> Outcome<Self> {
        let settings = foghorn_vectorizer::Settings::default();
        let session = Session::load(settings, foghorn_vectorizer::FORMAT, &learned.session).map_err(|e| e.message)?;
        let model = Model::load(foghorn_iforest::FORMAT, &learned.model).map_err(|e| e.message)?;
        let mut gate = Gate::new(foghorn_thresholds::Settings::default());
        gate.calibrate(&learned.calibration).map_err(|e| e.message)?;
        Ok(Self { session, model, gate })
    }
}

impl Side for Native {
    fn learn(&mut self, batches: &[Windows]) -> Outcome<Vec<u8>> {
        learn(batches).map(|session| session.save())
    }

    fn transform(&mut self, batch: &Windows) -> Outcome<Rows> {
        transform(&mut self.session, batch, false)
    }

    fn train(&mut self, rows: &Rows) -> Outcome<Vec<u8>> {
        train(rows)
    }

    fn score(&mut self, rows: &Rows) -> Outcome<Vec<f32>> {
        score(&self.model, rows)
    }

    fn decide(&mut self, scores: &[f32], times: &[u64]) -> Outcome<Vec<Decision>> {
        let decisions = self.gate.decide(scores, times).map_err(|e| e.message)?;
        Ok(decisions.iter().map(|d| Decision { threshold: d.threshold, severity: d.severity }).collect())
    }
}

/// A new session that has learned the batches.
pub(crate) fn learn(batches: &[Windows]) -> Outcome<Session> {
    let mut session = Session::open(foghorn_vectorizer::Settings::default());
    for batch in batches {
        session.learn(view(batch)).map_err(|e| e.message)?;
    }
    session.settle();
    Ok(session)
}

pub(crate) fn transform(session: &mut Session, batch: &Windows, learned: bool) -> Outcome<Rows> {
    let rows = session.transform(view(batch), learned).map_err(|e| e.message)?;
    Ok(Rows { columns: rows.columns, row_ptr: rows.row_ptr, idx: rows.idx, val: rows.val })
}

pub(crate) fn train(rows: &Rows) -> Outcome<Vec<u8>> {
    let checked = checked(rows)?;
    let settings = foghorn_iforest::Settings::default();
    let part = Model::train(&settings, &checked, SEED, 0, 1).map_err(|e| e.message)?.save();
    let merged = Model::merge(foghorn_iforest::FORMAT, &[part]).map_err(|e| e.message)?;
    let state = merged.save();
    let loaded = Model::load(foghorn_iforest::FORMAT, &state).map_err(|e| e.message)?;
    let sample = rows.select(0..rows.len().min(COMPARED_ROWS));
    if score(&merged, &sample)? != score(&loaded, &sample)? {
        return Err("a loaded model scores otherwise".into());
    }
    Ok(state)
}

pub(crate) fn score(model: &Model, rows: &Rows) -> Outcome<Vec<f32>> {
    Ok(model.strangeness(&checked(rows)?).map_err(|e| e.message)?)
}

fn checked(rows: &Rows) -> Outcome<foghorn_iforest::Rows<'_>> {
    Ok(foghorn_iforest::Rows::check(rows.columns, &rows.row_ptr, &rows.idx, &rows.val).map_err(|e| e.message)?)
}

fn view(windows: &Windows) -> foghorn_vectorizer::Windows<'_> {
    foghorn_vectorizer::Windows {
        data: windows.lines.data(),
        offsets: windows.lines.offsets(),
        times: windows.lines.times(),
        outputs: windows.lines.outputs(),
        starts: &windows.starts,
        begins: &windows.begins,
        ends: &windows.ends,
    }
}
