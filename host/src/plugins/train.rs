//! Training a model: parts at once on rayon's threads, each in an instance that is thrown away, joined in another.
//!
//! Linear memory never shrinks: a model that was trained in place keeps the scratch of its training for ever.

use std::sync::Arc;

use rayon::prelude::*;

use super::detector::Detector;
use super::fault::PluginError;
use super::plugin::Plugin;
use super::rows::Rows;

/// Rows on which a new model is compared with what was loaded from its bytes.
const COMPARED_ROWS: usize = 32;

/// Trains a model and returns it saved. The same rows and seed give the same bytes on any number of threads.
///
/// Before that, the model is loaded from its bytes and must give some of the rows the same scores: a receipt is worth
/// nothing where it does not.
pub fn train_model(
    plugin: &Arc<Plugin>,
    settings: &[(String, String)],
    rows: &Rows,
    seed: u64,
) -> Result<Vec<u8>, PluginError> {
    let parts = plugin.parts.min(u32::try_from(rayon::current_num_threads()).unwrap_or(u32::MAX));
    let mut trained = train_in_parts(plugin, settings, rows, seed, parts)?.model;
    let state = trained.save()?;
    let sample = rows.select(0..rows.len().min(COMPARED_ROWS));
    let first = rows.select(0..rows.len().min(1));
    let mut loaded = Detector::load(plugin, settings, plugin.state_format, &state)?;
    let wanted = trained.score(&sample)?;
    compare(&mut loaded, "loaded again", &sample, &wanted)?;
    compare(&mut loaded, "asked for it alone", &first, &wanted)?;
    Ok(state)
}

/// A model as its training left it.
#[derive(Debug)]
pub struct Trained {
    pub model: Detector,
    /// The most memory that one of the instances took that trained or joined, bytes.
    pub memory_bytes: usize,
}

/// Trains in `parts` parts, at most as many as the plugin allows, and joins them. Nothing is compared.
pub fn train_in_parts(
    plugin: &Arc<Plugin>,
    settings: &[(String, String)],
    rows: &Rows,
    seed: u64,
    parts: u32,
) -> Result<Trained, PluginError> {
    let train = |part| {
        let mut model = Detector::train(plugin, settings, rows, seed, (part, parts))?;
        Ok((model.save()?, model.memory_bytes()))
    };
    let trained = (0..parts).into_par_iter().map(train).collect::<Result<Vec<_>, _>>()?;
    let (states, memories): (Vec<_>, Vec<_>) = trained.into_iter().unzip();
    let model = Detector::merge(plugin, settings, &states)?;
    let memory_bytes = memories.into_iter().fold(model.memory_bytes(), usize::max);
    Ok(Trained { model, memory_bytes })
}

/// Whether the model gives these rows these scores, bit for bit.
fn compare(model: &mut Detector, when: &str, rows: &Rows, wanted: &[f32]) -> Result<(), PluginError> {
    let scores = model.score(rows)?;
    let differ = scores.iter().zip(wanted).position(|(score, wanted)| score.to_bits() != wanted.to_bits());
    match differ {
        Some(row) => {
            let what =
                format!("scored row {row} {} and, {when}, {}; the same row has one score", wanted[row], scores[row]);
            model.instance.accept("score", Err(what))
        }
        None => Ok(()),
    }
}
