//! What training saw of each column: its range and its median.
//!
//! A tree knows nothing outside the values it was grown from, and never splits on a column that was constant. So a row
//! with a count a hundred times above any learned one would end in the same leaf as the largest learned one, and a column
//! that was always 0 would never be looked at. Had the row been among those a tree is grown from, a uniform threshold would
//! have cut it off at once with chance `e / (1 + e)`, `e` being its distance from the range in units of the range. So the
//! path of a row is divided by `1 + outside * E`, `E` the sum of `e` over the columns. Every learned row has `E` = 0 (unless
//! `trim` leaves it outside), and a far value brings any row's score near 1.
//!
//! A constant column has no range of its own to measure with, and a narrow one would make much of little: both are measured
//! with the upper quartile of all ranges that are not 0, or 1. Not with the median: where half of the columns are narrow, as
//! TF-IDF buckets are, a small drift in each of them would count as far outside.

use crate::Rows;

/// Ranges and medians of all columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    pub(crate) low: Vec<f32>,
    pub(crate) high: Vec<f32>,
    pub(crate) median: Vec<f32>,
    /// Length that one unit of exceedance has. Derived from the ranges.
    unit: Vec<f64>,
    /// Columns in which even 0 is outside. Derived from the ranges.
    never_zero: Vec<u32>,
}

impl Ranges {
    /// Learns from at least one row, leaving out the share `trim` of rows at either end. O(values log values).
    pub(crate) fn learn(rows: &Rows<'_>, trim: f32) -> Self {
        let (starts, mut keys) = by_column(rows);
        let n = rows.len();
        let cut = (f64::from(trim) * n as f64) as usize;
        let mut ranges = [Vec::new(), Vec::new(), Vec::new()];
        for span in starts.windows(2) {
            let column = &mut keys[span[0]..span[1]];
            sort(column);
            let below = column.partition_point(|key| value(*key) < 0.0);
            let at = |i: usize| nth(column, below, n, i);
            for (list, value) in ranges.iter_mut().zip([at(cut), at(n - 1 - cut), at((n - 1) / 2)]) {
                list.push(value);
            }
        }
        let [low, high, median] = ranges;
        Self::new(low, high, median)
    }

    pub(crate) fn new(low: Vec<f32>, high: Vec<f32>, median: Vec<f32>) -> Self {
        let widths: Vec<f64> = low.iter().zip(&high).map(|(l, h)| f64::from(*h) - f64::from(*l)).collect();
        let mut known: Vec<f64> = widths.iter().copied().filter(|w| *w > 0.0).collect();
        known.sort_unstable_by(f64::total_cmp);
        let floor = known.get(known.len() * 3 / 4).copied().unwrap_or(1.0);
        let unit = widths.iter().map(|w| w.max(floor)).collect();
        let never_zero = (0..low.len()).filter(|&c| low[c] > 0.0 || high[c] < 0.0).map(|c| c as u32).collect();
        Self { low, high, median, unit, never_zero }
    }

    pub(crate) fn columns(&self) -> usize {
        self.low.len()
    }

    pub(crate) fn constant(&self) -> usize {
        self.low.iter().zip(&self.high).filter(|(l, h)| l == h).count()
    }

    /// How far `value` is outside the range of `column`, in units of that range; 0 inside.
    pub(crate) fn exceedance(&self, column: usize, value: f32) -> f64 {
        let (low, high) = (self.low[column], self.high[column]);
        let distance = if value > high {
            f64::from(value) - f64::from(high)
        } else if value < low {
            f64::from(low) - f64::from(value)
        } else {
            return 0.0;
        };
        distance / self.unit[column]
    }

    /// Sum of the exceedances of a sparse row. `dense` answers what the row holds in a column.
    pub(crate) fn exceedances(&self, idx: &[u32], val: &[f32], dense: impl Fn(usize) -> f32) -> f64 {
        // A listed 0 is as good as one that is missing: only what is not 0 is counted here.
        let listed = idx.iter().zip(val).filter(|(_, v)| **v != 0.0);
        let missing = self.never_zero.iter().map(|&c| c as usize).filter(|&c| dense(c) == 0.0);
        listed.map(|(&c, &v)| self.exceedance(c as usize, v)).sum::<f64>()
            + missing.map(|c| self.exceedance(c, 0.0)).sum::<f64>()
    }
}

