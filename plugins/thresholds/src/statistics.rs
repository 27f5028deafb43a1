//! Robust figures of a few thousand numbers.

/// Least deviation anything is said to have: scores that are all alike still leave room of about a tenth above them.
pub(crate) const SPREAD_MIN: f64 = 0.01;

/// The value below which the share `p` of `sorted` lies; `sorted` is not empty.
pub(crate) fn quantile(sorted: &[f64], p: f64) -> f64 {
    sorted[place(sorted.len(), p)]
}

fn place(len: usize, p: f64) -> usize {
    ((len - 1) as f64 * p).round() as usize
}

/// Sorted as whole numbers: these are compared in one step.
pub(crate) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut keys: Vec<i64> = values.map(key).collect();
    keys.sort_unstable();
    keys.into_iter().map(value).collect()
}

/// A number in the order of `f64::total_cmp`.
fn key(value: f64) -> i64 {
    turn(value.to_bits().cast_signed())
}

/// The value of a `key`.
fn value(key: i64) -> f64 {
    f64::from_bits(turn(key).cast_unsigned())
}

/// Negative numbers are stored with their size: the larger, the lower. Its own inverse.
fn turn(bits: i64) -> i64 {
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Median and deviation (1.4826 median absolute deviations, at least [`SPREAD_MIN`]) of a list that is not empty.
pub(crate) fn middle_and_spread(list: &[f64]) -> (f64, f64) {
    let middle = quantile(list, 0.5);
    let mut away: Vec<i64> = list.iter().map(|v| key((v - middle).abs())).collect();
    let (_, median, _) = away.select_nth_unstable(place(list.len(), 0.5));
    (middle, (1.4826 * value(*median)).max(SPREAD_MIN))
}

/// Mean after values more than two deviations from the median were moved to two: where a level that each value moves by
/// at most two deviations comes to rest.
pub(crate) fn level(list: &[f64]) -> f64 {
    let (middle, spread) = middle_and_spread(list);
    list.iter().map(|v| middle + clip(v - middle, spread)).sum::<f64>() / list.len() as f64
}

/// `away`, at most two deviations to either side.
pub(crate) fn clip(away: f64, spread: f64) -> f64 {
    away.clamp(-2.0 * spread, 2.0 * spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_as_numbers() {
        let values = [3.5, -0.0, 0.0, -2.0, f64::MAX, -1e-300, f64::MIN, 1e-300, -2.5];
        let mut expected = values;
        expected.sort_by(f64::total_cmp);
        let bits = |list: &[f64]| list.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&sorted(values.into_iter())), bits(&expected));
    }

    #[test]
    fn figures_of_a_small_list_are_those_worked_out_by_hand() {
        let list = [1.0, 2.0, 3.0, 4.0, 100.0];
        assert_eq!(quantile(&list, 0.0), 1.0);
        assert_eq!(quantile(&list, 1.0), 100.0);
        assert_eq!(middle_and_spread(&list), (3.0, 1.4826));
        assert!((level(&list) - (1.0 + 2.0 + 3.0 + 4.0 + 3.0 + 2.0 * 1.4826) / 5.0).abs() < 1e-12);
        assert_eq!(middle_and_spread(&[5.0, 5.0]), (5.0, SPREAD_MIN));
    }
}
