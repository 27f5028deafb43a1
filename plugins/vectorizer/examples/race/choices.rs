//! Forests that differ from the built-in one's defaults in one thing, and oblique forests.

use foghorn_guest::Rows;

use crate::candidates::{Candidate, Run, iforest};
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

fn extended(name: &str, level: Level, sample: usize, outside: bool) -> Candidate {
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        let scores = Extended::learn(train, level, (200, sample), seed).strangeness(test);
        if outside { times(&scores, &exceedances(train, test)) } else { scores }
    };
    Candidate { name: name.to_owned(), has_chance: true, run: Box::new(run), calibrate: None }
}

pub(crate) fn times(scores: &[f32], factors: &[f32]) -> Vec<f32> {
    scores.iter().zip(factors).map(|(score, factor)| score * factor).collect()
}

/// By how much the built-in forest's range check multiplies the strangeness of each row: the same tree with it and without.
pub(crate) fn exceedances(train: &Rows, test: &Rows) -> Vec<f32> {
    let of = |outside| -> Run { iforest("", &[("trees", "1"), ("outside", outside)]).run };
    let (with, without) = (of("1")(train, test, 0), of("0")(train, test, 0));
    with.iter().zip(&without).map(|(with, without)| with / without).collect()
}
