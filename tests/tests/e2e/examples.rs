//! The plugins in `examples/`, built, in the real host.

use std::fs;
use std::process::Command;

use foghorn_tests::{fixture, host};
use serde_json::Value;
use xtask::needs;
use xtask::workspace::Workspace;

/// The summary of a replay of the small log with the given plugins, and the reasons of its windows.
fn replay(plugins: &[&str]) -> (Value, String) {
    let dir = tempfile::tempdir().unwrap();
    let (input, summary) = (dir.path().join("small.jsonl"), dir.path().join("summary.json"));
    fs::write(&input, fixture::small_log()).unwrap();
    let mut command = Command::new(host::binary().unwrap());
    command.arg("replay").arg("--input").arg(&input).arg("--summary").arg(&summary);
    command.arg("--data-dir").arg(dir.path()).args(["--window-age", "30s", "--plugins-dir"]);
    command.arg(Workspace::find().unwrap().example_components()).args(plugins);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{plugins:?}: {}", String::from_utf8_lossy(&output.stderr));
    let summary = serde_json::from_str(&fs::read_to_string(summary).unwrap()).unwrap();
    (summary, String::from_utf8(output.stdout).unwrap())
}

/// Plugins in JavaScript are there only where npm is.
fn is_built(name: &str) -> bool {
    let path = Workspace::find().unwrap().example_components().join(format!("{name}.wasm"));
    if !path.is_file() {
        eprintln!("skipped: {} is missing; cargo xtask examples builds it where node and npm are", path.display());
    }
    path.is_file()
}

#[test]
fn each_example_finds_the_failure_of_the_small_log() {
    let rules = r"--set=vectorizer.rules=error=\bERROR\b; refused=refused; pool=pool exhausted";
    let pairs: [&[&str]; 7] = [
        &["--vectorizer=rules", "--detector=rates", rules],
        &["--detector=ecod"],
        &["--detector=halfspace"],
        &["--detector=pca"],
        &["--detector=knn"],
        &["--detector=ensemble"],
        &["--detector=neighbours"],
    ];
    for plugins in pairs {
        if plugins.contains(&"--detector=neighbours") && !is_built("neighbours") {
            continue;
        }
        let (summary, windows) = replay(plugins);
        assert!(summary["roc_auc"].as_f64().unwrap() > 0.95, "{plugins:?}: {summary}");
        // Half-space trees score as the built-in forest does: narrow multiples of the usual, with a few windows too many.
        let least = if plugins.contains(&"--detector=halfspace") { 0.25 } else { 0.5 };
        assert!(summary["precision"].as_f64().unwrap() > least, "{plugins:?} cry wolf: {summary}");
        assert!(summary["alerts"].as_u64().unwrap() >= 1, "{plugins:?}: {summary}");
        assert!(windows.contains("connection pool exhausted"), "{plugins:?} name the lines");
    }
}

#[test]
fn each_example_passes_the_conformance_kit() {
    let rules = r"rules=error=(?i)error; failed=(?i)fail|refused|timeout";
    let checks: [(&str, &[&str]); 8] = [
        ("ecod", &[]),
        ("halfspace", &[]),
        ("pca", &[]),
        ("knn", &[]),
        ("ensemble", &[]),
        ("rates", &[]),
        ("rules", &["--set", rules]),
        ("neighbours", &[]),
    ];
    for (name, settings) in checks {
        if !is_built(name) {
            continue;
        }
        let component = Workspace::find().unwrap().example_components().join(format!("{name}.wasm"));
        let mut command = Command::new(host::binary().unwrap());
        let output = command.args(["plugin", "check", "--quick"]).arg(component).args(settings).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn a_rule_is_named_in_the_reason() {
    let (_, windows) =
        replay(&["--vectorizer=rules", "--detector=rates", "--set=vectorizer.rules=pool=pool exhausted"]);
    assert!(windows.contains("pool: pool exhausted"), "{windows}");
}

#[test]
fn the_javascript_example_passes_its_own_test() {
    match needs::npm() {
        Ok(()) => {
            let folder = Workspace::find().unwrap().example("neighbours");
            let output = Command::new("npm").arg("test").current_dir(folder).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        Err(why) => eprintln!("skipped: {why}"),
    }
}
