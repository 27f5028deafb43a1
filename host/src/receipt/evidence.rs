//! The bytes that a case names, gathered where a verdict was made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::case::{Bits, Case, FORMAT, Part, Voter};
use crate::history::Verdict;
use crate::identity::Identity;
use crate::line::Lines;
use crate::pipeline::Pinned;
use crate::pipeline::gate::GateState;
use crate::pipeline::generation::Generation;
use crate::plugins::{Digest, Plugin};
use crate::window::Windows;

/// Bytes with their digest. What is large is shared, not copied.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// SHA-256, hexadecimal.
    pub digest: String,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Bytes(Arc<[u8]>),
    Component(Arc<Plugin>),
    VectorizerState(Arc<Generation>),
    Model(Arc<Generation>),
}

impl Evidence {
    fn new(source: Source) -> Self {
        let mut evidence = Self { digest: String::new(), source };
        evidence.digest = match &evidence.source {
            Source::Component(plugin) => plugin.digest.to_string(),
            _ => digest(evidence.bytes()),
        };
        evidence
    }

    pub fn bytes(&self) -> &[u8] {
        match &self.source {
            Source::Bytes(bytes) => bytes,
            Source::Component(plugin) => &plugin.bytes,
            Source::VectorizerState(generation) => &generation.vectorizer_state,
            Source::Model(generation) => &generation.model,
        }
    }
}

/// Two pieces are the same when their bytes are.
impl PartialEq for Evidence {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

/// SHA-256, hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// What stays the same for all windows of a generation: reckoned once.
#[derive(Debug, Clone)]
pub struct Exhibits {
    voters: Vec<Voter>,
    vectorizer: Part,
    detector: Part,
    pieces: Vec<Evidence>,
}

impl Exhibits {
    /// `generations` are the one that scores, then those that vote with it.
    pub fn of(generations: &[Arc<Generation>]) -> Option<Self> {
        let newest = generations.first()?;
        let mut pieces = Vec::new();
        let mut piece = |source| {
            let evidence = Evidence::new(source);
            let digest = evidence.digest.clone();
            pieces.push(evidence);
            digest
        };
        let voters: Vec<Voter> = generations
            .iter()
            .map(|generation| Voter {
                number: generation.number,
                vectorizer_state: piece(Source::VectorizerState(Arc::clone(generation))),
                model: piece(Source::Model(Arc::clone(generation))),
                vectorizer_format: generation.vectorizer_format,
                model_format: generation.model_format,
                columns: generation.columns,
                calibration: generation.calibration.iter().map(|score| score.to_bits()).collect(),
            })
            .collect();
        let mut part = |pinned: &Pinned, state: &str, state_format| Part {
            name: pinned.name(),
            component: piece(Source::Component(Arc::clone(&pinned.plugin))),
            state: state.to_owned(),
            state_format,
            settings: pinned.settings.clone(),
        };
        let (pipeline, first) = (&newest.pipeline, &voters[0]);
        let vectorizer = part(&pipeline.vectorizer, &first.vectorizer_state, newest.vectorizer_format);
        let detector = part(&pipeline.detector, &first.model, newest.model_format);
        Some(Self { voters, vectorizer, detector, pieces })
    }

    /// Whether it is of just these generations.
    pub fn is_of(&self, generations: &[Arc<Generation>]) -> bool {
        self.voters.iter().map(|voter| voter.number).eq(generations.iter().map(|generation| generation.number))
    }

    /// The case of the window `index`, and all that it needs, the case itself first.
    pub fn case(
        &self,
        identity: &Identity,
        thresholds: &Pinned,
        gate: &GateState,
        batch: Batch<'_>,
        index: usize,
    ) -> (String, Vec<Evidence>) {
        let window = batch.windows.select([index]);
        let lines = Evidence::new(Source::Bytes(pack(&window.lines).into()));
        let state = Evidence::new(Source::Bytes(gate.bytes.as_slice().into()));
        let component = Evidence::new(Source::Component(Arc::clone(&thresholds.plugin)));
        let before = batch.scores[..index].iter().zip(&batch.windows.ends);
        let case = Case {
            format: FORMAT,
            container: identity.to_string(),
            vectorizer: self.vectorizer.clone(),
            detector: self.detector.clone(),
            thresholds: Part {
                name: thresholds.name(),
                component: component.digest.clone(),
                state: state.digest.clone(),
                state_format: gate.format,
                settings: thresholds.settings.clone(),
            },
            voters: self.voters.clone(),
            calibrated_for: gate.generation,
            before: before.map(|(score, &end_ns)| (score.to_bits(), end_ns)).collect(),
            begin_ns: window.begins[0],
            end_ns: window.ends[0],
            window: lines.digest.clone(),
            verdict: Bits::from(&batch.verdicts[index]),
        };
        let text = serde_json::to_vec(&case).expect("plain data is written");
        let case = Evidence::new(Source::Bytes(text.into()));
        let digest = case.digest.clone();
        let mut pieces = vec![case, lines, state, component];
        pieces.extend(self.pieces.iter().cloned());
        (digest, pieces)
    }
}

/// What was decided at once.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    pub windows: &'a Windows,
    pub scores: &'a [f32],
    pub verdicts: &'a [Verdict],
}

/// Lines as bytes.
#[derive(Serialize, Deserialize)]
struct Packed {
    times: Vec<u64>,
    outputs: Vec<u8>,
    offsets: Vec<u32>,
    /// Base64.
    text: String,
}

fn pack(lines: &Lines) -> Vec<u8> {
    use base64::Engine as _;
    let packed = Packed {
        times: lines.times().to_vec(),
        outputs: lines.outputs().to_vec(),
        offsets: lines.offsets().to_vec(),
        text: base64::engine::general_purpose::STANDARD.encode(lines.data()),
    };
    serde_json::to_vec(&packed).expect("plain data is written")
}

/// `None` where the bytes are no lines.
pub fn unpack(bytes: &[u8]) -> Option<Lines> {
    use base64::Engine as _;
    let packed: Packed = serde_json::from_slice(bytes).ok()?;
    let text = base64::engine::general_purpose::STANDARD.decode(packed.text).ok()?;
    Lines::from_columns(text, packed.offsets, packed.times, packed.outputs)
}
