//! Against scikit-learn's IsolationForest; data/sklearn.json is made by make_sklearn_fixture.py.

use crate::table::Table;
use foghorn_iforest::{FORMAT, Model, average_path_length};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    average_path_length: Vec<(usize, f64)>,
    rows: Vec<Vec<f32>>,
    scores: Vec<f64>,
    small: Small,
}

#[derive(Deserialize)]
struct Small {
    sample: u32,
    depth: u32,
    trees: Vec<Tree>,
    scores: Vec<f64>,
}

#[derive(Deserialize)]
struct Tree {
    nodes: Vec<(usize, u32, f32)>,
    leaves: Vec<(usize, f32)>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../data/sklearn.json")).unwrap()
}

#[test]
fn average_path_lengths_are_those_of_sklearn() {
    for (n, expected) in fixture().average_path_length {
        let found = average_path_length(n);
        assert!((found - expected).abs() < 1e-6, "c({n}) is {found}, sklearn says {expected}");
    }
}

#[test]
fn a_plain_forest_ranks_rows_as_sklearn_does() {
    let fixture = fixture();
    let table = Table::dense(&fixture.rows);
    let model =
        table.train(&[("split", "uniform"), ("weigh", "uniform"), ("trim", "0"), ("trees", "500"), ("sample", "256")]);
    let scores: Vec<f64> = model.score(&table.rows()).unwrap().into_iter().map(f64::from).collect();
    let apart = scores.iter().zip(&fixture.scores).map(|(a, b)| (a - b).abs()).sum::<f64>() / scores.len() as f64;
    let spearman = correlation(&ranks(&scores), &ranks(&fixture.scores));
    assert!(spearman > 0.97, "Spearman {spearman}");
    assert!(apart < 0.01, "mean difference {apart}");
}

#[test]
fn trees_of_sklearn_give_the_scores_of_sklearn() {
    let Fixture { rows, small, .. } = fixture();
    let table = Table::dense(&rows);
    let model = Model::load(FORMAT, &state_of(&small, &rows)).unwrap();
    for (i, (found, expected)) in model.score(&table.rows()).unwrap().into_iter().zip(&small.scores).enumerate() {
        assert!((f64::from(found) - expected).abs() < 1e-6, "row {i} scores {found}, sklearn says {expected}");
    }
}

/// Writes trees in the documented layout of a state, byte by byte.
fn state_of(small: &Small, rows: &[Vec<f32>]) -> Vec<u8> {
    let columns = rows[0].len();
    let here = small.trees.len() as u32;
    let mut out = b"FGHIFRST".to_vec();
    let words = [FORMAT, columns as u32, small.depth, here, 0, 1, here, small.sample, 1.0f32.to_bits(), 0];
    out.extend(words.into_iter().flat_map(u32::to_le_bytes));
    out.extend([rows.len() as u64, 0].into_iter().flat_map(u64::to_le_bytes));
    for pick in [f32::min as fn(f32, f32) -> f32, f32::max, |a, _| a] {
        let column = |c: usize| rows.iter().map(|r| r[c]).reduce(pick).unwrap();
        out.extend((0..columns).flat_map(|c| column(c).to_le_bytes()));
    }
    let size = 1usize << small.depth;
    for tree in &small.trees {
        let mut nodes = vec![(0, f32::INFINITY); size - 1];
        tree.nodes.iter().for_each(|&(k, column, threshold)| nodes[k] = (column, threshold));
        out.extend(nodes.into_iter().flat_map(|(c, t)| c.to_le_bytes().into_iter().chain(t.to_le_bytes())));
    }
    for tree in &small.trees {
        let mut leaves = vec![0.0f32; size];
        tree.leaves.iter().for_each(|&(at, path)| leaves[at] = path);
        out.extend(leaves.into_iter().flat_map(f32::to_le_bytes));
    }
    out
}

/// Ranks from 0; equal values share their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |v: f64| values.iter().filter(|o| **o < v).count() as f64;
    let equal = |v: f64| values.iter().filter(|o| **o == v).count() as f64;
    values.iter().map(|&v| below(v) + (equal(v) - 1.0) / 2.0).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}
