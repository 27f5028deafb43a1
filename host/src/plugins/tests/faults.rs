//! Each way to break the contract while running: told apart, ended in time, and nobody else's trouble.

use std::time::{Duration, Instant};

use super::components::{hostile, misbehave, model, rows};
use crate::plugins::{Detector, PluginError, Rows, TrapKind, train_model};

/// Scores with a model that misbehaves and gives back the error.
fn fault(how: &str) -> Option<PluginError> {
    let plugin = hostile()?;
    let mut witness = model(&plugin, "none").unwrap();
    let mut bad = model(&plugin, how).unwrap();
    let started = Instant::now();
    let error = bad.score(&rows()).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5), "{how} took {:?}", started.elapsed());
    assert!(error.is_fault(), "{error}");
    assert!(matches!(bad.score(&rows()), Err(PluginError::Dead { .. })), "{how}");
    assert!(matches!(bad.save(), Err(PluginError::Dead { .. })), "{how}");
    assert_eq!(witness.score(&rows()).unwrap(), [3.0, 0.0, 4.0], "another instance after {how}");
    assert_eq!(model(&plugin, "none").unwrap().score(&rows()).unwrap(), [3.0, 0.0, 4.0], "the next after {how}");
    Some(error)
}

#[test]
fn a_panic_is_a_trap_that_carries_its_message() {
    let Some(error) = fault("trap") else { return };
    assert!(matches!(error, PluginError::Trap { call: "score", kind: TrapKind::Unreachable, .. }), "{error}");
    assert!(error.to_string().starts_with("hostile 0.1.0 ("), "{error}");
    assert!(error.to_string().contains("no score\\nfor you"), "{error}");
}

#[test]
fn an_endless_loop_is_stopped_at_its_deadline() {
    let Some(plugin) = hostile() else { return };
    let mut bad = model(&plugin, "loop").unwrap();
    let started = Instant::now();
    let error = bad.score(&rows()).unwrap_err();
    assert!(matches!(error, PluginError::Deadline { deadline_ms: 500, .. }), "{error}");
    assert!(started.elapsed() >= Duration::from_millis(500));
    fault("loop");
}

#[test]
fn memory_above_the_limit_is_a_fault_of_its_own() {
    let Some(error) = fault("memory") else { return };
    assert!(matches!(error, PluginError::Memory { memory_bytes_max: 67_108_864, .. }), "{error}");
}

#[test]
fn a_plugin_that_bears_being_refused_memory_goes_on() {
    let Some(plugin) = hostile() else { return };
    let mut shy = model(&plugin, "memory-shy").unwrap();
    assert_eq!(shy.score(&rows()).unwrap(), [3.0, 0.0, 4.0]);
    assert_eq!(shy.score(&rows()).unwrap(), [3.0, 0.0, 4.0]);
}

#[test]
fn endless_recursion_ends_on_either_stack() {
    let Some(error) = fault("stack") else { return };
    assert!(matches!(error, PluginError::Trap { kind: TrapKind::Stack, .. }), "{error}");
    let error = fault("frames").unwrap();
    assert!(matches!(error, PluginError::Trap { kind: TrapKind::Bounds, .. }), "{error}");
}

#[test]
fn bad_scores_are_never_seen() {
    for (how, said) in [
        ("nan", "returned score NaN; a score is finite and not negative"),
        ("negative", "returned score -1; a score is finite and not negative"),
        ("short", "returned 2 scores for 3 windows"),
        ("long", "returned 4 scores for 3 windows"),
    ] {
        let Some(error) = fault(how) else { return };
        assert!(matches!(&error, PluginError::Answer { what, .. } if what == said), "{error}");
    }
}

