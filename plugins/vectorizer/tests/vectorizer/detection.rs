//! Rows do what they are for: an isolation forest trained on them tells strange windows from usual ones.

use crate::windows::{Pack, learned, usual};
use foghorn_iforest::{Model, Rows, Settings};

fn scores(model: &Model, rows: &foghorn_vectorizer::Rows) -> Vec<f32> {
    model.score(&Rows::check(rows.columns, &rows.row_ptr, &rows.idx, &rows.val).unwrap()).unwrap()
}

#[test]
fn strange_windows_score_above_every_usual_one() {
    let mut session = learned();
    let train: Vec<_> = (0..60).map(|i| usual(4 + i % 7)).collect();
    let rows = session.transform(Pack::of(&train).view(), true).unwrap();
    let checked = Rows::check(rows.columns, &rows.row_ptr, &rows.idx, &rows.val).unwrap();
    let model = Model::train(&Settings::default(), &checked, 7, 0, 1).unwrap();

    let live: Vec<_> = (100..160).map(|i| usual(4 + i % 7)).collect();
    let calm =
        scores(&model, &session.transform(Pack::of(&live).view(), false).unwrap()).into_iter().fold(0.0, f32::max);

    let mut failing = usual(6);
    failing.push("2024-05-01T10:00:09Z ERROR payment gateway refused connection".into());
    let silent = usual(8).into_iter().filter(|l| !l.contains("answered")).collect();
    let flooded = usual(6).into_iter().chain((0..300).map(|i| usual(1)[i % 2].clone())).collect();
    for (name, lines) in [("failing", failing), ("silent", silent), ("flooded", flooded)] {
        let strange = scores(&model, &session.transform(Pack::of(&[lines]).view(), false).unwrap())[0];
        assert!(strange > calm + 0.02, "{name} {strange}, calm up to {calm}");
    }
}
