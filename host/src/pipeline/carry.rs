//! A generation under other plugins, without training: where these read what was learned, and make the same of it.
//!
//! A newer version that says it reads the state is believed only as far as it shows: on the newest windows of the container it must give the
//! same rows and scores, bit for bit. Then thresholds need no calibration either. Anything else is trained.

use std::sync::Arc;

use super::costs::Costs;
use super::generation::Generation;
use super::live::{Live, pieces};
use super::{Pinned, Pipeline};
use crate::plugins::{PluginError, Rows};
use crate::window::Windows;

/// `old` as generation `number` of `pipeline`, ready to score; `None` where it has to be trained. `sample` are windows that `old` can score;
/// without any there is nothing to show.
pub fn carry(
    old: &Arc<Generation>,
    pipeline: &Pipeline,
    number: u64,
    sample: &Windows,
    costs: &Costs,
) -> Result<Option<Live>, PluginError> {
    if sample.is_empty() || !reads_all(old, pipeline) {
        return Ok(None);
    }
    // An old plugin that fails here cannot show anything; that is no reason to keep it.
    let Ok(wanted) = Live::open(Arc::clone(old), costs).and_then(|mut live| said_by(&mut live, sample)) else {
        return Ok(None);
    };
    let carried = Generation { number, pipeline: pipeline.clone(), restored: None, ..Generation::clone(old) };
    let mut after = match Live::open(Arc::new(carried), costs) {
        Ok(after) => after,
        // It said that it could read this; what it cannot it may learn.
        Err(error) if !error.is_fault() => return Ok(None),
        Err(error) => return Err(error),
    };
    let same = said_by(&mut after, sample)? == wanted;
    Ok(same.then_some(after))
}

fn reads_all(old: &Generation, pipeline: &Pipeline) -> bool {
    let reads = |made: &Pinned, now: &Pinned, format: u32| {
        made.plugin.name == now.plugin.name && made.settings == now.settings && now.plugin.reads_state.contains(&format)
    };
    reads(&old.pipeline.vectorizer, &pipeline.vectorizer, old.vectorizer_format)
        && reads(&old.pipeline.detector, &pipeline.detector, old.model_format)
}

/// All that a generation says of windows, as it can be compared: the names of its columns, its rows, the bits of its scores.
#[derive(PartialEq)]
struct Said {
    columns: Vec<String>,
    rows: Vec<RowBits>,
    scores: Vec<u32>,
}

fn said_by(live: &mut Live, sample: &Windows) -> Result<Said, PluginError> {
    let (mut rows, mut scores) = (Vec::new(), Vec::new());
    for piece in pieces(sample) {
        let made = live.rows(&piece)?;
        scores.extend(live.score_rows(&made)?.into_iter().map(f32::to_bits));
        rows.push(RowBits(made));
    }
    Ok(Said { columns: live.column_names()?, rows, scores })
}

/// Rows that are equal where their bits are.
struct RowBits(Rows);

impl PartialEq for RowBits {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_bits(&other.0)
    }
}