#[test]
fn lists_that_lie_are_faults() {
    let Some(error) = fault("liar-list") else { return };
    assert!(matches!(&error, PluginError::Answer { .. }), "{error}");
    let plugin = hostile().unwrap();
    let mut bad = model(&plugin, "alias-list").unwrap();
    let started = Instant::now();
    let error = bad.stats().unwrap_err();
    assert!(matches!(&error, PluginError::Answer { call: "stats", .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(1), "a hundred gigabytes were copied");
    assert!(matches!(bad.stats(), Err(PluginError::Dead { .. })));
}

#[test]
fn a_state_too_large_to_keep_is_a_fault() {
    let Some(plugin) = hostile() else { return };
    let error = model(&plugin, "huge-state").unwrap().save().unwrap_err();
    assert!(matches!(&error, PluginError::Answer { call: "save", .. }), "{error}");
}

#[test]
fn negative_weights_are_a_fault() {
    let Some(plugin) = hostile() else { return };
    assert_eq!(model(&plugin, "none").unwrap().explain(&rows().select([0])).unwrap(), [0.5; 3]);
    let error = model(&plugin, "negative-weight").unwrap().explain(&rows().select([0])).unwrap_err();
    assert!(error.is_fault(), "{error}");
}

#[test]
fn a_refusal_is_no_fault_and_its_text_is_safe() {
    let Some(plugin) = hostile() else { return };
    let mut model = model(&plugin, "refuse").unwrap();
    for _ in 0..2 {
        let error = model.score(&rows()).unwrap_err();
        assert!(!error.is_fault());
        assert!(
            matches!(&error, PluginError::Refused { code: 4, message, .. } if message == "not \\u{1b}[31mtoday"),
            "{error}"
        );
    }
}

#[test]
fn a_plugin_that_talks_too_much_is_cut_short() {
    let Some(plugin) = hostile() else { return };
    assert_eq!(model(&plugin, "chatty").unwrap().score(&rows()).unwrap(), [3.0, 0.0, 4.0]);
}

#[test]
fn a_state_that_the_plugin_does_not_read_is_not_given_to_it() {
    let Some(plugin) = hostile() else { return };
    let load = |format, state: &[u8]| Detector::load(&plugin, &[], format, state).unwrap_err();
    assert!(matches!(load(8, b"state"), PluginError::Format { found: 8, .. }));
    assert!(Detector::load(&plugin, &[], 6, b"state").is_ok());
    assert!(matches!(load(7, b"other"), PluginError::Refused { code: 2, .. }));
    assert!(matches!(load(7, &vec![0; 33 << 20]), PluginError::Question { .. }));
}

#[test]
fn training_joins_its_parts_and_checks_what_came_of_it() {
    let Some(plugin) = hostile() else { return };
    let train = |how: &str, rows: &Rows| train_model(&plugin, &misbehave(how), rows, 1);
    assert_eq!(train("none", &rows()).unwrap(), b"state");
    assert!(train("none", &Rows { columns: 3, ..Rows::default() }).unwrap_err().is_too_little());
    let error = train("train-trap", &rows()).unwrap_err();
    assert!(matches!(error, PluginError::Trap { call: "train", .. }), "{error}");
    for how in ["nondeterministic", "forgetful"] {
        let error = train(how, &rows()).unwrap_err();
        assert!(error.is_fault() && error.to_string().contains("the same row has one score"), "{error}");
    }
}

#[test]
fn more_than_an_instance_can_hold_is_not_asked() {
    let Some(plugin) = hostile() else { return };
    let values = 3 << 20;
    let one_row = Rows {
        columns: 1 << 16,
        row_ptr: vec![0, values],
        idx: vec![0; values as usize],
        val: vec![0.0; values as usize],
    };
    let mut model = model(&plugin, "none").unwrap();
    let error = model.score(&one_row).unwrap_err();
    assert!(matches!(error, PluginError::Question { .. }) && !error.is_fault(), "{error}");
    assert_eq!(model.score(&rows()).unwrap(), [3.0, 0.0, 4.0]);
}

#[test]
fn many_rows_are_scored_in_several_calls() {
    let Some(plugin) = hostile() else { return };
    let mut many = Rows::default();
    let row = Rows { columns: 500, row_ptr: vec![0, 500], idx: (0..500).collect(), val: vec![1.0; 500] };
    for _ in 0..4_000 {
        many.extend(&row);
    }
    let mut model = model(&plugin, "none").unwrap();
    assert_eq!(model.score(&many).unwrap(), vec![500.0; 4_000]);
    assert!(model.stats().unwrap()[0].1 > 1.0, "it was called once");
}

#[test]
fn threads_fault_alone() {
    let Some(plugin) = hostile() else { return };
    std::thread::scope(|scope| {
        for how in ["none", "trap", "none", "stack", "none", "memory"] {
            let plugin = &plugin;
            scope.spawn(move || {
                for _ in 0..10 {
                    let scores = model(plugin, how).unwrap().score(&rows());
                    assert_eq!(scores.is_ok(), how == "none");
                }
            });
        }
    });
}
