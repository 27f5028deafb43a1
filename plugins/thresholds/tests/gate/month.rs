//! False alarms over a simulated month of windows of 30 seconds, at the default budget and at the least that people ask for.
//!
//! `cargo test -p foghorn-thresholds --test gate month -- --nocapture` prints the counts. Smooth shapes stay below a tenth of the budget:
//! their tails are lighter than the exponential one that is assumed. `Lumpy` spends its budget, and no more.

use crate::stream::{Chance, DAY, MONTH, SHAPES, STEP, Shape, alarms, calibrated, feed, settings};
use foghorn_thresholds::Gate;

fn month(shape: Shape, calibration: usize, per_week: f64) -> usize {
    let mut chance = Chance::new(100 + calibration as u64);
    let mut gate = Gate::new(settings(per_week));
    gate.calibrate(&shape.take(calibration, &mut chance)).unwrap();
    alarms(&feed(&mut gate, 0, &shape.take(MONTH, &mut chance)))
}

#[test]
fn a_month_of_usual_scores_keeps_the_budget_whatever_their_shape() {
    for (per_week, calibration) in [(1.0, 30), (1.0, 1_000), (7.0, 30), (7.0, 1_000)] {
        for shape in SHAPES {
            let alarms = month(shape, calibration, per_week);
            println!("{shape:?} after {calibration} scores: {alarms} at {per_week} a week");
            // Each that is higher than all but the allowed is told as well: twice the budget bounds it.
            let most = (2.0 * per_week * 30.0 / 7.0) as usize + 2;
            assert!(alarms <= most, "{shape:?} after {calibration} scores: {alarms} false alarms in a month");
        }
    }
}

#[test]
fn the_first_day_is_no_noisier_than_later_ones_though_little_is_known() {
    for calibration in [0, 5, 20, 50, 200] {
        let days = 10;
        let mut alarms_in_all = 0;
        for shape in SHAPES {
            for seed in 0..days {
                let mut chance = Chance::new(seed);
                let mut gate = calibrated(&shape.take(calibration, &mut chance));
                alarms_in_all += alarms(&feed(&mut gate, 0, &shape.take(DAY, &mut chance)));
            }
        }
        // 60 first days at one alert a week would be 9.
        assert!(alarms_in_all <= 25, "{alarms_in_all} false alarms in 60 first days after {calibration} scores");
    }
}

#[test]
fn a_bigger_budget_is_used() {
    let alarms_at = |per_week| {
        let mut chance = Chance::new(3);
        let mut gate = Gate::new(settings(per_week));
        gate.calibrate(&Shape::Pareto.take(1_000, &mut chance)).unwrap();
        alarms(&feed(&mut gate, 0, &Shape::Pareto.take(MONTH, &mut chance)))
    };
    // Its tail is the one that is assumed: 430 a month are allowed.
    let alarms = alarms_at(100.0);
    assert!((200..=900).contains(&alarms), "{alarms}");
}

#[test]
fn chatty_containers_get_no_more_alerts_than_quiet_ones() {
    let mut chance = Chance::new(4);
    let mut gate = calibrated(&Shape::Beta.take(1_000, &mut chance));
    // A week of windows every 3 seconds.
    let scores = Shape::Beta.take(7 * 10 * DAY, &mut chance);
    let times: Vec<u64> = (0..scores.len() as u64).map(|i| 1 + i * STEP / 10).collect();
    let alarms = alarms(&gate.decide(&scores, &times).unwrap());
    assert!(alarms <= 6, "{alarms} in a week");
}

#[test]
fn rhythm_drift_and_correlation_stay_within_twice_the_budget() {
    let mut chance = Chance::new(5);
    let mut wave = 0.0;
    for kind in ["rhythm", "drift", "correlation"] {
        let mut scores = Vec::new();
        for i in 0..MONTH + 1_000 {
            wave = 0.95 * wave + chance.normal() * 0.312;
            let day = (i as f64 / DAY as f64 * std::f64::consts::TAU).sin();
            let usual = match kind {
                "rhythm" => 0.42 + 0.03 * day + 0.02 * chance.normal(),
                "drift" => 0.35 + 0.2 * i as f64 / MONTH as f64 + 0.02 * chance.normal(),
                _ => 0.42 + 0.03 * wave,
            };
            scores.push(usual as f32);
        }
        let mut gate = calibrated(&scores[..1_000]);
        let decisions = feed(&mut gate, 0, &scores[1_000..]);
        assert!(alarms(&decisions) <= 9, "{kind}: {}", alarms(&decisions));
        let last = decisions[MONTH - 1].threshold;
        assert!(last < 0.7, "{kind}: a threshold of {last} would miss too much");
    }
}
