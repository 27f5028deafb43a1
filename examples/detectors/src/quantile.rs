//! Quantiles of unsorted numbers, without interpolation, and which numbers are left when the largest are taken away.

/// The value at `share` (0 to 1) of the sorted list; 0 of an empty one. O(n).
pub(crate) fn quantile(list: &mut [f64], share: f64) -> f64 {
    let Some(last) = list.len().checked_sub(1) else { return 0.0 };
    let at = (share * last as f64).round() as usize;
    *list.select_nth_unstable_by(at.min(last), f64::total_cmp).1
}

/// Which distances are left, in order, when the largest twentieth is taken away (of equal ones the later). O(n log n).
pub(crate) fn nearest_of(distances: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..distances.len()).collect();
    order.sort_by(|a, b| distances[*a].total_cmp(&distances[*b]));
    order.truncate(distances.len() - distances.len() / 20);
    order.sort_unstable();
    order
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

    #[test]
    fn the_largest_twentieth_is_taken_away() {
        let mut distances = vec![1.0; 40];
        (distances[3], distances[7], distances[9]) = (5.0, 9.0, 7.0);
        let left = nearest_of(&distances);
        assert_eq!((left.len(), left.contains(&3), left.contains(&7), left.contains(&9)), (38, true, false, false));
        assert_eq!(nearest_of(&[1.0; 19]).len(), 19);
    }
}
