//! What is measured on one shape of batches: each plugin's calls, and the whole way of a window.

use foghorn::plugins::Rows;
use foghorn::window::{Cut, Windows};
use foghorn_iforest::Model;

use crate::clock::compare;
use crate::side::{Learned, Side};
use crate::table::{Table, Unit};
use crate::{Outcome, Shape, lines, native};

pub(crate) const SEED: u64 = 7;

/// Lines of one slice, and how many slices there are before text comes again.
const SLICE_LINES: usize = 8_192;
const SLICES: usize = 16;
/// Windows that are learned before anything is measured.
const LEARNED_WINDOWS: usize = 512;
/// Scores of one slice of deciding: a gate is far quicker than all that comes before it.
const DECISIONS: usize = 4_096;

/// All that a side answers to one slice: what it learned and trained, and rows, scores and decisions of each batch.
#[derive(Debug, Default)]
struct Answers {
    session: Vec<u8>,
    model: Vec<u8>,
    rows: Vec<Rows>,
    scores: Vec<Vec<f32>>,
    decisions: Vec<(u32, u8)>,
}

/// The batches of one shape, and what was learned before.
pub(crate) struct Bench {
    shape: Shape,
    slices: Vec<Vec<Windows>>,
    /// Rows, scores and times of the windows of each batch of each slice.
    rows: Vec<Vec<Rows>>,
    scores: Vec<Vec<f32>>,
    training: Rows,
    learned: Learned,
    bytes_mean: f64,
}

impl Bench {
    pub(crate) fn new(shape: Shape) -> Outcome<Self> {
        let history: Vec<Windows> = batches(shape, 0, LEARNED_WINDOWS * shape.window);
        let first = LEARNED_WINDOWS * shape.window;
        let slices: Vec<Vec<Windows>> =
            (0..SLICES).map(|slice| batches(shape, first + slice * SLICE_LINES, SLICE_LINES)).collect();
        let mut session = native::learn(&history)?;
        let mut training = Rows::default();
        for batch in &history {
            training.extend(&native::transform(&mut session, batch, true)?);
        }
        let model = native::train(&training)?;
        let forest = Model::load(foghorn_iforest::FORMAT, &model).map_err(|e| e.message)?;
        let calibration = native::score(&forest, &training)?;
        let mut rows = Vec::new();
        let mut scores = Vec::new();
        for slice in &slices {
            let made: Vec<Rows> =
                slice.iter().map(|batch| native::transform(&mut session, batch, false)).collect::<Outcome<_>>()?;
            let given: Vec<Vec<f32>> = made.iter().map(|rows| native::score(&forest, rows)).collect::<Outcome<_>>()?;
            rows.push(made);
            scores.push(given.concat());
        }
        let bytes: usize = slices.iter().flatten().map(|batch| batch.lines.text_bytes()).sum();
        let bytes_mean = bytes as f64 / (SLICES * SLICE_LINES) as f64;
        let learned = Learned { session: session.save(), model, calibration };
        Ok(Self { shape, slices, rows, scores, training, learned, bytes_mean })
    }

    pub(crate) fn learned(&self) -> &Learned {
        &self.learned
    }

    /// An error if not all sides give the same bits.
    pub(crate) fn check_equal(&self, sides: &mut [Box<dyn Side>]) -> Outcome<()> {
        let answers = sides.iter_mut().map(|side| self.answers(side.as_mut())).collect::<Outcome<Vec<_>>>()?;
        let first = &answers[0];
        for other in &answers[1..] {
            let equal = [
                ("what is learned", first.session == other.session),
                ("models", first.model == other.model),
                ("rows", first.rows == other.rows),
                ("scores", first.scores == other.scores),
                ("decisions", first.decisions == other.decisions),
            ];
            if let Some((what, _)) = equal.iter().find(|(_, equal)| !equal) {
                return Err(format!("{what} differ between native code and components").into());
            }
        }
        Ok(())
    }

