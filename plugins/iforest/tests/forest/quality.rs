//! The forest finds what is strange: among learned rows, outside what was learned, and with strange rows learned.

use crate::table::{Table, chance};

const COLUMNS: u32 = 120;
const NOVELTY: u32 = COLUMNS - 1;

/// A window as the vectorizer might give it: a few of many TF-IDF columns, by which of three jobs ran. Novelty is 0.
fn usual(next: &mut impl FnMut() -> f32) -> Vec<(u32, f32)> {
    let job = (next() * 3.0) as u32;
    let mut row: Vec<_> = (0..30).map(|i| (job * 30 + i, 0.0)).collect();
    for entry in &mut row {
        if next() < 0.3 {
            entry.1 = 0.1 + 0.3 * next();
        }
    }
    row
}

/// A failure: one of five terms that hardly ever occur, and a hole where usual terms would be.
fn failed(next: &mut impl FnMut() -> f32) -> Vec<(u32, f32)> {
    let mut row = usual(next);
    row.truncate(12);
    row.push((100 + (next() * 5.0) as u32, 0.6 + 0.2 * next()));
    row
}

fn usual_table(rows: usize, seed: u64) -> Table {
    let mut next = chance(seed);
    let mut table = Table::new(COLUMNS);
    (0..rows).for_each(|_| table.push(&usual(&mut next)));
    table
}

/// Chance that a strange row scores higher than a usual one.
pub(crate) fn auc(usual: &[f32], strange: &[f32]) -> f64 {
    let wins: f64 = strange
        .iter()
        .flat_map(|s| usual.iter().map(move |u| f64::from(u8::from(s > u)) + 0.5 * f64::from(u8::from(s == u))))
        .sum();
    wins / (usual.len() * strange.len()) as f64
}

#[test]
fn settings_for_plain_tf_idf_find_rare_terms_even_if_some_were_learned() {
    for (percent, least) in [(1, 0.99), (5, 0.99), (10, 0.99)] {
        let mut next = chance(percent);
        let mut train = Table::new(COLUMNS);
        for _ in 0..1_500 {
            let strange = next() * 100.0 < percent as f32;
            train.push(&if strange { failed(&mut next) } else { usual(&mut next) });
        }
        let (mut good, mut bad) = (Table::new(COLUMNS), Table::new(COLUMNS));
        (0..300).for_each(|_| good.push(&usual(&mut next)));
        (0..100).for_each(|_| bad.push(&failed(&mut next)));
        let model = train.train(&[("candidates", "16"), ("weigh", "kurtosis"), ("trim", "0.005")]);
        let found = auc(&model.score(&good.rows()).unwrap(), &model.score(&bad.rows()).unwrap());
        assert!(found > least, "AUC {found} at {percent} %");
    }
}

#[test]
fn a_novelty_far_above_training_scores_near_1_though_its_column_was_constant() {
    let train = usual_table(600, 1);
    let model = train.train(&[]);
    let most = model.score(&train.rows()).unwrap().into_iter().fold(0.0, f32::max);
    let mut next = chance(2);
    let mut novel = Table::new(COLUMNS);
    for far in [0.5, 2.0, 10.0, 100.0] {
        let mut row = usual(&mut next);
        row.push((NOVELTY, far));
        novel.push(&row);
    }
    let scores = model.score(&novel.rows()).unwrap();
    assert!(scores.windows(2).all(|s| s[0] < s[1]), "{scores:?}");
    assert!(scores[0] > most && scores[2] > 0.95 && scores[3] > 0.99, "{scores:?}, training reached {most}");
    let blind = train.train(&[("outside", "0")]);
    let scores = blind.score(&novel.rows()).unwrap();
    assert!(scores.iter().all(|s| *s < 0.7), "without the range check the column is never looked at: {scores:?}");
}

