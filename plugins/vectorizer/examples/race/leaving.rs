//! Forests that do not learn the training rows which look strange to the others.

use std::rc::Rc;

use foghorn_guest::Rows;
use foghorn_thresholds::{Gate, Settings};

use crate::candidates::{Candidate, Run, cross_validated, iforest, some};
use crate::choices::{exceedances, times};

/// At most this share of the rows is left out.
const SHARE_MAX: f64 = 0.1;

/// How rows are left out.
#[derive(Clone, Copy)]
struct Leave {
    /// Share of rows whose cross-validated scores are highest: left out at first.
    percent: usize,
    /// So many times all rows are scored by models of what is kept of the other fifths, and those that would alarm are left out.
    rounds: usize,
    /// All rows calibrate the thresholds, not only those that are kept.
    all_calibrate: bool,
    /// The trees have all rows, and only the ranges do without.
    ranges_only: bool,
}

/// The built-in forest, and its variants.
pub(crate) fn leaving() -> Vec<Candidate> {
    let once = Leave { percent: 0, rounds: 0, all_calibrate: true, ranges_only: false };
    let mut all = vec![iforest("iforest", &[])];
    for percent in [1, 2, 5, 10] {
        all.push(left_out(&format!("leave {percent} %"), Leave { percent, ..once }));
        all.push(left_out(&format!("ranges leave {percent} %"), Leave { percent, ranges_only: true, ..once }));
    }
    all.push(left_out("alarms", Leave { rounds: 1, ..once }));
    for rounds in [1, 3] {
        let name = format!("1 %, {rounds} x alarms");
        all.push(left_out(&name, Leave { percent: 1, rounds, all_calibrate: false, ..once }));
    }
    all
}

fn left_out(name: &str, leave: Leave) -> Candidate {
    let (forest, blind) = (Rc::new(iforest("", &[]).run), iforest("", &[("outside", "0")]).run);
    let same = Rc::clone(&forest);
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        let (keep, _) = kept(&forest, train, leave, seed);
        let rows = some(train, (0..keep.len()).filter(|i| keep[*i]));
        match leave.ranges_only {
            false => forest(&rows, test, seed),
            true => times(&blind(train, test, seed), &exceedances(&rows, test)),
        }
    };
    let calibrate = move |train: &Rows, seed: u64| {
        let (keep, scores) = kept(&same, train, leave, seed);
        scores.into_iter().zip(keep).filter(|(_, keep)| *keep || leave.all_calibrate).map(|(score, _)| score).collect()
    };
    Candidate { name: name.to_owned(), has_chance: true, run: Box::new(run), calibrate: Some(Box::new(calibrate)) }
}

/// Which rows are kept, and the cross-validated scores that told last.
fn kept(forest: &Run, rows: &Rows, leave: Leave, seed: u64) -> (Vec<bool>, Vec<f32>) {
    let mut scores = cross_validated(forest, rows, |_| true, seed);
    if scores.is_empty() {
        return (vec![true; rows.row_ptr.len() - 1], scores);
    }
    let mut keep = within(&scores, highest(&scores, leave.percent as f64 / 100.0));
    for _ in 0..leave.rounds {
        scores = cross_validated(forest, rows, |i| keep[i], seed);
        let next = within(&scores, alarm(&scores).max(highest(&scores, SHARE_MAX)));
        if next == keep {
            break;
        }
        keep = next;
    }
    (keep, scores)
}

fn within(scores: &[f32], limit: f32) -> Vec<bool> {
    scores.iter().map(|score| *score <= limit).collect()
}

/// The score that a share of the scores is above.
fn highest(scores: &[f32], share: f64) -> f32 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted[sorted.len() - 1 - (sorted.len() as f64 * share) as usize]
}

/// The built-in thresholds' own, where these scores calibrate them.
fn alarm(scores: &[f32]) -> f32 {
    let mut gate = Gate::new(Settings::default());
    gate.calibrate(scores).expect("good scores");
    gate.decide(&[0.0], &[1]).expect("a score")[0].threshold
}
