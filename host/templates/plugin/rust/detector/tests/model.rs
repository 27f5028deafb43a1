//! The detector as a user meets it, without WebAssembly and without Foghorn.

use foghorn_guest::{Rows, Settings as _};
use plugin::{FORMAT, Model, Settings};

/// 100 rows of three columns: one varies, one is always 2, one is always 0.
fn usual() -> Rows {
    let mut rows = Rows::new(3);
    for i in 0..100 {
        rows.push_dense(&[(i % 10) as f32, 2.0, 0.0]).unwrap();
    }
    rows
}

fn row(values: &[f32]) -> Rows {
    let mut rows = Rows::new(values.len() as u32);
    rows.push_dense(values).unwrap();
    rows
}

#[test]
fn a_strange_row_scores_higher_than_every_usual_one_and_says_why() {
    let model = Model::train(&Settings::default(), &usual()).unwrap();
    let usual = model.score(&usual()).unwrap().into_iter().fold(0.0, f32::max);
    let strange = row(&[4.0, 2.0, 5.0]);
    assert!(model.score(&strange).unwrap()[0] > 3.0 * usual);
    let weights = model.explain(&strange).unwrap();
    assert!(weights[2] > weights[0] && weights[2] > weights[1], "{weights:?}");
}

#[test]
fn a_loaded_model_scores_with_the_same_bits() {
    let model = Model::train(&Settings::default(), &usual()).unwrap();
    let loaded = Model::load(FORMAT, &model.save()).unwrap();
    assert_eq!(loaded.score(&usual()).unwrap(), model.score(&usual()).unwrap());
}

#[test]
fn bad_input_ends_in_an_error() {
    let model = Model::train(&Settings::default(), &usual()).unwrap();
    assert_eq!(Model::train(&Settings::default(), &row(&[1.0])).unwrap_err().code, 3);
    assert_eq!(model.score(&row(&[1.0])).unwrap_err().code, 4);
    assert_eq!(Model::load(FORMAT, &model.save()[1..]).unwrap_err().code, 2);
    assert_eq!(Settings::validate(&[("floor".to_owned(), "-1".to_owned())])[0].code, 1);
}
