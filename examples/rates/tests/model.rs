//! The detector over rates as `examples/rules` gives them: per minute, windows of half a minute.

use foghorn_example_rates::{FORMAT, Model, Settings};
use foghorn_guest::{Rows, Settings as _};

fn rows(list: &[[f32; 3]]) -> Rows {
    let mut rows = Rows::new(3);
    list.iter().for_each(|row| rows.push_dense(row).unwrap());
    rows
}

/// Errors are rare, warnings never come, about 60 lines a minute; one training row in ten held an incident.
fn usual() -> Vec<[f32; 3]> {
    let row = |i: usize| match i % 10 {
        0 => [40.0, 0.0, 200.0],
        _ => [(i % 3) as f32 * 2.0, 0.0, 50.0 + (i % 7) as f32 * 4.0],
    };
    (0..200).map(row).collect()
}

fn model() -> Model {
    Model::train(&Settings::default(), &rows(&usual())).unwrap()
}

#[test]
fn rates_outside_of_the_usual_score_high_although_training_held_incidents() {
    let model = model();
    let calm: Vec<[f32; 3]> = usual().into_iter().filter(|row| row[0] < 40.0).collect();
    let highest = model.score(&rows(&calm)).unwrap().into_iter().fold(0.0, f32::max);
    assert!(highest < 3.0, "{highest}");
    for strange in [[40.0, 0.0, 60.0], [0.0, 12.0, 60.0], [0.0, 0.0, 0.0], [0.0, 0.0, 600.0]] {
        let score = model.score(&rows(&[strange])).unwrap()[0];
        assert!(score > 1.8 * highest, "{strange:?}: {score} against {highest}");
    }
}

#[test]
fn the_column_that_left_its_rate_is_named() {
    let weights = model().explain(&rows(&[[0.0, 12.0, 60.0]])).unwrap();
    assert!(weights[1] > 10.0 * weights[0].max(weights[2]), "{weights:?}");
}

#[test]
fn a_loaded_model_scores_with_the_same_bits_and_damage_is_refused() {
    let model = model();
    let state = model.save();
    assert_eq!(Model::load(FORMAT, &state).unwrap(), model);
    for end in 0..state.len() {
        assert_eq!(Model::load(FORMAT, &state[..end]).unwrap_err().code, 2);
    }
}

#[test]
fn bad_input_ends_in_an_error() {
    assert_eq!(Model::train(&Settings::default(), &rows(&[[0.0; 3]])).unwrap_err().code, 3);
    assert_eq!(model().score(&Rows::new(2)).unwrap_err().code, 4);
    assert_eq!(model().explain(&rows(&[[0.0; 3]; 2])).unwrap_err().code, 4);
    assert_eq!(Settings::validate(&[("minutes".to_owned(), "0".to_owned())])[0].code, 1);
    let far = model().score(&rows(&[[f32::MAX, 0.0, 0.0]])).unwrap()[0];
    assert_eq!(far, 1e6);
}
