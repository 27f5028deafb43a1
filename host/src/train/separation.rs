//! How well scores tell strange windows from usual ones. Pure.
//!
//! The area under the ROC curve, as the share of pairs (strange, usual) in the right order, ties counted half (Fawcett 2006): 1 tells
//! all apart, 0.5 is chance. It asks for no threshold and no scale, so generations of different detectors can be compared by it.

/// `None` unless there are scores of both. O((n + m) log n).
pub fn separation(usual: &[f32], strange: &[f32]) -> Option<f64> {
    if usual.is_empty() || strange.is_empty() {
        return None;
    }
    let mut sorted = usual.to_vec();
    sorted.sort_by(f32::total_cmp);
    let ordered = |score: &f32| {
        let below = sorted.partition_point(|usual| usual < score);
        let upto = sorted.partition_point(|usual| usual <= score);
        (below + upto) as f64 / 2.0
    };
    let pairs: f64 = strange.iter().map(ordered).sum();
    Some(pairs / (usual.len() as f64 * strange.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_checked_order_is_the_share_of_its_pairs() {
        // 0.5 stands above two of four; 0.35 above one and beside one; 0.9 above all four.
        let usual = [0.1, 0.35, 0.6, 0.8];
        assert_eq!(separation(&usual, &[0.5, 0.35]), Some(3.5 / 8.0));
        assert_eq!(separation(&usual, &[0.5, 0.35, 0.9]), Some(7.5 / 12.0));
    }

    #[test]
    fn a_detector_that_says_the_same_of_all_tells_nothing_apart() {
        assert_eq!(separation(&[1.0; 5], &[1.0; 3]), Some(0.5));
        assert_eq!(separation(&[0.1, 0.2], &[0.3, 0.4]), Some(1.0));
        assert_eq!(separation(&[0.3, 0.4], &[0.1, 0.2]), Some(0.0));
    }

    #[test]
    fn without_both_there_is_nothing_to_tell_apart() {
        assert_eq!(separation(&[], &[1.0]), None);
        assert_eq!(separation(&[1.0], &[]), None);
    }
}
