//! Every detector as a host meets it, and two against scikit-learn.

use foghorn_detectors::{Ensemble, Forest, HalfSpace, Knn, Member, Model, Pca, Tails};
use foghorn_guest::{Rows, Settings as _};
use serde_json::Value;

const SEED: u64 = 7;

fn rows(list: &[Vec<f32>]) -> Rows {
    let mut rows = Rows::new(list[0].len() as u32);
    list.iter().for_each(|row| rows.push_dense(row).unwrap());
    rows
}

fn fixture() -> Value {
    serde_json::from_str(include_str!("data/sklearn.json")).unwrap()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
}

fn table(name: &str) -> Rows {
    let json = fixture();
    let list = json[name].as_array().unwrap();
    rows(&list.iter().map(|row| numbers(row).into_iter().map(|n| n as f32).collect()).collect::<Vec<_>>())
}

fn trained<M: Member>() -> Model<M> {
    Model::train(&M::Settings::default(), &table("training"), SEED).unwrap()
}

fn agrees<M: Member>(name: &str) {
    let (scores, expected) = (trained::<M>().score(&table("tests")).unwrap(), numbers(&fixture()[name]));
    assert_eq!(scores.len(), expected.len());
    for (score, expected) in scores.iter().zip(&expected) {
        assert!((f64::from(*score) / expected - 1.0).abs() < 1e-4, "{name}: {score} for {expected}");
    }
}

#[test]
fn scores_are_those_of_scikit_learn() {
    agrees::<Pca>("pca");
    agrees::<Knn>("knn");
}

/// Runs one check on every detector.
macro_rules! for_each {
    ($check:ident) => {
        $check::<Forest>();
        $check::<HalfSpace>();
        $check::<Tails>();
        $check::<Knn>();
        $check::<Pca>();
        $check::<Ensemble>();
    };
}

#[test]
fn the_schema_states_the_defaults_in_use() {
    fn check<M: Member>() {
        let stated: Vec<_> = M::Settings::SCHEMA.iter().map(|s| (s.key.to_owned(), s.default.to_owned())).collect();
        assert!(M::Settings::validate(&stated).is_empty());
        let spelled = Model::<M>::train(&M::Settings::parse(&stated).unwrap(), &table("training"), SEED).unwrap();
        assert_eq!(spelled.save(), trained::<M>().save());
    }
    for_each!(check);
}

#[test]
fn what_is_far_out_scores_higher_and_the_column_is_named() {
    fn check<M: Member>() {
        let model = trained::<M>();
        let usual = vec![5.0, 0.0, 0.0, 1.5, 0.0, 2.0];
        for column in 0..usual.len() {
            let with = |value: f32| {
                let mut row = usual.clone();
                row[column] += value;
                rows(&[row])
            };
            let [none, near, far] = [0.0, 15.0, 150.0].map(|value| model.score(&with(value)).unwrap()[0]);
            assert!(none < near && near < far, "{none} {near} {far}");
            let weights = model.explain(&with(150.0)).unwrap();
            let heaviest = (0..6).max_by(|a, b| weights[*a].total_cmp(&weights[*b]));
            assert_eq!(heaviest, Some(column), "{weights:?}");
        }
    }
    for_each!(check);
}

#[test]
fn a_loaded_model_scores_with_the_same_bits_and_damage_is_refused() {
    fn check<M: Member>() {
        let (model, tests) = (trained::<M>(), table("tests"));
        let (format, state) = (M::FORMAT.number, model.save());
        let loaded = Model::<M>::load(format, &state).unwrap();
        assert_eq!((loaded.score(&tests), loaded.save()), (model.score(&tests), state.clone()));
        for end in (0..state.len()).step_by(state.len() / 200 + 1) {
            assert_eq!(Model::<M>::load(format, &state[..end]).err().map(|error| error.code), Some(2));
        }
        for at in (12..state.len()).step_by(state.len() / 600 + 1).chain(12..state.len().min(250)) {
            let mut changed = state.clone();
            changed[at] ^= 0xC0;
            match Model::<M>::load(format, &changed) {
                Ok(model) => assert!(model.score(&tests).unwrap().iter().all(|s| s.is_finite() && *s >= 0.0)),
                Err(error) => assert_eq!(error.code, 2),
            }
        }
    }
    for_each!(check);
}

#[test]
fn odd_rows_end_in_finite_scores() {
    fn check<M: Member>() {
        let huge: Vec<_> =
            (0..40).map(|i| if i % 2 == 0 { vec![f32::MAX, 0.0] } else { vec![f32::MIN, 1.0] }).collect();
        let alike = vec![vec![0.0, 0.0]; 40];
        let two = vec![vec![1.0, 2.0], vec![1.0, 3.0]];
        let tiny: Vec<_> = (0..40).map(|i| vec![f32::from_bits(i), 0.0]).collect();
        for training in [huge, alike, two, tiny] {
            let model = Model::<M>::train(&M::Settings::default(), &rows(&training), SEED).unwrap();
            let asked = rows(&[vec![f32::MAX, f32::MIN], vec![0.0, 0.0], vec![1.0, 1.0]]);
            assert!(model.score(&asked).unwrap().iter().all(|s| s.is_finite() && *s >= 0.0), "{training:?}");
            let weights = model.explain(&rows(&[vec![f32::MAX, f32::MIN]])).unwrap();
            assert!(weights.iter().all(|w| w.is_finite() && *w >= 0.0), "{weights:?}");
            assert!(Model::<M>::load(M::FORMAT.number, &model.save()).is_ok());
        }
    }
    for_each!(check);
}

#[test]
fn very_wide_rows_are_learned_and_their_state_is_bounded() {
    fn check<M: Member>() {
        let mut wide = Rows::new(1 << 16);
        (0..16).for_each(|i| wide.push(&[(i, 1.0), (i + 4_000, 0.5 + i as f32)]).unwrap());
        let model = Model::<M>::train(&M::Settings::default(), &wide, SEED).unwrap();
        assert!(model.score(&wide).unwrap().iter().all(|s| s.is_finite()));
        let state = model.save();
        assert!(state.len() < 16 << 20, "{} bytes", state.len());
        assert_eq!(Model::<M>::load(M::FORMAT.number, &state).unwrap().save(), state);
    }
    for_each!(check);
}

#[test]
fn bad_input_ends_in_an_error() {
    fn check<M: Member>() {
        let model = trained::<M>();
        let code = |rows: &Rows| Model::<M>::train(&M::Settings::default(), rows, SEED).err().map(|error| error.code);
        assert_eq!(code(&rows(&[vec![1.0]])), Some(3));
        assert_eq!(code(&Rows { columns: 0, row_ptr: vec![0, 0, 0], idx: vec![], val: vec![] }), Some(4));
        assert_eq!(model.score(&rows(&[vec![1.0]])).unwrap_err().code, 4);
        assert_eq!(model.explain(&table("training")).unwrap_err().code, 4);
    }
    for_each!(check);
}
