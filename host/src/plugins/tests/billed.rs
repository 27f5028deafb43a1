//! What calls cost is counted, and by whom a fault is counted.

use super::components::{hostile, model, rows};
use crate::plugins::{Cost, Digest, PluginError, Slot};

#[test]
fn calls_their_time_and_the_memory_are_counted_from_the_bill_on() {
    let Some(plugin) = hostile() else { return };
    let cost = Cost::new();
    let mut detector = model(&plugin, "none").unwrap();
    detector.score(&rows()).unwrap();
    detector.bill(cost.clone());
    assert_eq!(cost.snapshot().calls, 0);
    for _ in 0..3 {
        detector.score(&rows()).unwrap();
    }
    let found = cost.snapshot();
    assert_eq!((found.calls, found.faults), (3, 0));
    assert!(found.busy_ns > 0 && found.p50_us.unwrap() <= found.p99_us.unwrap(), "{found:?}");
    assert!(found.memory_bytes >= 64 << 10 && found.memory_bytes == found.memory_peak_bytes, "{found:?}");
}

#[test]
fn memory_that_an_instance_takes_in_a_call_is_counted() {
    let Some(plugin) = hostile() else { return };
    let cost = Cost::new();
    let mut detector = model(&plugin, "memory-shy").unwrap();
    detector.bill(cost.clone());
    let before = cost.snapshot().memory_bytes;
    detector.score(&rows()).unwrap();
    assert!(cost.snapshot().memory_bytes > before);
}

#[test]
fn a_fault_is_counted_once_however_often_the_dead_are_asked() {
    let Some(plugin) = hostile() else { return };
    for how in ["trap", "nan", "memory"] {
        let cost = Cost::new();
        let mut detector = model(&plugin, how).unwrap();
        detector.bill(cost.clone());
        for _ in 0..3 {
            assert!(detector.score(&rows()).unwrap_err().is_fault(), "{how}");
        }
        let found = cost.snapshot();
        assert_eq!((found.calls, found.faults), (1, 1), "{how}");
    }
}

#[test]
fn a_fault_names_its_culprit_and_no_other_error_does() {
    let Some(plugin) = hostile() else { return };
    let digest: Digest = plugin.digest;
    let mut bad = model(&plugin, "trap").unwrap();
    for _ in 0..2 {
        let error = bad.score(&rows()).unwrap_err();
        assert_eq!((error.culprit(), error.slot()), (Some(digest), Slot::Detector), "{error}");
    }
    let error = model(&plugin, "none").unwrap().explain(&rows()).unwrap_err();
    assert!(matches!(error, PluginError::Question { .. }) && error.culprit().is_none(), "{error}");
}
