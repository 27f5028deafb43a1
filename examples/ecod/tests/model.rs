//! Scores against an independent computation, and the model as a host meets it.

use foghorn_example_ecod::{FORMAT, Model, Settings};
use foghorn_guest::{Rows, Settings as _};
use serde_json::Value;

fn rows(list: &[Vec<f32>]) -> Rows {
    let mut rows = Rows::new(list[0].len() as u32);
    list.iter().for_each(|row| rows.push_dense(row).unwrap());
    rows
}

fn fixture() -> (Rows, Rows, Vec<f64>) {
    let json: Value = serde_json::from_str(include_str!("data/ecod.json")).unwrap();
    let numbers = |list: &Value| list.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>();
    let table = |name: &str| {
        let list = json[name].as_array().unwrap();
        rows(&list.iter().map(|row| numbers(row).into_iter().map(|n| n as f32).collect()).collect::<Vec<_>>())
    };
    (table("training"), table("tests"), numbers(&json["scores"]))
}

fn plain() -> Settings {
    Settings::parse(&["outside", "tolerance"].map(|key| (key.to_owned(), "0".to_owned()))).unwrap()
}

#[test]
fn scores_are_those_of_an_independent_computation() {
    let (training, tests, expected) = fixture();
    let scores = Model::train(&plain(), &training).unwrap().score(&tests).unwrap();
    assert_eq!(scores.len(), expected.len());
    for (score, expected) in scores.iter().zip(&expected) {
        assert!((f64::from(*score) - expected).abs() < 1e-5, "{score} for {expected}");
    }
}

#[test]
fn farther_outside_scores_higher_and_the_column_is_named() {
    let (training, _, _) = fixture();
    let model = Model::train(&Settings::default(), &training).unwrap();
    let usual = [5.0, -0.5, 0.0, 0.0, 4.0];
    for column in 0..5 {
        let with = |value: f32| {
            let mut row = usual.to_vec();
            row[column] = value;
            rows(&[row])
        };
        let [near, far] = [-50.0, -500.0].map(|value| model.score(&with(value)).unwrap()[0]);
        assert!(far > near, "column {column}: {far} against {near}");
        let weights = model.explain(&with(-500.0)).unwrap();
        let heaviest = (0..5).max_by(|a, b| weights[*a].total_cmp(&weights[*b]));
        assert_eq!(heaviest, Some(column), "{weights:?}");
    }
}

#[test]
fn what_explains_adds_up_to_the_score() {
    let (training, tests, _) = fixture();
    let model = Model::train(&Settings::default(), &training).unwrap();
    let scores = model.score(&tests).unwrap();
    let checked = tests.check().unwrap();
    for (number, score) in scores.iter().enumerate() {
        let sum: f32 = model.explain(&rows(&[checked.dense(number)])).unwrap().iter().sum();
        assert!((sum - score).abs() < 1e-4, "{sum} for {score}");
    }
}

#[test]
fn a_loaded_model_scores_with_the_same_bits_and_damage_is_refused() {
    let (training, tests, _) = fixture();
    let model = Model::train(&Settings::default(), &training).unwrap();
    let state = model.save();
    let loaded = Model::load(FORMAT, &state).unwrap();
    assert_eq!((loaded.score(&tests), loaded.save()), (model.score(&tests), state.clone()));
    for end in 0..state.len() {
        assert_eq!(Model::load(FORMAT, &state[..end]).unwrap_err().code, 2);
    }
    for at in 12..state.len() {
        let mut changed = state.clone();
        changed[at] ^= 0x80;
        match Model::load(FORMAT, &changed) {
            Ok(model) => assert!(model.score(&tests).unwrap().iter().all(|score| score.is_finite() && *score >= 0.0)),
            Err(error) => assert_eq!(error.code, 2),
        }
    }
}

#[test]
fn bad_input_ends_in_an_error() {
    let (training, _, _) = fixture();
    let model = Model::train(&plain(), &training).unwrap();
    assert_eq!(Model::train(&plain(), &rows(&[vec![1.0]])).unwrap_err().code, 3);
    assert_eq!(model.score(&rows(&[vec![1.0]])).unwrap_err().code, 4);
    assert_eq!(model.explain(&training).unwrap_err().code, 4);
    let huge = rows(&[vec![f32::MAX, f32::MIN, f32::MAX, f32::MIN, 0.0]]);
    assert!(model.score(&huge).unwrap()[0].is_finite());
}
