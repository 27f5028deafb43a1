//! `foghorn replay`: what it prints for a small log of our own, and for a damaged one.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use foghorn_tests::fixture;
use foghorn_tests::host;
use serde_json::Value;

const SUMMARY_KEYS: [&str; 17] = [
    "lines",
    "windows",
    "judged",
    "positives",
    "roc_auc",
    "average_precision",
    "best_f1",
    "alerts",
    "explained",
    "faithful",
    "precision",
    "recall",
    "f1",
    "lines_per_s",
    "mb_per_s",
    "seconds",
    "peak_rss_bytes",
];
const SECONDS_KEYS: [&str; 5] = ["read", "vectorize", "train", "score", "explain"];
const WINDOW_KEYS: [&str; 9] =
    ["container", "session", "start", "end", "lines", "score", "threshold", "severity", "label"];

fn replay(input: &Path, summary: &Path) -> Output {
    let mut command = Command::new(host::binary().unwrap());
    command.arg("replay").arg("--input").arg(input).arg("--summary").arg(summary);
    command.args(["--window-age", "30s"]).output().unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn replay_prints_each_judged_window_and_a_whole_summary() {
    let dir = tempfile::tempdir().unwrap();
    let (input, summary) = (dir.path().join("small.jsonl"), dir.path().join("summary.json"));
    fs::write(&input, fixture::small_log()).unwrap();
    let output = replay(&input, &summary);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let summary = json(&fs::read_to_string(summary).unwrap());
    for key in SUMMARY_KEYS {
        assert!(summary.get(key).is_some(), "{key} is missing in {summary}");
    }
    for key in SECONDS_KEYS {
        assert!(summary["seconds"][key].is_number(), "seconds.{key} is missing in {summary}");
    }
    assert_eq!(summary["lines"], fixture::LINES);
    assert!(summary["positives"].as_u64().unwrap() >= 4, "{summary}");
    assert!(summary["roc_auc"].as_f64().unwrap() > 0.95, "{summary}");

    let windows: Vec<Value> = String::from_utf8(output.stdout).unwrap().lines().map(json).collect();
    assert_eq!(summary["judged"], windows.len());
    for window in &windows {
        for key in WINDOW_KEYS {
            assert!(window.get(key).is_some(), "{key} is missing in {window}");
        }
        assert!(window["why"].is_array(), "{window}");
    }
}

#[test]
fn replay_twice_gives_the_same_scores() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("small.jsonl");
    fs::write(&input, fixture::small_log()).unwrap();
    let [first, second] = ["a", "b"].map(|name| replay(&input, &dir.path().join(name)).stdout);
    assert!(!first.is_empty());
    assert_eq!(first, second);
}

#[test]
fn replay_names_a_damaged_line_and_reads_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let (input, summary) = (dir.path().join("damaged.jsonl"), dir.path().join("summary.json"));
    let mut lines: Vec<String> = fixture::small_log().lines().map(str::to_owned).collect();
    lines.insert(9, "{\"ts\": 1, \"stream\"".to_owned());
    fs::write(&input, lines.join("\n")).unwrap();
    let output = replay(&input, &summary);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("damaged.jsonl:10"), "the file and the line are named: {said}");
    assert_eq!(json(&fs::read_to_string(summary).unwrap())["lines"], fixture::LINES);
}
