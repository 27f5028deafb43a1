//! Deciding in two calls is deciding in one, and a loaded gate decides with the same bits.

use crate::stream::{Chance, STEP, Shape, settings};
use foghorn_thresholds::{Decision, FORMAT, Gate};
use proptest::prelude::*;

/// Usual scores with an incident in them, and times that do not always rise.
fn stream(seed: u64, n: usize, above_1: bool) -> (Vec<f32>, Vec<u64>) {
    let mut chance = Chance::new(seed);
    let mut scores = Shape::Beta.take(n, &mut chance);
    for score in scores.iter_mut().skip(n / 3).take(n / 3) {
        *score = 0.7 + *score * 0.1;
    }
    if above_1 {
        scores[n / 2] = 5.0;
    }
    // Gaps of 15 minutes let the incident last long enough to be taken for usual.
    let times =
        (1..=n as u64).map(|i| i * 30 * STEP - (chance.unit() * 40.0 * STEP as f64).min(i as f64) as u64).collect();
    (scores, times)
}

fn bits(decisions: &[Decision]) -> Vec<(u32, u8)> {
    decisions.iter().map(|d| (d.threshold.to_bits(), d.severity)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn calls_and_restarts_change_nothing(seed: u64, n in 6usize..600, calibration in 0usize..300, above_1: bool, cut: prop::sample::Index) {
        let (scores, times) = stream(seed, n, above_1);
        let mut once = Gate::new(settings(1.0));
        once.calibrate(&Shape::Beta.take(calibration, &mut Chance::new(seed ^ 1))).unwrap();
        let mut twice = once.clone();
        let whole = once.decide(&scores, &times).unwrap();
        let cut = cut.index(n);
        let mut parts = twice.decide(&scores[..cut], &times[..cut]).unwrap();
        let state = twice.save();
        prop_assert!(state.len() <= 20_480);
        let mut restarted = Gate::load(settings(1.0), FORMAT, &state).unwrap();
        prop_assert_eq!(&restarted, &twice);
        parts.extend(restarted.decide(&scores[cut..], &times[cut..]).unwrap());
        prop_assert_eq!(bits(&whole), bits(&parts));
        prop_assert_eq!(once.save(), restarted.save());
    }
}
