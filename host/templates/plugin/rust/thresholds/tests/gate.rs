//! The thresholds as a user meets them, without WebAssembly and without Foghorn.

use plugin::{FORMAT, Gate, Settings};

fn usual() -> Vec<f32> {
    (0..200).map(|i| 1.0 + (i % 10) as f32 / 100.0).collect()
}

fn calibrated() -> Gate {
    let mut gate = Gate::new(Settings::default());
    gate.calibrate(&usual()).unwrap();
    gate
}

#[test]
fn usual_scores_pass_and_higher_ones_are_graver() {
    let mut gate = calibrated();
    assert!(gate.decide(&usual()).unwrap().iter().all(|decision| decision.severity == 0));
    let severities: Vec<u8> = gate.decide(&[1.5, 2.5, 9.0]).unwrap().iter().map(|d| d.severity).collect();
    assert_eq!(severities, [1, 2, 3]);
}

#[test]
fn nothing_is_decided_before_enough_was_seen_and_high_scores_teach_nothing() {
    let mut gate = Gate::new(Settings::default());
    assert!(gate.decide(&[9.0; 20]).unwrap().iter().all(|d| d.severity == 0 && d.threshold > 9.0));
    let mut gate = calibrated();
    let before = gate.save();
    gate.decide(&[9.0]).unwrap();
    assert_eq!(gate.save(), before);
}

#[test]
fn a_loaded_gate_decides_alike_and_damage_is_refused() {
    let mut gate = calibrated();
    let mut loaded = Gate::load(Settings::default(), FORMAT, &gate.save()).unwrap();
    assert_eq!(loaded.decide(&usual()).unwrap(), gate.decide(&usual()).unwrap());
    assert_eq!(Gate::load(Settings::default(), FORMAT, &gate.save()[1..]).unwrap_err().code, 2);
    assert_eq!(gate.decide(&[f32::NAN]).unwrap_err().code, 4);
}