#[test]
fn explain_names_the_columns_that_are_wrong() {
    let model = usual_table(600, 4).train(&[]);
    let mut next = chance(9);
    let mut row = usual(&mut next);
    row.extend([(105, 0.9), (110, 0.8), (NOVELTY, 3.0)]);
    let mut one = Table::new(COLUMNS);
    one.push(&row);
    let weights = model.explain(&one.rows()).unwrap();
    assert_eq!(weights.len(), COLUMNS as usize);
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    assert_eq!(order[0], NOVELTY as usize);
    assert_eq!([105, 110].map(|c| order[1..3].contains(&c)), [true, true], "{:?}", &order[..6]);
}

#[test]
fn explain_sees_two_columns_that_hide_each_other() {
    // Column 1 always repeats column 0, so neither alone makes the row usual again.
    let mut next = chance(5);
    let mut train = Table::new(4);
    for _ in 0..400 {
        let v = 1.0 + next();
        train.push(&[(0, v), (1, v), (2, next()), (3, next())]);
    }
    let mut one = Table::new(4);
    one.push(&[(0, 400.0), (1, 400.0), (2, 0.5), (3, 0.5)]);
    let weights = train.train(&[]).explain(&one.rows()).unwrap();
    assert!(weights[..2].iter().all(|w| *w > 10.0 * weights[2].max(weights[3]).max(0.01)), "{weights:?}");
}

#[test]
fn a_row_of_medians_has_nothing_to_explain() {
    let model = usual_table(100, 6).train(&[]);
    let mut one = Table::new(COLUMNS);
    one.push(&[]);
    assert!(model.explain(&one.rows()).unwrap().iter().all(|w| *w == 0.0));
}

#[test]
fn a_missing_value_is_strange_where_it_was_always_there() {
    let mut next = chance(7);
    let mut train = Table::new(3);
    (0..300).for_each(|_| train.push(&[(0, 5.0 + next()), (1, next()), (2, next())]));
    let model = train.train(&[]);
    let (mut with, mut without) = (Table::new(3), Table::new(3));
    with.push(&[(0, 5.5), (1, 0.5), (2, 0.5)]);
    without.push(&[(1, 0.5), (2, 0.5)]);
    let (with, score) = (model.score(&with.rows()).unwrap()[0], model.score(&without.rows()).unwrap()[0]);
    assert!(score > 0.8 && with < 0.65, "{score} without, {with} with");
    assert!(model.explain(&without.rows()).unwrap()[0] > 1.0);
}

#[test]
fn rows_that_are_all_alike_score_as_average_and_any_other_row_higher() {
    let mut train = Table::new(2);
    (0..100).for_each(|_| train.push(&[(0, 1.0)]));
    let model = train.train(&[]);
    assert!((model.score(&train.rows()).unwrap()[0] - 0.5).abs() < 1e-6);
    let mut other = Table::new(2);
    other.push(&[(0, 1.0), (1, 1.0)]);
    assert!(model.score(&other.rows()).unwrap()[0] > 0.7);
}

#[test]
fn strangeness_keeps_the_order_of_the_score_and_is_1_for_a_usual_row() {
    let usual = usual_table(300, 3);
    let model = usual.train(&[]);
    let mut rows = usual_table(40, 4);
    rows.push(&[(0, 50.0), (7, -900.0)]);
    let (scores, strangeness) = (model.score(&rows.rows()).unwrap(), model.strangeness(&rows.rows()).unwrap());
    for (score, strange) in scores.iter().zip(&strangeness) {
        // The paper's score is 2^(-E / c), strangeness c / E.
        assert!((f64::from(*score) - (-1.0 / f64::from(*strange)).exp2()).abs() < 1e-5, "{score} {strange}");
    }
    assert!(strangeness[40] > 2.0 * strangeness[0], "{strangeness:?}");
}

#[test]
fn stats_say_what_was_grown() {
    let stats = usual_table(300, 8).train(&[("trees", "7"), ("sample", "256")]).stats();
    let figure = |name: &str| stats.iter().find(|(n, _)| n == name).unwrap().1;
    assert_eq!((figure("trees"), figure("sample"), figure("rows"), figure("columns")), (7.0, 256.0, 300.0, 120.0));
    assert!(figure("columns_split") > 20.0 && figure("columns_constant") >= 30.0);
    assert!(figure("depth_mean") > 1.0 && figure("depth_max") == 8.0);
}
