//! Quantiles of unsorted numbers, without interpolation.

/// The value at `share` (0 to 1) of the sorted list; 0 of an empty one. O(n).
pub(crate) fn quantile(list: &mut [f64], share: f64) -> f64 {
    let Some(last) = list.len().checked_sub(1) else { return 0.0 };
    let at = (share * last as f64).round() as usize;
    *list.select_nth_unstable_by(at.min(last), f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_of_the_list() {
        let mut list = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!([0.0, 0.5, 0.8, 1.0].map(|share| quantile(&mut list, share)), [1.0, 3.0, 4.0, 5.0]);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