/// The keys of the values of each column one after the other, and where each column starts.
fn by_column(rows: &Rows<'_>) -> (Vec<usize>, Vec<i32>) {
    let mut starts = vec![0; rows.columns() + 1];
    for (column, _) in rows.entries() {
        starts[column as usize + 1] += 1;
    }
    for c in 1..starts.len() {
        starts[c] += starts[c - 1];
    }
    let mut next = starts.clone();
    let mut keys = vec![0; rows.entries().count()];
    for (column, value) in rows.entries() {
        keys[next[column as usize]] = key(value);
        next[column as usize] += 1;
    }
    (starts, keys)
}

/// A whole number in the order of `f32::total_cmp`: these are compared in one step.
pub(crate) fn key(value: f32) -> i32 {
    turn(value.to_bits().cast_signed())
}

/// The value of a `key`.
pub(crate) fn value(key: i32) -> f32 {
    f32::from_bits(turn(key).cast_unsigned())
}

/// Negative numbers are stored with their size: the larger, the lower. Its own inverse.
fn turn(bits: i32) -> i32 {
    if bits < 0 { bits ^ i32::MAX } else { bits }
}

/// Sorts keys. Not inlined: a sort is 10 KiB of code, and the component needs it once.
#[inline(never)]
pub(crate) fn sort(keys: &mut [i32]) {
    keys.sort_unstable();
}

/// The `i`th smallest of `n` values of which only `sorted` are listed; the rest are 0 and come after the `below` first.
fn nth(sorted: &[i32], below: usize, n: usize, i: usize) -> f32 {
    let zeros = n - sorted.len();
    if i < below {
        value(sorted[i])
    } else if i < below + zeros {
        0.0
    } else {
        value(sorted[i - zeros])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(trim: f32) -> Ranges {
        // Column 0: 1 2 3 4 5 · column 1: always 0 · column 2: 0 0 0 -1 0.
        let rows = Rows::check(3, &[0, 1, 2, 3, 5, 6], &[0, 0, 0, 0, 2, 0], &[1.0, 2.0, 3.0, 4.0, -1.0, 5.0]).unwrap();
        Ranges::learn(&rows, trim)
    }

    #[test]
    fn keys_are_in_the_order_of_their_values() {
        let values = [f32::MIN, -2.0, -1e-40, -0.0, 0.0, 1e-40, 0.5, f32::MAX];
        assert!(values.map(key).is_sorted());
        assert_eq!(values.map(|v| value(key(v)).to_bits()), values.map(f32::to_bits));
    }

    #[test]
    fn range_and_median_count_what_is_not_listed_as_zero() {
        let ranges = learned(0.0);
        assert_eq!(ranges.low, [1.0, 0.0, -1.0]);
        assert_eq!(ranges.high, [5.0, 0.0, 0.0]);
        assert_eq!(ranges.median, [3.0, 0.0, 0.0]);
        assert_eq!(ranges.constant(), 1);
    }

    #[test]
    fn trim_leaves_out_the_ends() {
        let ranges = learned(0.2);
        assert_eq!((ranges.low[0], ranges.high[0]), (2.0, 4.0));
        assert_eq!((ranges.low[2], ranges.high[2]), (0.0, 0.0));
    }

    #[test]
    fn exceedance_is_measured_in_ranges() {
        let ranges = learned(0.0);
        assert_eq!(ranges.exceedance(0, 5.0), 0.0);
        assert_eq!(ranges.exceedance(0, 13.0), 2.0);
        assert_eq!(ranges.exceedance(0, 0.0), 0.25);
        // The widths are 4 and 1; the constant column is measured with the upper median of them.
        assert_eq!(ranges.exceedance(1, 4.0), 1.0);
    }

    #[test]
    fn a_missing_value_counts_where_zero_was_never_seen() {
        let ranges = learned(0.0);
        assert_eq!(ranges.exceedances(&[], &[], |_| 0.0), 0.25);
        assert_eq!(ranges.exceedances(&[0], &[0.0], |_| 0.0), 0.25);
        assert_eq!(ranges.exceedances(&[0], &[9.0], |c| if c == 0 { 9.0 } else { 0.0 }), 1.0);
    }
}
