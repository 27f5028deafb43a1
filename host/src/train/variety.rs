//! How many kinds of windows there are among rows. Pure.
//!
//! A container that writes the same heartbeat for ever gives rows that are all but equal: there is nothing that a forest could split. That is no
//! fault (what is new still lies outside of what was learned, and is found), but it must be said.
//!
//! Two rows are of one kind when they differ in each column by at most a sixteenth of the largest value of that column; columns that
//! never exceed a 256th of the largest value of all do not count. So the jitter of a clock makes no kinds.

use crate::plugins::Rows;

/// Kinds that are counted; there may be more.
pub const KINDS_MAX: usize = 16;

/// Share of a column's largest value by which rows of one kind may differ, and the share of the largest value of all below which
/// a column is noise.
const ALIKE: f32 = 1.0 / 16.0;
const NOISE: f32 = 1.0 / 256.0;

/// How many kinds of rows there are, at most `KINDS_MAX`: each row belongs to the first one that it is like. O(rows × values × kinds).
pub fn kinds(rows: &Rows) -> usize {
    let tolerance = tolerance(rows);
    let mut first_ones: Vec<usize> = Vec::new();
    for row in 0..rows.len() {
        if first_ones.len() == KINDS_MAX {
            break;
        }
        if !first_ones.iter().any(|&first| alike(rows.row(first), rows.row(row), &tolerance)) {
            first_ones.push(row);
        }
    }
    first_ones.len()
}

/// By how much rows of one kind may differ, column by column.
fn tolerance(rows: &Rows) -> Vec<f32> {
    let mut largest = vec![0.0_f32; rows.columns as usize];
    for (&column, value) in rows.idx.iter().zip(&rows.val) {
        let known = &mut largest[column as usize];
        *known = known.max(value.abs());
    }
    let noise = NOISE * largest.iter().copied().fold(0.0, f32::max);
    largest.into_iter().map(|most| (ALIKE * most).max(noise)).collect()
}

/// Walks two sparse rows side by side; what one of them lacks is 0.
fn alike(a: (&[u32], &[f32]), b: (&[u32], &[f32]), tolerance: &[f32]) -> bool {
    let (mut left, mut right) = (0, 0);
    while left < a.0.len() || right < b.0.len() {
        let at = |row: &(&[u32], &[f32]), place: usize| row.0.get(place).copied().unwrap_or(u32::MAX);
        let column = at(&a, left).min(at(&b, right));
        let take = |row: &(&[u32], &[f32]), place: &mut usize| {
            let here = at(row, *place) == column;
            let value = if here { row.1[*place] } else { 0.0 };
            *place += usize::from(here);
            value
        };
        let apart = (take(&a, &mut left) - take(&b, &mut right)).abs();
        if apart > tolerance[column as usize] {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn kinds_of(dense: &Array2<f32>) -> usize {
        kinds(&Rows::from_dense(dense))
    }

    #[test]
    fn rows_that_differ_by_a_clock_are_of_one_kind() {
        assert_eq!(kinds_of(&array![[1.0, 0.50], [1.0, 0.51], [1.0, 0.49]]), 1);
        assert_eq!(kinds_of(&array![[1.0, 0.001], [1.0, 0.0], [1.0, 0.002]]), 1, "a column of noise");
    }

    #[test]
    fn what_differs_in_one_column_is_another_kind() {
        assert_eq!(kinds_of(&array![[1.0, 0.5], [1.0, 0.0], [1.0, 0.5], [0.2, 0.0]]), 3);
    }

    #[test]
    fn only_so_many_are_counted() {
        let many = Array2::from_shape_fn((40, 40), |(row, column)| f32::from(u8::from(row == column)));
        assert_eq!(kinds_of(&many), KINDS_MAX);
        assert_eq!(kinds(&Rows::default()), 0);
    }
}
