//! What would be told: scores against the threshold that the built-in thresholds set, as the host does it.
//!
//! The gate is calibrated with scores of the training rows from models that did not learn them (fifths in order of time, as in
//! `host/src/train/cycle.rs`) and decides on the scored windows in order, with their end times.

use foghorn_thresholds::{Gate, Settings};

use crate::candidates::{Candidate, cross_validated};
use crate::matrix::Matrices;

/// Windows by what they are and what was told of them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    hits: usize,
    misses: usize,
    false_alarms: usize,
    quiet: usize,
}

impl Told {
    pub(crate) fn recall(self) -> f64 {
        self.hits as f64 / (self.hits + self.misses) as f64
    }

    /// Of each 1,000 normal windows.
    pub(crate) fn false_alarms(self) -> f64 {
        1_000.0 * self.false_alarms as f64 / (self.false_alarms + self.quiet) as f64
    }
}

/// All streams and the given number of seeds together. With `labels`, no score of a faulty row calibrates: to tell what such do.
pub(crate) fn told(matrices: &Matrices, candidate: &Candidate, seeds: u64, labels: bool) -> Told {
    let mut told = Told::default();
    for (matrix, seed) in matrices.0.iter().flat_map(|matrix| (0..seeds).map(move |seed| (matrix, seed))) {
        let mut gate = Gate::new(Settings::default());
        let mut calibration = match &candidate.calibrate {
            Some(calibrate) => calibrate(&matrix.train, seed),
            None => cross_validated(&candidate.run, &matrix.train, |_| true, seed),
        };
        if labels && candidate.calibrate.is_none() {
            calibration = calibration.into_iter().zip(&matrix.faulty).filter(|(_, f)| !**f).map(|(s, _)| s).collect();
        }
        gate.calibrate(&calibration).expect("good scores");
        let scores = (candidate.run)(&matrix.train, &matrix.test, seed);
        let decisions = gate.decide(&scores, &matrix.ends).expect("good scores");
        for (i, anomaly) in &matrix.judged {
            let place = match (anomaly, decisions[*i].severity > 0) {
                (true, true) => &mut told.hits,
                (true, false) => &mut told.misses,
                (false, true) => &mut told.false_alarms,
                (false, false) => &mut told.quiet,
            };
            *place += 1;
        }
    }
    told
}
