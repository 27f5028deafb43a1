//! How well scores tell labelled windows apart. Pure.
//!
//! ROC-AUC as the share of (anomalous, normal) pairs in the right order, ties counted half (Fawcett 2006); average precision as the
//! sum of precision over steps of recall, one step for each distinct score (as scikit-learn computes it).

/// One judged window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Higher is stranger; finite.
    pub score: f32,
    pub anomalous: bool,
    /// Whether the window was at or above its threshold.
    pub alarmed: bool,
}

/// Quality over all thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranking {
    pub roc_auc: f64,
    pub average_precision: f64,
    pub best_f1: f64,
}

/// Quality at the thresholds the system set for itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtThreshold {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// `None` unless there are both anomalous and normal windows. O(n log n).
pub fn ranking(judged: &[Judged]) -> Option<Ranking> {
    let positives = judged.iter().filter(|window| window.anomalous).count();
    let negatives = judged.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut sorted = judged.to_vec();
    sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (mut hits, mut misses) = (0.0, 0.0);
    let (mut ordered, mut average_precision, mut best_f1) = (0.0, 0.0, 0.0_f64);
    for tied in sorted.chunk_by(|a, b| a.score == b.score) {
        let new_hits = tied.iter().filter(|window| window.anomalous).count() as f64;
        let new_misses = tied.len() as f64 - new_hits;
        ordered += new_misses * hits + 0.5 * new_misses * new_hits;
        hits += new_hits;
        misses += new_misses;
        let precision = hits / (hits + misses);
        average_precision += new_hits / positives as f64 * precision;
        best_f1 = best_f1.max(f1(precision, hits / positives as f64));
    }
    Some(Ranking { roc_auc: ordered / (positives as f64 * negatives as f64), average_precision, best_f1 })
}

/// `None` unless there are both anomalous and normal windows. Precision is 0 where nothing was alarmed.
pub fn at_threshold(judged: &[Judged]) -> Option<AtThreshold> {
    let positives = judged.iter().filter(|window| window.anomalous).count() as f64;
    if positives == 0.0 || positives == judged.len() as f64 {
        return None;
    }
    let alarmed = judged.iter().filter(|window| window.alarmed).count() as f64;
    let hits = judged.iter().filter(|window| window.alarmed && window.anomalous).count() as f64;
    let precision = if alarmed == 0.0 { 0.0 } else { hits / alarmed };
    let recall = hits / positives;
    Some(AtThreshold { precision, recall, f1: f1(precision, recall) })
}

/// Alarms on normal windows, of each 1,000 normal ones; `None` without any.
pub fn false_alarms_per_1000(judged: &[Judged]) -> Option<f64> {
    let normal = || judged.iter().filter(|window| !window.anomalous);
    per_1000(normal().filter(|window| window.alarmed).count(), normal().count())
}

/// `None` of nothing.
pub fn per_1000(count: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| 1_000.0 * count as f64 / of as f64)
}

fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(pairs: &[(f32, bool)]) -> Vec<Judged> {
        pairs.iter().map(|&(score, anomalous)| Judged { score, anomalous, alarmed: score >= 1.0 }).collect()
    }

    #[test]
    fn a_perfect_order_scores_one() {
        let quality = ranking(&judged(&[(0.1, false), (0.2, false), (0.9, true)])).unwrap();
        assert_eq!(quality, Ranking { roc_auc: 1.0, average_precision: 1.0, best_f1: 1.0 });
    }

    #[test]
    fn a_hand_checked_order_scores_as_computed_by_hand() {
        // By falling score: hit, miss, hit, miss. AUC: 3 of 4 pairs. AP: 1/2 · 1 + 1/2 · 2/3. F1: best at 3 windows.
        let quality = ranking(&judged(&[(0.9, true), (0.8, false), (0.7, true), (0.1, false)])).unwrap();
        assert!((quality.roc_auc - 0.75).abs() < 1e-12);
        assert!((quality.average_precision - (0.5 + 1.0 / 3.0)).abs() < 1e-12);
        assert!((quality.best_f1 - 0.8).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_tell_nothing() {
        let quality = ranking(&judged(&[(0.5, true), (0.5, false), (0.5, true), (0.5, false)])).unwrap();
        assert!((quality.roc_auc - 0.5).abs() < 1e-12);
        assert!((quality.average_precision - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_live_threshold_is_judged_by_its_alarms() {
        let live = at_threshold(&judged(&[(1.2, true), (1.1, false), (0.4, true), (0.1, false)])).unwrap();
        assert_eq!(live, AtThreshold { precision: 0.5, recall: 0.5, f1: 0.5 });
    }

    #[test]
    fn false_alarms_are_counted_among_normal_windows_only() {
        let windows = judged(&[(1.2, true), (1.1, false), (0.4, false), (0.1, false), (0.1, false)]);
        assert_eq!(false_alarms_per_1000(&windows), Some(250.0));
        assert_eq!(false_alarms_per_1000(&judged(&[(1.2, true)])), None);
    }

    #[test]
    fn without_both_kinds_there_is_no_quality() {
        assert_eq!(ranking(&judged(&[(0.1, false)])), None);
        assert_eq!(at_threshold(&judged(&[(0.1, true)])), None);
    }
}
