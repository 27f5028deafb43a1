//! States and calls that nobody vouches for end in an error, never in a panic or in memory without bound.

use crate::table::{Table, chance};
use foghorn_iforest::{FORMAT, Model};
use proptest::prelude::*;

fn table() -> Table {
    let mut next = chance(3);
    let mut table = Table::new(6);
    for _ in 0..50 {
        let row: Vec<_> = (0..6).map(|c| (c, (next() * 4.0).floor())).collect();
        table.push(&row);
    }
    table
}

fn state() -> Vec<u8> {
    table().train(&[("trees", "4"), ("sample", "16")]).save()
}

proptest! {
    #[test]
    fn any_bytes_changed_are_refused_or_still_score(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        let mut state = state();
        for (at, byte) in changes {
            let at = at.index(state.len());
            state[at] = byte;
        }
        match Model::load(FORMAT, &state) {
            Err(error) => prop_assert_eq!(error.code, 2),
            Ok(model) => {
                let table = table();
                let scores = model.score(&table.rows()).unwrap();
                prop_assert!(scores.iter().all(|s| s.is_finite() && *s >= 0.0));
            }
        }
    }

    #[test]
    fn a_state_cut_short_or_made_up_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), keep in 0usize..2_000) {
        let whole = state();
        prop_assert_eq!(Model::load(FORMAT, &bytes).unwrap_err().code, 2);
        prop_assert_eq!(Model::load(FORMAT, &whole[..keep.min(whole.len() - 1)]).unwrap_err().code, 2);
    }
}

#[test]
fn a_head_that_claims_much_allocates_nothing() {
    // Columns, trees here and trees at their greatest, in a state of a few hundred bytes.
    let mut state = state();
    for (at, value) in [(12, u32::MAX), (20, u32::MAX), (32, u32::MAX)] {
        state[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    let error = Model::load(FORMAT, &state).unwrap_err();
    assert_eq!(error.code, 2);
    assert!(error.message.starts_with("the state is damaged: it claims"), "{}", error.message);
}

#[test]
fn another_format_is_refused_by_its_number() {
    let error = Model::load(FORMAT + 1, &state()).unwrap_err();
    assert_eq!((error.code, error.message.contains("format 2; this forest reads 1")), (2, true), "{}", error.message);
}

#[test]
fn parts_must_be_all_those_of_one_training_in_order() {
    let table = table();
    let settings = crate::table::parse(&[("trees", "5"), ("sample", "16")]);
    let part = |seed, part, parts| Model::train(&settings, &table.rows(), seed, part, parts).unwrap().save();
    let bad = [
        vec![],
        vec![part(1, 0, 2)],
        vec![part(1, 1, 2), part(1, 0, 2)],
        vec![part(1, 0, 2), part(2, 1, 2)],
        vec![part(1, 0, 2), part(1, 0, 2)],
        vec![part(1, 0, 1), part(1, 0, 1)],
    ];
    for states in bad {
        assert_eq!(Model::merge(FORMAT, &states).unwrap_err().code, 2);
    }
}

#[test]
fn calls_that_make_no_sense_say_why() {
    let table = table();
    let settings = crate::table::parse(&[]);
    let train = |rows: &Table, part, parts| Model::train(&settings, &rows.rows(), 1, part, parts);
    assert_eq!(train(&table, 1, 1).unwrap_err().code, 4);
    assert_eq!(train(&table, 0, 0).unwrap_err().code, 4);
    assert_eq!(train(&table, 0, 65).unwrap_err().code, 4);
    let mut one = Table::new(6);
    one.push(&[(0, 1.0)]);
    let error = train(&one, 0, 1).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (3, "there are 1 rows; training needs at least 2, wait for more"));
    let model = train(&table, 0, 1).unwrap();
    assert_eq!(model.score(&Table::new(7).rows()).unwrap_err().code, 4);
    assert_eq!(model.explain(&table.rows()).unwrap_err().message, "there are 50 rows to explain; allowed is one");
    assert_eq!(model.score(&Table::new(6).rows()).unwrap(), Vec::<f32>::new());
}

#[test]
fn the_largest_numbers_still_give_scores() {
    let mut table = Table::new(2);
    for value in [f32::MAX, f32::MIN, 0.0, f32::MIN_POSITIVE, 1.0] {
        table.push(&[(0, value), (1, -value)]);
    }
    for split in ["uniform", "pooled", "averaged"] {
        for weigh in ["uniform", "variance", "kurtosis"] {
            let model = table.train(&[("split", split), ("weigh", weigh), ("trees", "10")]);
            let scores = model.score(&table.rows()).unwrap();
            assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)), "{split} {weigh} {scores:?}");
            let mut one = Table::new(2);
            one.push(&[(1, f32::MAX)]);
            assert!(model.explain(&one.rows()).unwrap().iter().all(|w| w.is_finite() && *w >= 0.0));
        }
    }
}
