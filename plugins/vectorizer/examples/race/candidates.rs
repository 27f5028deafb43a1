//! Who runs: the built-in forest, the examples, and some of their settings.

use foghorn_detectors::{Ensemble, Forest, HalfSpace, Knn, Member, Model, Pca, Tails};
use foghorn_guest::{Rows, Settings as _};

/// Trains on the first rows with the seed and scores the second.
pub(crate) type Run = Box<dyn Fn(&Rows, &Rows, u64) -> Vec<f32>>;

pub(crate) type Calibrate = Box<dyn Fn(&Rows, u64) -> Vec<f32>>;

pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) has_chance: bool,
    pub(crate) run: Run,
    /// Scores of the training rows that calibrate thresholds, if not those of `cross_validated`.
    pub(crate) calibrate: Option<Calibrate>,
}

/// Every candidate; the first of each kind has the defaults.
pub(crate) fn candidates() -> Vec<Candidate> {
    vec![
        iforest("iforest", &[]),
        iforest("iforest outside=0", &[("outside", "0")]),
        ecod(),
        halfspace(),
        member::<HalfSpace>("halfspace outside=0", &[("outside", "0")], true),
        pca(),
        member::<Pca>("pca inside=1", &[("inside", "1")], false),
        member::<Knn>("knn", &[], true),
        member::<Tails>("tails", &[], false),
        member::<Forest>("forest", &[], true),
        member::<Ensemble>("ensemble", &[], true),
        averaged("iforest with pca", vec![iforest("", &[]), pca()]),
        averaged("iforest, halfspace, pca", vec![iforest("", &[]), halfspace(), pca()]),
    ]
}

fn halfspace() -> Candidate {
    member::<HalfSpace>("halfspace", &[], true)
}

fn pca() -> Candidate {
    member::<Pca>("pca", &[], false)
}

/// An ensemble of the given members.
pub(crate) fn ensemble(members: &str) -> Candidate {
    member::<Ensemble>(members, &[("members", members)], true)
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn iforest(name: &str, settings: &[(&str, &str)]) -> Candidate {
    let settings = foghorn_iforest::Settings::parse(&pairs(settings)).expect("good settings");
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        fn check(rows: &Rows) -> foghorn_iforest::Rows<'_> {
            foghorn_iforest::Rows::check(rows.columns, &rows.row_ptr, &rows.idx, &rows.val).expect("good rows")
        }
        let model = foghorn_iforest::Model::train(&settings, &check(train), seed, 0, 1).expect("a model");
        model.strangeness(&check(test)).expect("scores")
    };
    Candidate { name: name.to_owned(), has_chance: true, run: Box::new(run), calibrate: None }
}

fn ecod() -> Candidate {
    let run = |train: &Rows, test: &Rows, _: u64| {
        let settings = foghorn_example_ecod::Settings::default();
        foghorn_example_ecod::Model::train(&settings, train).expect("a model").score(test).expect("scores")
    };
    Candidate { name: "ecod".to_owned(), has_chance: false, run: Box::new(run), calibrate: None }
}

fn member<M: Member + 'static>(name: &str, settings: &[(&str, &str)], has_chance: bool) -> Candidate {
    let settings = M::Settings::parse(&pairs(settings)).expect("good settings");
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        Model::<M>::train(&settings, train, seed).expect("a model").score(test).expect("scores")
    };
    Candidate { name: name.to_owned(), has_chance, run: Box::new(run), calibrate: None }
}

/// As `Ensemble`, of any candidates: logarithms of scores, standardised on halves of the training.
fn averaged(name: &str, members: Vec<Candidate>) -> Candidate {
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        let halves = [0, 1].map(|first| some(train, (first..train.row_ptr.len() - 1).step_by(2)));
        let mut sums = vec![0.0; test.row_ptr.len() - 1];
        let mut spreads = 0.0;
        for member in &members {
            let level = |score: &f32| f64::from(*score).max(1e-9).ln();
            let mut levels: Vec<f64> = (member.run)(&halves[0], &halves[1], seed).iter().map(level).collect();
            levels.extend((member.run)(&halves[1], &halves[0], seed).iter().map(level));
            levels.sort_by(f64::total_cmp);
            let at = |share: f64| levels[(share * (levels.len() - 1) as f64).round() as usize];
            let (median, spread) = (at(0.5), (at(0.9) - at(0.5)).max(0.05));
            spreads += spread;
            let scores = (member.run)(train, test, seed);
            sums.iter_mut().zip(&scores).for_each(|(sum, score)| *sum += (level(score) - median) / spread);
        }
        let count = members.len() as f64;
        sums.iter().map(|sum| (sum / count * spreads / count).exp() as f32).collect()
    };
    Candidate { name: name.to_owned(), has_chance: true, run: Box::new(run), calibrate: None }
}

/// Some of the rows.
pub(crate) fn some(rows: &Rows, numbers: impl Iterator<Item = usize>) -> Rows {
    let checked = rows.check().expect("good rows");
    let mut some = Rows::new(rows.columns);
    numbers.for_each(|i| some.push_dense(&checked.dense(i)).expect("a row"));
    some
}

/// A score for each row, by a model of what is `learned` of the other four fifths; fifths in the order of the rows. None where
/// there are too few.
pub(crate) fn cross_validated(run: &Run, rows: &Rows, learned: impl Fn(usize) -> bool, seed: u64) -> Vec<f32> {
    let count = rows.row_ptr.len() - 1;
    let folds = 5.min(count / 2);
    let one = |fold: usize| {
        let out = fold * count / folds..(fold + 1) * count / folds;
        let others = some(rows, (0..count).filter(|i| !out.contains(i) && learned(*i)));
        run(&others, &some(rows, out), seed)
    };
    if folds < 2 { Vec::new() } else { (0..folds).flat_map(one).collect() }
}
