//! The same rows, settings and seed give the same bytes; states and parts lose nothing.

use crate::table::{Table, chance, parse};
use foghorn_iforest::{FORMAT, Model};
use proptest::prelude::*;

fn table(rows: usize, columns: u32, seed: u64) -> Table {
    let mut next = chance(seed);
    let mut table = Table::new(columns);
    for _ in 0..rows {
        let row: Vec<_> = (0..columns).map(|c| (c, if next() < 0.7 { 0.0 } else { (next() * 8.0).round() })).collect();
        table.push(&row);
    }
    table
}

fn split() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("uniform"), Just("pooled"), Just("averaged")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn parts_merge_to_the_model_trained_at_once(
        rows in 2usize..200, columns in 0u32..30, seed: u64, parts in 1u32..=9, trees in 1u32..=20, split in split()
    ) {
        let table = table(rows, columns, seed);
        let trees = trees.to_string();
        let settings = parse(&[("trees", &trees), ("sample", "64"), ("split", split)]);
        let whole = Model::train(&settings, &table.rows(), seed, 0, 1).unwrap();
        let train = |part| Model::train(&settings, &table.rows(), seed, part, parts).unwrap().save();
        let merged = Model::merge(FORMAT, &(0..parts).map(train).collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(merged.save(), whole.save());
    }

    #[test]
    fn a_loaded_model_scores_and_explains_with_the_same_bits(rows in 2usize..100, columns in 0u32..30, seed: u64, split in split()) {
        let table = table(rows, columns, seed);
        let model = table.train(&[("trees", "15"), ("split", split), ("weigh", "kurtosis")]);
        let loaded = Model::load(FORMAT, &model.save()).unwrap();
        prop_assert_eq!(loaded.save(), model.save());
        let fresh = self::table(20, columns, seed ^ 1);
        let bits = |m: &Model| m.score(&fresh.rows()).unwrap().into_iter().map(f32::to_bits).collect::<Vec<_>>();
        prop_assert_eq!(bits(&loaded), bits(&model));
        let one = self::table(1, columns, seed ^ 2);
        prop_assert_eq!(loaded.explain(&one.rows()).unwrap(), model.explain(&one.rows()).unwrap());
    }

    #[test]
    fn a_row_scores_the_same_whatever_is_beside_it(rows in 2usize..60, seed: u64) {
        let table = table(rows, 12, seed);
        let model = table.train(&[("trees", "15")]);
        let together = model.score(&table.rows()).unwrap();
        prop_assert!(together.iter().all(|s| (0.0..=1.0).contains(s)));
        let mut next = chance(seed);
        for score in together {
            let row: Vec<_> = (0..12).map(|c| (c, if next() < 0.7 { 0.0 } else { (next() * 8.0).round() })).collect();
            let mut alone = Table::new(12);
            alone.push(&row);
            prop_assert_eq!(model.score(&alone.rows()).unwrap(), vec![score]);
        }
    }
}

#[test]
fn another_seed_gives_other_trees() {
    let table = table(300, 10, 1);
    let settings = parse(&[("trees", "5")]);
    let train = |seed| Model::train(&settings, &table.rows(), seed, 0, 1).unwrap().score(&table.rows()).unwrap();
    assert_ne!(train(1), train(2));
    assert_eq!(train(1), train(1));
}
