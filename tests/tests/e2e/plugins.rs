//! Plugins of a running host, by the commands that people type: a file that comes, a candidate, a promotion, a way back, and every line
//! scored once.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::{Host, binary};
use foghorn_tests::{browser, exactly, kept, wait};
use serde_json::Value;
use xtask::workspace::Workspace;

use crate::kill::learned;

const SETTINGS: [&str; 5] = [
    "--window-age=1s",
    "--train-interval=3s",
    "--train-windows-min=3",
    "--retrain-interval=1h",
    // A stalled machine is no reason to go back in this test.
    "--set=thresholds.alerts_per_week=0.01",
];
const LINES: u64 = 24_000;
const RATE: &str = "400";
const SERVES_LIMIT: Duration = Duration::from_secs(60);
const DRAINED_LIMIT: Duration = Duration::from_secs(180);

#[test]
fn plugins_are_tried_promoted_and_rolled_back_by_command_while_lines_flow() {
    let example = Workspace::find().unwrap().example_components().join("ecod.wasm");
    if !cast::has_engine() {
        return;
    }
    assert!(example.is_file(), "{} is missing; run cargo xtask examples", example.display());
    let lines = LINES.to_string();
    let worker = Player::start("worker", &["--seed", "31", "--rate", RATE, "--lines", &lines, "--numbered"]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (data, plugins) = (dir.path().join("data"), dir.path().join("plugins"));
    std::fs::create_dir(&plugins).unwrap();
    let plugins_dir = format!("--plugins-dir={}", plugins.display());
    let settings: Vec<&str> = SETTINGS.iter().copied().chain([plugins_dir.as_str()]).collect();
    let host = Host::start(&data, &settings).unwrap();
    let identity = learned(&host, worker.name());
    let serves = |name: &str| serves(&data, &identity, name);

    let unknown = foghorn(&data, &["shadow", "ecod", "--container", &identity]).unwrap_err().to_string();
    assert!(unknown.contains("there is no plugin ecod"), "{unknown}");
    std::fs::copy(&example, plugins.join("ecod.tmp")).unwrap();
    std::fs::rename(plugins.join("ecod.tmp"), plugins.join("ecod.wasm")).unwrap();
    wait::until("the file to be known", SERVES_LIMIT, || {
        Ok(foghorn(&data, &["shadow", "ecod", "--container", worker.name()]).ok())
    })
    .unwrap();
    wait::until("both to judge", SERVES_LIMIT, || {
        let compared = &status(&data, &identity)?["shadow"]["comparison"];
        Ok((compared["windows"].as_u64() >= Some(3)).then_some(()))
    })
    .unwrap();
    assert!(serves("iforest").unwrap(), "a candidate changes nothing");
    let page = browser::open(&format!("http://{}/plugins", host.address())).unwrap();

    let promoted = foghorn(&data, &["promote", "--container", &identity]).unwrap();
    assert!(promoted.contains("ecod@"), "{promoted}");
    assert!(serves("ecod").unwrap(), "it serves at once");
    std::thread::sleep(Duration::from_secs(3));
    foghorn(&data, &["rollback", "--container", &identity]).unwrap();
    assert!(serves("iforest").unwrap(), "the one before serves at once");
    foghorn(&data, &["unpin", "detector", "--container", &identity]).unwrap();
    foghorn(&data, &["pin", "ecod@latest", "--container", &identity]).unwrap();
    wait::until("the pinned one to serve", SERVES_LIMIT, || Ok(serves("ecod")?.then_some(()))).unwrap();
    let metrics = xtask::http::text(host.address(), "/metrics").unwrap();
    assert!(
        metrics.contains("foghorn_plugin_calls_total{container=") && metrics.contains("plugin=\"ecod\""),
        "{metrics}"
    );

    wait::until("all lines to be scored", DRAINED_LIMIT, || {
        let windows = kept::windows(&data, &[], &identity)?;
        Ok((windows.iter().map(|window| window.lines).sum::<u64>() >= LINES).then_some(()))
    })
    .unwrap();
    host.stop().unwrap();
    let host = Host::start(&data, &settings).unwrap();
    wait::until("the pinned one to serve after a restart", SERVES_LIMIT, || Ok(serves("ecod")?.then_some(()))).unwrap();
    host.stop().unwrap();

    let windows = kept::windows(&data, &[], &identity).unwrap();
    exactly::each_line_once(&kept::lines(&data, &[], &identity).unwrap(), LINES);
    exactly::each_line_in_one_window(&windows, LINES);
    exactly::scored_from_one_window_on(&windows);
    if let Some(page) = page {
        assert!(page.document.contains("ecod") && page.document.contains("iforest"), "{}", page.document);
        assert_eq!(page.complaints, [] as [&str; 0]);
    }
}

/// `foghorn plugin …` on the host of this data directory; the error is what it said.
fn foghorn(data: &Path, args: &[&str]) -> Result<String> {
    let done = Command::new(binary()?).arg("plugin").args(args).arg("--data-dir").arg(data).output()?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    bail!("{}", String::from_utf8_lossy(&done.stderr).trim())
}

/// The plugins of a container, as `plugin status` tells programs.
fn status(data: &Path, identity: &str) -> Result<Value> {
    let text = foghorn(data, &["status", "--container", identity, "--output", "json"])?;
    let all: Value = serde_json::from_str(&text).context(text)?;
    Ok(match all {
        Value::Array(mut rows) => rows.pop().unwrap_or_default(),
        one => one,
    })
}

fn serves(data: &Path, identity: &str, detector: &str) -> Result<bool> {
    let status = status(data, identity)?;
    let slots = status["slots"].as_array().cloned().unwrap_or_default();
    Ok(slots.iter().any(|slot| slot["plugin"]["slot"] == "detector" && slot["plugin"]["name"] == detector))
}
