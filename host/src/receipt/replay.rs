//! Computes a verdict again from its case. Everything comes from the evidence, nothing from what is installed.

use std::sync::Arc;

use super::case::{Bits, Case, FORMAT, Part, Voter};
use super::evidence::{digest, unpack};
use crate::identity::Identity;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::{Gate, GateState};
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::pipeline::{Pinned, Pipeline};
use crate::plugins::{LoadError, PluginError, Plugins, Slot};
use crate::window::{Cut, Windows};

/// What was recorded, and what came of computing it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    pub case: Case,
    pub again: Bits,
}

impl Replayed {
    pub fn is_same(&self) -> bool {
        self.case.verdict == self.again
    }
}

/// Why it cannot be computed again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("{what} is not kept any more (sha256:{digest}): it went with old evidence, or the file lacks it")]
    Missing { what: &'static str, digest: String },
    #[error("{what} is not what its digest says: found sha256:{found}, recorded is sha256:{recorded}")]
    Changed { what: &'static str, found: String, recorded: String },
    #[error("{what} cannot be read: {why}")]
    Unreadable { what: &'static str, why: String },
    #[error("the case has format {found}; this Foghorn reads {FORMAT}")]
    Format { found: u32 },
    #[error("{what} is a {found}, not a {wanted}")]
    Slot { what: &'static str, found: Slot, wanted: Slot },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

/// Where evidence is found by its digest.
pub type Fetch<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// Computes the verdict of the case with this digest again. Blocks: components are compiled.
pub fn replay(plugins: &Plugins, case: &str, fetch: &Fetch<'_>) -> Result<Replayed, ReplayError> {
    let bytes = find(fetch, "the case", case)?;
    let case: Case = serde_json::from_slice(&bytes)
        .map_err(|error| ReplayError::Unreadable { what: "the case", why: error.to_string() })?;
    if case.format != FORMAT {
        return Err(ReplayError::Format { found: case.format });
    }
    let part = |what, part: &Part, slot| pinned(plugins, fetch, what, part, slot);
    let pipeline = Pipeline {
        vectorizer: part("the vectorizer", &case.vectorizer, Slot::Vectorizer)?,
        detector: part("the detector", &case.detector, Slot::Detector)?,
        thresholds: part("the thresholds", &case.thresholds, Slot::Thresholds)?,
    };
    let generations: Vec<Arc<Generation>> =
        case.voters.iter().map(|voter| generation(fetch, voter, &pipeline)).collect::<Result<_, _>>()?;
    let windows = window(fetch, &case)?;
    let costs = Costs::new(Arc::default(), Identity::from_text(&case.container));
    let Some((newest, elders)) = generations.split_first() else {
        return Err(ReplayError::Unreadable { what: "the case", why: "it names no generation".into() });
    };
    let mut live = Live::open(Arc::clone(newest), &costs)?.with_elders(elders, &costs);
    if live.voters().len() != elders.len() {
        return Err(ReplayError::Unreadable { what: "a generation that voted", why: "it cannot be opened".into() });
    }
    let score = live.score(&windows)?.first().copied().unwrap_or_default();
    let verdict = decide(&case, &pipeline.thresholds, fetch, score, &costs)?;
    Ok(Replayed { case, again: verdict })
}

fn decide(case: &Case, thresholds: &Pinned, fetch: &Fetch<'_>, score: f32, costs: &Costs) -> Result<Bits, ReplayError> {
    let state = GateState {
        plugin: thresholds.plugin.name.clone(),
        digest: thresholds.plugin.digest.to_string(),
        format: case.thresholds.state_format,
        generation: case.calibrated_for,
        bytes: find(fetch, "what the thresholds knew", &case.thresholds.state)?,
    };
    let mut gate = Gate::open(thresholds, Some(&state), costs)?;
    if gate.generation() != state.generation {
        let why = "the thresholds do not read it".into();
        return Err(ReplayError::Unreadable { what: "what the thresholds knew", why });
    }
    let mut scores: Vec<f32> = case.before.iter().map(|&(bits, _)| f32::from_bits(bits)).collect();
    let mut times: Vec<u64> = case.before.iter().map(|&(_, end_ns)| end_ns).collect();
    scores.push(score);
    times.push(case.end_ns);
    let verdicts = gate.decide(&scores, &times)?;
    let unanswered = || ReplayError::Unreadable { what: "the verdict", why: "the thresholds gave none".into() };
    verdicts.last().map(Bits::from).ok_or_else(unanswered)
}

/// The bytes of a digest, once it is known that they are.
fn find(fetch: &Fetch<'_>, what: &'static str, recorded: &str) -> Result<Vec<u8>, ReplayError> {
    let missing = || ReplayError::Missing { what, digest: recorded.to_owned() };
    let bytes = fetch(recorded).ok_or_else(missing)?;
    let found = digest(&bytes);
    if found != recorded {
        return Err(ReplayError::Changed { what, found, recorded: recorded.to_owned() });
    }
    Ok(bytes)
}

fn pinned(
    plugins: &Plugins,
    fetch: &Fetch<'_>,
    what: &'static str,
    part: &Part,
    wanted: Slot,
) -> Result<Pinned, ReplayError> {
    let plugin = plugins.load(&find(fetch, what, &part.component)?, "evidence")?;
    if plugin.slot != wanted {
        return Err(ReplayError::Slot { what, found: plugin.slot, wanted });
    }
    Ok(Pinned { plugin, settings: part.settings.clone() })
}

fn generation(fetch: &Fetch<'_>, voter: &Voter, pipeline: &Pipeline) -> Result<Arc<Generation>, ReplayError> {
    Ok(Arc::new(Generation {
        number: voter.number,
        made_ns: 0,
        until_seq: 0,
        windows: 0,
        pipeline: pipeline.clone(),
        vectorizer_state: find(fetch, "what the vectorizer had learned", &voter.vectorizer_state)?,
        model: find(fetch, "the model", &voter.model)?,
        vectorizer_format: voter.vectorizer_format,
        model_format: voter.model_format,
        columns: voter.columns,
        restored: None,
        calibration: voter.calibration.iter().map(|&bits| f32::from_bits(bits)).collect(),
        exam: None,
        stats: Vec::new(),
    }))
}

fn window(fetch: &Fetch<'_>, case: &Case) -> Result<Windows, ReplayError> {
    let bytes = find(fetch, "the window", &case.window)?;
    let unreadable = || ReplayError::Unreadable { what: "the window", why: "these are no lines".into() };
    let lines = unpack(&bytes).ok_or_else(unreadable)?;
    let mut windows = Windows::default();
    windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns: case.begin_ns, end_ns: case.end_ns });
    Ok(windows)
}