    fn answers(&self, side: &mut dyn Side) -> Outcome<Answers> {
        let (session, model) = (side.learn(&self.slices[0])?, side.train(&self.training)?);
        let mut answers = Answers { session, model, ..Answers::default() };
        for batch in &self.slices[0] {
            let rows = side.transform(batch)?;
            let scores = side.score(&rows)?;
            let decisions = side.decide(&scores, &batch.ends)?;
            answers.decisions.extend(decisions.iter().map(|d| (d.threshold.to_bits(), d.severity)));
            answers.rows.push(rows);
            answers.scores.push(scores);
        }
        Ok(answers)
    }

    pub(crate) fn measure(&mut self, sides: &mut [Box<dyn Side>], table: &mut Table) -> Outcome<()> {
        let (shape, bytes) = (self.shape, self.bytes_mean);
        let slice = |round: usize| round % SLICES;
        let times = compare(sides, |side, round| {
            let batches = &self.slices[slice(round)];
            for batch in batches {
                let rows = side.transform(batch)?;
                let scores = side.score(&rows)?;
                side.decide(&scores, &batch.ends)?;
            }
            Ok(SLICE_LINES)
        })?;
        table.add("**whole pipeline**", shape, Unit::Line { bytes }, &times);
        let stands_beside_others = shape.lines == 512 && shape.window == 64;
        if stands_beside_others {
            table.compare("mask, tokenise, TF-IDF, score, decide", shape, bytes, &times);
        }
        let times = compare(sides, |side, round| {
            self.slices[slice(round)].iter().try_for_each(|batch| side.transform(batch).map(drop))?;
            Ok(SLICE_LINES)
        })?;
        table.add("vectorizer, transform", shape, Unit::Line { bytes }, &times);
        if stands_beside_others {
            table.compare("mask, tokenise, TF-IDF", shape, bytes, &times);
        }
        let times = compare(sides, |side, round| {
            side.learn(&self.slices[slice(round)])?;
            Ok(SLICE_LINES)
        })?;
        table.add("vectorizer, learn", shape, Unit::Line { bytes }, &times);
        let times = compare(sides, |side, round| {
            self.rows[slice(round)].iter().try_for_each(|rows| side.score(rows).map(drop))?;
            Ok(SLICE_LINES / shape.window)
        })?;
        table.add("forest, score", shape, Unit::Window, &times);
        let times = compare(sides, |side, _| {
            side.train(&self.training)?;
            Ok(self.training.len())
        })?;
        table.add("forest, train", shape, Unit::Window, &times);
        let mut end_ns = lines::time_ns(SLICES * SLICE_LINES);
        let per_call = shape.lines / shape.window;
        let times = compare(sides, |side, round| {
            let scores = &self.scores[slice(round)];
            for call in 0..DECISIONS / per_call {
                let from = call * per_call % scores.len();
                let ends: Vec<u64> = (0..per_call as u64).map(|window| end_ns + window).collect();
                side.decide(&scores[from..from + per_call], &ends)?;
            }
            end_ns += 1;
            Ok(DECISIONS)
        })?;
        table.add("thresholds, decide", shape, Unit::Window, &times);
        Ok(())
    }
}

/// `count` lines from line `first` on, in batches of the shape.
fn batches(shape: Shape, first: usize, count: usize) -> Vec<Windows> {
    (first..first + count).step_by(shape.lines).map(|first| batch(shape, first)).collect()
}

fn batch(shape: Shape, first: usize) -> Windows {
    let lines = lines::lines(first, shape.lines);
    let mut windows = Windows::default();
    for from in (0..lines.len()).step_by(shape.window) {
        let range = from..from + shape.window;
        let (begin_ns, end_ns) = (lines::time_ns(first + range.start), lines::time_ns(first + range.end));
        windows.push(&lines, &Cut { lines: range, begin_ns, end_ns });
    }
    windows
}
