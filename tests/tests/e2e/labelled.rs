//! `foghorn replay` over the public labelled log sets, where they lie beside the clone: the protocol counts what their cards
//! count, the ranking stays far above chance, and reasons name what it took. How good it is exactly is for docs/BENCHMARKS.md.

use std::path::PathBuf;
use std::process::Command;

use foghorn_tests::host;
use serde_json::Value;

/// The summary of a replay; `None`, and a word why, where the set is absent.
fn summary(set: &str, settings: &[&str]) -> Option<Value> {
    let input = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../shared/data/{set}.jsonl.gz"));
    if !input.exists() {
        eprintln!("skipped: the log set {set} does not lie beside this clone");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let (windows, summary) = (dir.path().join("windows.jsonl"), dir.path().join("summary.json"));
    let mut command = Command::new(host::binary().unwrap());
    command.arg("replay").arg("--input").arg(&input).arg("--output").arg(&windows).arg("--summary").arg(&summary);
    let output = command.args(settings).arg("--data-dir").arg(dir.path().join("data")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_str(&std::fs::read_to_string(summary).unwrap()).unwrap())
}

#[test]
fn hdfs_sessions_are_judged_by_the_protocol_of_their_card() {
    let Some(summary) = summary("hdfs", &[]) else { return };
    assert_eq!((&summary["judged"], &summary["positives"]), (&5_751.into(), &138.into()), "{summary}");
    assert!(summary["roc_auc"].as_f64().unwrap() > 0.95, "{summary}");
    assert!(summary["average_precision"].as_f64().unwrap() > 0.6, "{summary}");
}

#[test]
fn trainticket_windows_are_judged_by_the_protocol_of_their_card() {
    let Some(summary) = summary("trainticket", &[]) else { return };
    assert_eq!((&summary["judged"], &summary["positives"]), (&1_779.into(), &100.into()), "{summary}");
    assert!(summary["roc_auc"].as_f64().unwrap() > 0.8, "{summary}");
    assert!(summary["average_precision"].as_f64().unwrap() > 0.4, "{summary}");
}

/// Thresholds low enough for many alarms: reasons are judged, not thresholds.
const MANY_ALARMS: &[&str] = &["--set", "thresholds.alerts_per_week=1000"];

/// Without the terms that a reason names the window is below its threshold.
fn assert_faithful(summary: &Value, explained_min: u64) {
    let (explained, faithful) = (summary["explained"].as_u64().unwrap(), summary["faithful"].as_u64().unwrap());
    assert!(explained >= explained_min, "too few to tell: {summary}");
    assert!(faithful * 10 >= explained * 9, "{summary}");
}

#[test]
fn reasons_of_hdfs_sessions_name_what_it_took() {
    let Some(summary) = summary("hdfs", MANY_ALARMS) else { return };
    assert_faithful(&summary, 20);
}

#[test]
fn reasons_of_trainticket_windows_name_what_it_took() {
    let Some(summary) = summary("trainticket", MANY_ALARMS) else { return };
    assert_faithful(&summary, 20);
}
