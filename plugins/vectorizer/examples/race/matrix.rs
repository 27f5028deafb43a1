//! Rows of a set, stream by stream, made once for all candidates.

use foghorn_guest::Rows;
use foghorn_vectorizer::{Session, Settings};

use crate::candidates::Candidate;
use crate::data::{Pack, Set, Stream, Window};

/// Streams with fewer windows to learn from are left out, as in the lab.
const TRAIN_MIN: usize = 10;

/// Rows of one stream. `judged` tells which test rows count, and whether each is anomalous.
pub(crate) struct Matrix {
    pub(crate) train: Rows,
    /// Which training rows are of windows with a fault.
    pub(crate) faulty: Vec<bool>,
    pub(crate) test: Rows,
    /// Ends of the windows of the test rows.
    pub(crate) ends: Vec<u64>,
    pub(crate) judged: Vec<(usize, bool)>,
}

pub(crate) struct Matrices(pub(crate) Vec<Matrix>);

/// Who learns the faulty windows of the training; all but `Both` know the labels, to tell where learned faults do harm.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Learner {
    Both,
    /// The vectorizer counts them, the detector has no row of them.
    Vectorizer,
    /// The vectorizer does not count them, the detector has their rows.
    Detector,
    Nobody,
}

impl Matrices {
    pub(crate) fn of(set: &Set, learner: Learner) -> Self {
        let enough = set.values().filter(|stream| stream.train.len() >= TRAIN_MIN);
        Self(enough.map(|stream| matrix(stream, learner)).collect())
    }

    /// Scores of all judged windows, all streams pooled, each with its label.
    pub(crate) fn scored(&self, candidate: &Candidate, seed: u64) -> Vec<(f64, bool)> {
        let mut scored = Vec::new();
        for matrix in &self.0 {
            let scores = (candidate.run)(&matrix.train, &matrix.test, seed);
            scored.extend(matrix.judged.iter().map(|(i, anomaly)| (f64::from(scores[*i]), *anomaly)));
        }
        scored
    }
}

fn matrix(stream: &Stream, learner: Learner) -> Matrix {
    let counted = matches!(learner, Learner::Both | Learner::Vectorizer);
    let taught: Vec<Window> = stream.train.iter().filter(|w| counted || !w.anomaly).cloned().collect();
    let mut session = Session::open(Settings::default());
    for cycle in 0..5 {
        let slice = taught.len() * cycle / 5..taught.len() * (cycle + 1) / 5;
        session.learn(Pack::of(&taught[slice]).view()).expect("good windows");
        session.settle();
    }
    let mut rows = |windows: &[Window], learned| {
        let rows = session.transform(Pack::of(windows).view(), learned).expect("rows");
        Rows { columns: rows.columns, row_ptr: rows.row_ptr, idx: rows.idx, val: rows.val }
    };
    let has_row = |w: &&Window| !w.anomaly || matches!(learner, Learner::Both | Learner::Detector);
    let test = rows(&stream.test, false);
    let train = match learner {
        Learner::Both => rows(&stream.train, true),
        _ => {
            let mut train = Rows::new(test.columns);
            for window in stream.train.iter().filter(has_row) {
                let row = rows(std::slice::from_ref(window), counted || !window.anomaly);
                train.push_dense(&row.check().expect("good rows").dense(0)).expect("a row");
            }
            train
        }
    };
    let counts = |window: &Window| window.anomaly || !window.grey;
    let judged = stream.test.iter().enumerate().filter(|(_, w)| counts(w)).map(|(i, w)| (i, w.anomaly)).collect();
    let faulty = stream.train.iter().filter(has_row).map(|w| w.anomaly).collect();
    Matrix { train, faulty, test, ends: stream.test.iter().map(|w| w.end).collect(), judged }
}
