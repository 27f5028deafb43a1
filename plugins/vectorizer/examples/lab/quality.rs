//! ROC-AUC, average precision and best F1 of scores, ties shared.

/// The three figures.
#[derive(Clone, Copy, Default)]
pub(crate) struct Quality {
    pub(crate) auc: f64,
    pub(crate) ap: f64,
    pub f1: f64,
}

pub(crate) fn quality(scored: &[(f64, bool)]) -> Quality {
    let mut scored = scored.to_vec();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = scored.iter().filter(|s| s.1).count() as f64;
    let negatives = scored.len() as f64 - positives;
    let (mut hits, mut alarms, mut q) = (0.0, 0.0, Quality::default());
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let more = tied.iter().filter(|s| s.1).count() as f64;
        let fewer = tied.len() as f64 - more;
        q.auc += fewer * (hits + more / 2.0);
        (hits, alarms) = (hits + more, alarms + fewer);
        q.ap += more / positives * hits / (hits + alarms);
        q.f1 = q.f1.max(2.0 * hits / (positives + hits + alarms));
    }
    q.auc /= positives * negatives;
    q
}

pub(crate) fn mean(all: &[Quality]) -> Quality {
    let n = all.len() as f64;
    let of = |f: fn(&Quality) -> f64| all.iter().map(f).sum::<f64>() / n;
    Quality { auc: of(|q| q.auc), ap: of(|q| q.ap), f1: of(|q| q.f1) }
}
