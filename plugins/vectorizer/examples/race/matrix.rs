//! Rows of a set, stream by stream, made once for all candidates.

use foghorn_guest::Rows;
use foghorn_vectorizer::{Session, Settings};

use crate::candidates::Candidate;
use crate::data::{Pack, Set, Stream, Window};

/// Streams with fewer windows to learn from are left out, as in the lab.
const TRAIN_MIN: usize = 10;

/// Rows of one stream. `judged` tells which test rows count, and whether each is anomalous.
struct Matrix {
    train: Rows,
    test: Rows,
    judged: Vec<(usize, bool)>,
}

pub(crate) struct Matrices(Vec<Matrix>);

impl Matrices {
    pub(crate) fn of(set: &Set) -> Self {
        Self(set.values().filter(|stream| stream.train.len() >= TRAIN_MIN).map(matrix).collect())
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

fn matrix(stream: &Stream) -> Matrix {
    let mut session = Session::open(Settings::default());
    for cycle in 0..5 {
        let slice = stream.train.len() * cycle / 5..stream.train.len() * (cycle + 1) / 5;
        session.learn(Pack::of(&stream.train[slice]).view()).expect("good windows");
        session.settle();
    }
    let mut rows = |windows: &[Window], learned| {
        let rows = session.transform(Pack::of(windows).view(), learned).expect("rows");
        Rows { columns: rows.columns, row_ptr: rows.row_ptr, idx: rows.idx, val: rows.val }
    };
    let (train, test) = (rows(&stream.train, true), rows(&stream.test, false));
    let counts = |window: &Window| window.anomaly || !window.grey;
    let judged = stream.test.iter().enumerate().filter(|(_, w)| counts(w)).map(|(i, w)| (i, w.anomaly)).collect();
    Matrix { train, test, judged }
}
