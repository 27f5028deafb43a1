//! The rows one tree is grown from, dense and column by column.

use crate::rng::Rng;
use crate::{Error, Rows};

/// Most values a dense sample may hold: 64 MiB.
const VALUES_MAX: usize = 1 << 24;
const NONE: u32 = u32::MAX;

/// A sample of rows. Holds only columns in which the sampled rows differ: value `r` of column `i` is
/// `values[i * rows + r]`.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) rows: usize,
    /// Which column of the matrix each column here is, rising.
    pub(crate) columns: Vec<u32>,
    values: Vec<f32>,
}

impl Sample {
    pub(crate) fn column(&self, i: usize) -> &[f32] {
        &self.values[i * self.rows..][..self.rows]
    }
}

/// Draws samples. Keeps its tables from tree to tree.
#[derive(Debug)]
pub(crate) struct Sampler<'a> {
    rows: &'a Rows<'a>,
    /// All rows; as they were between two draws.
    order: Vec<u32>,
    /// Where each column of the matrix stands in the sample; `NONE` between two draws.
    place: Vec<u32>,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(rows: &'a Rows<'a>) -> Self {
        Self { rows, order: (0..rows.len() as u32).collect(), place: vec![NONE; rows.columns()] }
    }

    /// Draws `size` rows without putting any back. `size` is at most the number of rows.
    pub(crate) fn draw(&mut self, size: usize, rng: &mut Rng) -> Result<Sample, Error> {
        let chosen = self.choose(size, rng);
        let columns = self.columns_of(&chosen);
        if columns.len().saturating_mul(size) > VALUES_MAX {
            return Err(Error::input(format!(
                "a sample of {size} rows uses {} columns; together allowed are {VALUES_MAX} values, lower the setting sample",
                columns.len()
            )));
        }
        for (i, &c) in columns.iter().enumerate() {
            self.place[c as usize] = i as u32;
        }
        let mut values = vec![0.0; columns.len() * size];
        for (r, &row) in chosen.iter().enumerate() {
            let (idx, val) = self.rows.row(row as usize);
            for (&c, &v) in idx.iter().zip(val) {
                values[self.place[c as usize] as usize * size + r] = v;
            }
        }
        for &c in &columns {
            self.place[c as usize] = NONE;
        }
        Ok(without_constants(size, columns, values))
    }

    /// The columns in which these rows have values, rising. Leaves marks in `place`.
    fn columns_of(&mut self, rows: &[u32]) -> Vec<u32> {
        let mut columns = Vec::new();
        for &row in rows {
            for &c in self.rows.row(row as usize).0 {
                let place = &mut self.place[c as usize];
                if *place == NONE {
                    *place = 0;
                    columns.push(c);
                }
            }
        }
        columns.sort_unstable();
        columns
    }

    /// The first steps of a Fisher-Yates shuffle, undone afterwards, so that a draw depends on its own chance only.
    fn choose(&mut self, size: usize, rng: &mut Rng) -> Vec<u32> {
        let n = self.order.len();
        let swaps: Vec<usize> = (0..size).map(|i| i + rng.below(n - i)).collect();
        for (i, &j) in swaps.iter().enumerate() {
            self.order.swap(i, j);
        }
        let chosen = self.order[..size].to_vec();
        for (i, &j) in swaps.iter().enumerate().rev() {
            self.order.swap(i, j);
        }
        chosen
    }
}

fn without_constants(rows: usize, mut columns: Vec<u32>, mut values: Vec<f32>) -> Sample {
    let mut kept = 0;
    for i in 0..columns.len() {
        let column = &values[i * rows..][..rows];
        if column.iter().any(|v| *v != column[0]) {
            columns[kept] = columns[i];
            if kept < i {
                values.copy_within(i * rows..(i + 1) * rows, kept * rows);
            }
            kept += 1;
        }
    }
    columns.truncate(kept);
    values.truncate(kept * rows);
    Sample { rows, columns, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_drawn_once_each_and_constant_columns_left_out() {
        // Row i holds i + 1 in column 0, 7 in column 1, nothing in column 2.
        let row_ptr: Vec<u32> = (0..=10).map(|i| 2 * i).collect();
        let idx = [0, 1].repeat(10);
        let val: Vec<f32> = (0..10).flat_map(|i| [i as f32 + 1.0, 7.0]).collect();
        let rows = Rows::check(3, &row_ptr, &idx, &val).unwrap();
        let mut sampler = Sampler::new(&rows);
        let first = sampler.draw(10, &mut Rng::for_tree(1, 0)).unwrap();
        assert_eq!(first.columns, [0]);
        let mut seen = first.column(0).to_vec();
        seen.sort_unstable_by(f32::total_cmp);
        assert_eq!(seen, (1..=10).map(|v| v as f32).collect::<Vec<_>>());
        let again = sampler.draw(10, &mut Rng::for_tree(1, 0)).unwrap();
        assert_eq!(again.column(0), first.column(0), "a draw depends on its own chance only");
    }

    #[test]
    fn a_sample_too_wide_for_memory_is_refused() {
        let columns = 40_000u32;
        let idx: Vec<u32> = (0..columns).collect();
        let val = vec![1.0; columns as usize];
        let row_ptr: Vec<u32> = (0..=600).map(|i| if i == 0 { 0 } else { columns }).collect();
        let rows = Rows::check(columns, &row_ptr, &idx, &val).unwrap();
        let error = Sampler::new(&rows).draw(600, &mut Rng::for_tree(1, 0)).unwrap_err();
        assert_eq!(error.code, 4);
        assert!(error.message.contains("lower the setting sample"), "{}", error.message);
    }
}
