//! Forests that differ from the built-in one's defaults in one thing, oblique forests, and forests that leave training rows out.

use foghorn_guest::Rows;
use foghorn_thresholds::{Gate, Settings};

use crate::candidates::{Candidate, Run, cross_validated, iforest, some};
use crate::extended::{Extended, Level};

/// Values of each setting that are not the default.
const OTHERS: [(&str, &[&str]); 7] = [
    ("split", &["uniform", "averaged"]),
    ("candidates", &["1", "2", "8", "16"]),
    ("weigh", &["variance", "kurtosis"]),
    ("sample", &["32", "64", "128", "256"]),
    ("trees", &["50", "100", "400"]),
    ("outside", &["0", "0.5", "2"]),
    ("trim", &["0.005", "0.01", "0.05"]),
];

/// The default, then one change at a time; `kurtosis, …` is what `settings.rs` advises for plain TF-IDF.
pub(crate) fn choices() -> Vec<Candidate> {
    let mut all = vec![iforest("iforest", &[])];
    for (key, values) in OTHERS {
        all.extend(values.iter().map(|value| iforest(&format!("{key}={value}"), &[(key, value)])));
    }
    let paper = [("split", "uniform"), ("sample", "256"), ("trees", "100"), ("outside", "0")];
    all.push(iforest("paper", &paper));
    all.push(iforest("paper, outside=1", &paper[..3]));
    all.push(iforest("kurtosis, 16, trim", &[("candidates", "16"), ("weigh", "kurtosis"), ("trim", "0.005")]));
    all.push(iforest("averaged, 16", &[("split", "averaged"), ("candidates", "16")]));
    all.push(iforest("sample=64, trees=400", &[("sample", "64"), ("trees", "400")]));
    for (name, level, sample, outside) in [
        ("extended 1, outside=0", Level::One, 96, false),
        ("extended 1", Level::One, 96, true),
        ("extended 1, sample=256", Level::One, 256, true),
        ("extended full, outside=0", Level::Full, 96, false),
        ("extended full", Level::Full, 96, true),
        ("extended full, sample=256", Level::Full, 256, true),
    ] {
        all.push(extended(name, level, sample, outside));
    }
    all
}

/// Forests that learn without the rows that look strange to the others.
pub(crate) fn leaving() -> Vec<Candidate> {
    let mut all = vec![iforest("iforest", &[])];
    for percent in [1, 2, 5, 10] {
        let keep = move |scores: &[f32]| {
            let mut sorted = scores.to_vec();
            sorted.sort_by(f32::total_cmp);
            sorted[((sorted.len() - 1) * (100 - percent)) / 100]
        };
        all.push(left_out(&format!("leave {percent} %"), true, keep));
    }
    all.push(left_out("leave alarms", true, alarm));
    all.push(left_out("leave alarms, ranges only", false, alarm));
    all
}

/// The built-in thresholds' own, of the scores that a forest would be calibrated with.
fn alarm(scores: &[f32]) -> f32 {
    let mut gate = Gate::new(Settings::default());
    gate.calibrate(scores).expect("good scores");
    gate.decide(&[0.0], &[1]).expect("a score")[0].threshold
}

/// Rows whose cross-validated score is above `limit` of all such scores are not learned; with `trees` false, only the ranges are
/// without them.
fn left_out(name: &str, trees: bool, limit: impl Fn(&[f32]) -> f32 + 'static) -> Candidate {
    let (forest, blind) = (iforest("", &[]), iforest("", &[("outside", "0")]));
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        let scores = cross_validated(&forest, train, seed);
        let limit = limit(&scores);
        let kept = some(train, (0..scores.len()).filter(|i| scores[*i] <= limit));
        match trees {
            true => (forest.run)(&kept, test, seed),
            false => times(&(blind.run)(train, test, seed), &exceedances(&kept, test)),
        }
    };
    Candidate { name: name.to_owned(), has_chance: true, run: Box::new(run) }
}

fn extended(name: &str, level: Level, sample: usize, outside: bool) -> Candidate {
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        let scores = Extended::learn(train, level, (200, sample), seed).strangeness(test);
        if outside { times(&scores, &exceedances(train, test)) } else { scores }
    };
    Candidate { name: name.to_owned(), has_chance: true, run: Box::new(run) }
}

fn times(scores: &[f32], factors: &[f32]) -> Vec<f32> {
    scores.iter().zip(factors).map(|(score, factor)| score * factor).collect()
}

/// By how much the built-in forest's range check multiplies the strangeness of each row: the same tree with it and without.
fn exceedances(train: &Rows, test: &Rows) -> Vec<f32> {
    let of = |outside| -> Run { iforest("", &[("trees", "1"), ("outside", outside)]).run };
    let (with, without) = (of("1")(train, test, 0), of("0")(train, test, 0));
    with.iter().zip(&without).map(|(with, without)| with / without).collect()
}
