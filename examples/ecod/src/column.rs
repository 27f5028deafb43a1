//! One column's empirical distribution, as knots: its distinct values, and how many training values lie below and up to each.

/// Most knots of a column. A column of more distinct values keeps some of them, evenly by rank: counts stay exact there, and
/// between two knots a tail misses what lies between them.
pub(crate) const KNOTS_MAX: usize = 1_024;
/// A range is at least so wide: a column that never varied has one too.
const RANGE_MIN: f64 = 0.05;

/// An empirical distribution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    /// Rising.
    pub(crate) values: Vec<f32>,
    /// Training values below each knot, and those below or at it. Both rise; the last is the number of training rows.
    pub(crate) below: Vec<u32>,
    pub(crate) up_to: Vec<u32>,
    /// Whether the tail is on the left.
    pub(crate) left_tailed: bool,
}

/// `-ln` of a value's tail probabilities, and what its distance adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tails {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) skewed: f64,
    /// `ln(1 + distance / range)` of values beyond all knots; 0 for others.
    pub(crate) beyond: f64,
}

impl Column {
    /// Learns from values of which there is at least one.
    pub(crate) fn learn(mut values: Vec<f32>) -> Self {
        let left_tailed = skewness(&values) < 0.0;
        values.sort_unstable_by(f32::total_cmp);
        let last = |i: &usize| values.get(i + 1).is_none_or(|next| *next != values[*i]);
        let ends: Vec<usize> = (0..values.len()).filter(last).collect();
        let kept = thin(ends.len());
        let below = |knot: usize| knot.checked_sub(1).map_or(0, |before| ends[before] as u32 + 1);
        Self {
            values: kept.iter().map(|&knot| values[ends[knot]]).collect(),
            below: kept.iter().map(|&knot| below(knot)).collect(),
            up_to: kept.iter().map(|&knot| ends[knot] as u32 + 1).collect(),
            left_tailed,
        }
    }

    /// Values at most `tolerance` apart count as equal.
    pub(crate) fn tails(&self, value: f32, tolerance: f32) -> Tails {
        let rows = self.up_to.last().copied().unwrap_or(0);
        let last_below = self.values.partition_point(|knot| *knot <= value + tolerance).checked_sub(1);
        let at_or_below = last_below.map_or(0, |knot| self.up_to[knot]);
        let first_above = self.values.partition_point(|knot| *knot < value - tolerance);
        let at_or_above = self.below.get(first_above).map_or(0, |below| rows - below);
        let rare = |count: u32| -((f64::from(count) + 1.0) / (f64::from(rows) + 1.0)).ln();
        let (left, right) = (rare(at_or_below), rare(at_or_above));
        Tails {
            left,
            right,
            skewed: if self.left_tailed { left } else { right },
            beyond: self.beyond(value, tolerance),
        }
    }

    fn beyond(&self, value: f32, tolerance: f32) -> f64 {
        let (Some(low), Some(high)) = (self.values.first(), self.values.last()) else { return 0.0 };
        let [value, low, high] = [value, *low, *high].map(f64::from);
        (((low - value).max(value - high) - f64::from(tolerance)).max(0.0) / (high - low).max(RANGE_MIN)).ln_1p()
    }
}

/// At most `KNOTS_MAX` of the numbers below `count`, the first and the last among them.
fn thin(count: usize) -> Vec<usize> {
    if count <= KNOTS_MAX {
        return (0..count).collect();
    }
    (0..KNOTS_MAX).map(|knot| knot * (count - 1) / (KNOTS_MAX - 1)).collect()
}

/// The third standardised moment; 0 for values that are all alike.
fn skewness(values: &[f32]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let moment = |power: i32| values.iter().map(|value| (f64::from(*value) - mean).powi(power)).sum::<f64>() / count;
    let variance = moment(2);
    if variance > 0.0 { moment(3) / variance.powf(1.5) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_a_small_column_are_those_worked_out_by_hand() {
        let column = Column::learn(vec![1.0, 0.0, 0.0, 3.0]);
        assert_eq!(column.values, [0.0, 1.0, 3.0]);
        assert_eq!((column.below.as_slice(), column.up_to.as_slice()), (&[0, 2, 3][..], &[2, 3, 4][..]));
        // The mean is 1: deviations -1 -1 0 2, whose cubes add up to 6.
        assert!(!column.left_tailed);
        let tails = column.tails(1.0, 0.0);
        assert_eq!((tails.left, tails.right), (-(4.0_f64 / 5.0).ln(), -(3.0_f64 / 5.0).ln()));
        assert_eq!((tails.skewed, tails.beyond), (tails.right, 0.0));
        let far = column.tails(9.0, 0.0);
        assert_eq!((far.left, far.right), (-(5.0_f64 / 5.0).ln(), -(1.0_f64 / 5.0).ln()));
        assert!((far.beyond - 3.0_f64.ln()).abs() < 1e-12, "6 beyond a range of 3");
    }

    #[test]
    fn values_within_the_tolerance_count_as_equal() {
        let column = Column::learn(vec![0.0; 9]);
        assert_eq!(column.tails(0.04, 0.05), column.tails(0.0, 0.0));
        assert!(column.tails(0.04, 0.0).right > 2.0 && column.tails(0.06, 0.05).right > 2.0);
    }

    #[test]
    fn a_column_of_many_values_keeps_exact_counts_at_its_knots() {
        let column = Column::learn((0..5_000).map(|i| i as f32).collect());
        assert_eq!((column.values.len(), column.values[0], column.up_to[0]), (KNOTS_MAX, 0.0, 1));
        assert_eq!((column.values.last(), column.up_to.last()), (Some(&4_999.0), Some(&5_000)));
        assert!(column.values.iter().zip(&column.up_to).all(|(value, count)| *value as u32 + 1 == *count));
        assert_eq!(column.tails(4_999.0, 0.0).left, 0.0);
        assert_eq!(column.tails(4_999.0, 0.0).right, -(2.0_f64 / 5_001.0).ln());
    }
}
