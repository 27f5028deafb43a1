//! Which columns made a row strange.
//!
//! A column's share is how much shorter the row's path is because of its value, measured against the training median and
//! in the logarithm of the path, so that far rows whose scores are all near 1 are still told apart. It is measured twice
//! and averaged: by taking the column out of the row (all else stays strange), and by putting it alone into a row of
//! medians (nothing else is strange). Either alone fails when columns go wrong together: two columns that say the same
//! hide each other in the first, two that are strange only together are missed by the second. These are the first and
//! the last term of the column's Shapley value. Cost: two walks for each column whose value is not the median.

use crate::forest::{LANES, Lanes};
use crate::{Error, Model, Rows};

impl Model {
    /// One number a column for the one row in `rows`; not negative, 0 for columns that do nothing.
    ///
    /// # Errors
    /// Code 4 unless there is exactly one row with the model's columns.
    pub fn explain(&self, rows: &Rows<'_>) -> Result<Vec<f32>, Error> {
        self.check_columns(rows)?;
        if rows.len() != 1 {
            return Err(Error::input(format!("there are {} rows to explain; allowed is one", rows.len())));
        }
        let (idx, val) = rows.row(0);
        let mut row = vec![0.0; rows.columns()];
        for (&c, &v) in idx.iter().zip(val) {
            row[c as usize] = v;
        }
        let without = Changes::of(self, &row, &self.ranges.median);
        let alone = Changes::of(self, &self.ranges.median, &row);
        let mut weights = vec![0.0; row.len()];
        for (i, &c) in without.columns.iter().enumerate() {
            let taken = (without.paths[i] / without.base).ln();
            let put = (alone.base / alone.paths[i]).ln();
            weights[c] = ((taken.max(0.0) + put.max(0.0)) / 2.0) as f32;
        }
        Ok(weights)
    }
}

/// How the path of a dense row changes when one column takes another row's value.
struct Changes {
    columns: Vec<usize>,
    base: f64,
    paths: Vec<f64>,
}

impl Changes {
    fn of(model: &Model, row: &[f32], other: &[f32]) -> Self {
        let columns: Vec<usize> = (0..row.len()).filter(|&c| row[c] != other[c]).collect();
        let mut lanes = Lanes::new(row.len());
        for (c, &v) in row.iter().enumerate() {
            (0..LANES).for_each(|lane| lanes.set(lane, c, v));
        }
        let outside: f64 = row.iter().enumerate().map(|(c, &v)| model.ranges.exceedance(c, v)).sum();
        let base = positive(model.shortened(model.forest.mean_paths(&lanes)[0], outside));
        let mut paths = Vec::with_capacity(columns.len());
        for group in columns.chunks(LANES) {
            for (lane, &c) in group.iter().enumerate() {
                lanes.set(lane, c, other[c]);
            }
            for (path, &c) in model.forest.mean_paths(&lanes).into_iter().zip(group) {
                let changed = outside - model.ranges.exceedance(c, row[c]) + model.ranges.exceedance(c, other[c]);
                paths.push(positive(model.shortened(path, changed.max(0.0))));
            }
            for (lane, &c) in group.iter().enumerate() {
                lanes.set(lane, c, row[c]);
            }
        }
        Self { columns, base, paths }
    }
}

/// Keeps logarithms and quotients finite for rows beyond all measure.
fn positive(path: f64) -> f64 {
    path.max(f64::MIN_POSITIVE)
}
