//! Incidents, level shifts, new generations and calibrations that are poor.

use crate::stream::{Chance, SHAPES, Shape, alarms, calibrated, feed, settings};
use foghorn_thresholds::Gate;

const HOUR: usize = 120;

/// Usual scores of a forest moved up to about `level`.
fn around(level: f32, n: usize, chance: &mut Chance) -> Vec<f32> {
    (0..n).map(|_| level + 0.02 * chance.normal() as f32).collect()
}

#[test]
fn a_novel_failure_is_at_least_a_warning() {
    for shape in SHAPES {
        for calibration in [20, 50, 500] {
            let mut chance = Chance::new(calibration as u64);
            let usual = shape.take(calibration, &mut chance);
            let highest = usual.iter().fold(0.0f32, |a, b| a.max(*b));
            let mut gate = calibrated(&usual);
            let far = if highest < 1.0 { 0.985 } else { 1e9 };
            let severity = feed(&mut gate, 0, &[far])[0].severity;
            assert!(severity >= 2, "{shape:?} after {calibration} scores: severity {severity}");
        }
    }
}

#[test]
fn severities_rise_with_the_score() {
    let gate = calibrated(&around(0.42, 500, &mut Chance::new(1)));
    let of = |score: f32| feed(&mut gate.clone(), 0, &[score])[0];
    let threshold = of(0.42).threshold;
    assert!((0.5..0.6).contains(&threshold), "{threshold}");
    assert_eq!([0.42, threshold.next_down()].map(|s| of(s).severity), [0, 0]);
    let severities: Vec<u8> = [threshold, 0.7, 0.8, 0.95, 1.0].map(|s| of(s).severity).to_vec();
    assert_eq!((severities[0], severities[3], severities[4]), (1, 3, 3));
    assert!(severities.is_sorted() && severities.contains(&2), "{severities:?}");
}

#[test]
fn an_incident_of_hours_does_not_move_the_threshold() {
    let mut chance = Chance::new(2);
    let mut gate = calibrated(&around(0.42, 500, &mut chance));
    let before = feed(&mut gate, 0, &around(0.42, 10, &mut chance))[9].threshold;
    let incident = around(0.75, 5 * HOUR, &mut chance);
    let decisions = feed(&mut gate, 10, &incident);
    assert_eq!(alarms(&decisions), incident.len());
    let after = feed(&mut gate, 10 + 5 * HOUR, &around(0.42, 10, &mut chance))[0].threshold;
    assert!((after - before).abs() < 0.01, "{before} before, {after} after");
}

#[test]
fn a_level_that_lasts_six_hours_is_usual_from_then_on() {
    let mut chance = Chance::new(3);
    let mut gate = calibrated(&around(0.42, 500, &mut chance));
    let decisions = feed(&mut gate, 0, &around(0.75, 24 * HOUR, &mut chance));
    assert_eq!(alarms(&decisions[..6 * HOUR]), 6 * HOUR);
    assert_eq!(alarms(&decisions[6 * HOUR + 1..]), 0);
    assert!(feed(&mut gate, 24 * HOUR, &[0.97])[0].severity >= 2, "what is strange on the new level is still found");
}

#[test]
fn sensitivity_comes_back_after_the_level_falls() {
    let mut chance = Chance::new(4);
    let mut gate = calibrated(&around(0.55, 500, &mut chance));
    feed(&mut gate, 0, &around(0.42, 48 * HOUR, &mut chance));
    let decision = feed(&mut gate, 48 * HOUR, &[0.42])[0];
    assert!(decision.threshold < 0.6, "{decision:?}");
}

#[test]
fn a_calibration_of_which_a_tenth_is_incident_still_finds_such_incidents() {
    for (percent, n) in [(1, 500), (5, 500), (10, 500), (10, 50)] {
        let mut chance = Chance::new(percent as u64);
        let mut scores = around(0.42, n, &mut chance);
        for i in 0..n * percent / 100 {
            scores[i * 100 / percent] = 0.8 + 0.02 * chance.normal() as f32;
        }
        let mut gate = calibrated(&scores);
        let found = feed(&mut gate, 0, &[0.8])[0];
        assert!(found.severity >= 1, "{percent} % of {n}: {found:?}");
    }
}

#[test]
fn scores_that_are_all_alike_stay_below_the_threshold() {
    for score in [0.0, 1e-5, 0.45, 0.999, 1.0, 3.0, 1e6, f32::MAX / 2.0] {
        for calibration in [1, 30, 2_000] {
            let mut gate = calibrated(&vec![score; calibration]);
            let decisions = feed(&mut gate, 0, &[score; 300]);
            assert_eq!(alarms(&decisions), 0, "{score} after {calibration}");
            assert!(decisions.iter().all(|d| d.threshold > score));
        }
    }
    let mut gate = calibrated(&[0.45; 40]);
    assert!(feed(&mut gate, 0, &[0.75])[0].severity >= 1, "anything clearly higher is too high");
}

#[test]
fn a_gate_that_knows_nothing_raises_no_alarm_and_learns() {
    let mut chance = Chance::new(6);
    let mut gate = Gate::new(settings(1.0));
    assert_eq!(alarms(&feed(&mut gate, 0, &[0.99])), 0);
    let mut gate = Gate::new(settings(1.0));
    assert_eq!(alarms(&feed(&mut gate, 0, &around(0.42, 200, &mut chance))), 0);
    assert!(feed(&mut gate, 200, &[0.97])[0].severity >= 2);
}

#[test]
fn a_new_generation_resets_the_level() {
    let mut chance = Chance::new(7);
    let mut gate = calibrated(&around(0.42, 500, &mut chance));
    feed(&mut gate, 0, &around(0.42, 1_000, &mut chance));
    for n in [30, 500] {
        let mut gate = gate.clone();
        gate.calibrate(&around(0.6, n, &mut chance)).unwrap();
        let decisions = feed(&mut gate, 1_000, &around(0.6, 500, &mut chance));
        assert_eq!(alarms(&decisions), 0);
        assert!(decisions[0].threshold < 0.8, "the old tail helps the {n} new scores: {:?}", decisions[0]);
    }
}

#[test]
fn a_calibration_with_no_or_hardly_any_scores_keeps_what_is_known() {
    let gate = calibrated(&Shape::Beta.take(500, &mut Chance::new(8)));
    for few in [&[][..], &[0.9][..], &[0.9, 0.91, 0.95, 0.97][..]] {
        let mut after = gate.clone();
        after.calibrate(few).unwrap();
        assert_eq!(after.save(), gate.save());
    }
}

#[test]
fn scores_that_leave_0_to_1_change_the_scale_and_raise_no_lasting_alarm() {
    let mut chance = Chance::new(9);
    let small: Vec<f32> = (0..500).map(|_| 0.5 * chance.gamma(2) as f32).filter(|s| *s <= 1.0).collect();
    let mut gate = calibrated(&small);
    let usual: Vec<f32> = (0..2_000).map(|_| 0.5 * chance.gamma(2) as f32).collect();
    let decisions = feed(&mut gate, 0, &usual);
    assert!(alarms(&decisions) <= 20, "{}", alarms(&decisions));
    assert!(feed(&mut gate, 2_000, &[500.0])[0].severity == 3);
}
