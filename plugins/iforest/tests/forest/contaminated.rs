//! Faults that were learned with the rest do not hide their like.

use crate::quality::auc;
use crate::table::{Table, chance};

const COLUMNS: u32 = 40;
const NOVELTY: u32 = 20;

/// A window as the vectorizer might give it: surprises that are 0 but for one in fifty, and sizes and shares of every kind.
fn usual(next: &mut impl FnMut() -> f32) -> Vec<(u32, f32)> {
    let mut value = |c| match c < NOVELTY {
        true if next() < 0.02 => 0.5 + 0.5 * next(),
        true => 0.0,
        false => next(),
    };
    (0..COLUMNS).map(|c| (c, value(c))).collect()
}

/// An incident of one of five kinds: two surprises of its own are large, no larger than chance makes them.
fn failed(next: &mut impl FnMut() -> f32) -> Vec<(u32, f32)> {
    let mut row = usual(next);
    let kind = (next() * 5.0) as usize;
    row[2 * kind..][..2].iter_mut().for_each(|entry| entry.1 = 0.5 + 0.5 * next());
    row
}

/// How well new windows of the incident are told from new usual ones where `percent` of the 1,000 learned were of it.
fn found(percent: usize, settings: &[(&str, &str)]) -> f64 {
    let mut next = chance(percent as u64);
    let (mut train, mut good, mut bad) = (Table::new(COLUMNS), Table::new(COLUMNS), Table::new(COLUMNS));
    for number in 0..1_000 {
        let is_faulty = number % 100 < percent;
        train.push(&if is_faulty { failed(&mut next) } else { usual(&mut next) });
    }
    (0..400).for_each(|_| good.push(&usual(&mut next)));
    (0..100).for_each(|_| bad.push(&failed(&mut next)));
    let model = train.train(settings);
    auc(&model.score(&good.rows()).unwrap(), &model.score(&bad.rows()).unwrap())
}

#[test]
fn learned_incidents_do_not_hide_new_ones() {
    for (percent, least) in [(1, 0.965), (5, 0.94), (10, 0.91)] {
        let auc = found(percent, &[]);
        assert!(auc > least, "AUC {auc} at {percent} %");
    }
}

#[test]
fn trees_that_see_every_learned_incident_hide_new_ones() {
    // What the bounds above notice.
    for (percent, most) in [(5, 0.92), (10, 0.89)] {
        let auc = found(percent, &[("sample", "1000"), ("trees", "100")]);
        assert!(auc < most, "AUC {auc} at {percent} %");
    }
}
