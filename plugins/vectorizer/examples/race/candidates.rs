//! Who runs: the built-in forest, the examples, and some of their settings.

use foghorn_detectors::{Ensemble, Forest, HalfSpace, Knn, Member, Model, Pca, Tails};
use foghorn_guest::{Rows, Settings as _};

/// Trains on the first rows with the seed and scores the second.
type Run = Box<dyn Fn(&Rows, &Rows, u64) -> Vec<f32>>;

pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) has_chance: bool,
    pub(crate) run: Run,
}

/// Every candidate; the first of each kind has the defaults.
pub(crate) fn candidates() -> Vec<Candidate> {
    vec![
        iforest("iforest", &[]),
        iforest("iforest outside=0", &[("outside", "0")]),
        ecod(),
        member::<HalfSpace>("halfspace", &[], true),
        member::<HalfSpace>("halfspace outside=0", &[("outside", "0")], true),
        member::<Pca>("pca", &[], false),
        member::<Pca>("pca inside=0", &[("inside", "0")], false),
        member::<Knn>("knn", &[], true),
        member::<Knn>("knn nearest=1", &[("nearest", "1")], true),
        member::<Tails>("tails", &[], false),
        member::<Forest>("forest", &[], true),
        member::<Ensemble>("ensemble", &[], true),
        member::<Ensemble>("ensemble tails+knn+pca", &[("members", "tails+knn+pca")], true),
        member::<Ensemble>("ensemble forest+knn+pca", &[("members", "forest+knn+pca")], true),
        member::<Ensemble>("ensemble forest+knn", &[("members", "forest+knn")], true),
        member::<Ensemble>("ensemble forest+tails", &[("members", "forest+tails")], true),
    ]
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn iforest(name: &str, settings: &[(&str, &str)]) -> Candidate {
    let settings = foghorn_iforest::Settings::parse(&pairs(settings)).expect("good settings");
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        fn check(rows: &Rows) -> foghorn_iforest::Rows<'_> {
            foghorn_iforest::Rows::check(rows.columns, &rows.row_ptr, &rows.idx, &rows.val).expect("good rows")
        }
        let model = foghorn_iforest::Model::train(&settings, &check(train), seed, 0, 1).expect("a model");
        model.strangeness(&check(test)).expect("scores")
    };
    Candidate { name: name.to_owned(), has_chance: true, run: Box::new(run) }
}

fn ecod() -> Candidate {
    let run = |train: &Rows, test: &Rows, _: u64| {
        let settings = foghorn_example_ecod::Settings::default();
        foghorn_example_ecod::Model::train(&settings, train).expect("a model").score(test).expect("scores")
    };
    Candidate { name: "ecod".to_owned(), has_chance: false, run: Box::new(run) }
}

fn member<M: Member + 'static>(name: &str, settings: &[(&str, &str)], has_chance: bool) -> Candidate {
    let settings = M::Settings::parse(&pairs(settings)).expect("good settings");
    let run = move |train: &Rows, test: &Rows, seed: u64| {
        Model::<M>::train(&settings, train, seed).expect("a model").score(test).expect("scores")
    };
    Candidate { name: name.to_owned(), has_chance, run: Box::new(run) }
}
