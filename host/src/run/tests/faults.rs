//! A plugin can only fail itself: its windows are scored by the last good version, it is quarantined, and what did badly goes again.

use std::collections::BTreeSet;

use super::rig::{self, Rig};
use crate::history::Severity;
use crate::judge::Fault;
use crate::plugins::Slot;

/// The hostile detector behaves on usual windows: strange ones add up to more than any of those.
async fn limit_between_usual_and_strange(rig: &mut Rig) -> String {
    rig.pin("hostile", &[]).await.unwrap();
    rig.until("hostile serves", |facts| facts.serving.detector.plugin.name == "hostile").await;
    rig.write(200).await;
    rig.drained().await;
    let usual = highest_score(rig).await;
    rig.write_strange(rig::WINDOW_LINES).await;
    rig.drained().await;
    let strange = highest_score(rig).await;
    assert!(strange > 1.2 * usual, "{strange} {usual}");
    ((usual + strange) / 2.0).to_string()
}

async fn highest_score(rig: &Rig) -> f32 {
    let windows = rig.windows().await;
    let serving = windows.last().and_then(|window| Some(window.verdict?.generation));
    let scores = windows.iter().filter_map(|window| window.verdict.filter(|v| Some(v.generation) == serving));
    scores.map(|verdict| verdict.score).fold(0.0, f32::max)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_that_end_a_plugin_are_scored_by_the_version_before_until_it_is_quarantined() {
    let Some(dir) = rig::directory(&["hostile"]) else { return };
    for misbehave in ["trap", "loop", "memory", "stack", "nan", "short", "liar-list"] {
        let mut rig = Rig::watched(&fresh(&dir), "plugin-faults = 3\ndetector = \"iforest\"").await;
        let above = limit_between_usual_and_strange(&mut rig).await;
        rig.pin("hostile", &[("misbehave", misbehave), ("above", &above)]).await.unwrap();
        rig.until("the culprit serves", |facts| facts.serving.detector.settings.len() == 2).await;
        rig.write(50).await;
        rig.drained().await;
        let culprit = rig.until("it serves", |facts| facts.generation.is_some()).await.generation;
        rig.write_strange(rig::WINDOW_LINES).await;
        rig.drained().await;
        let last = rig.windows().await.pop().unwrap().verdict.expect("it has a verdict");
        assert_ne!(Some(last.generation), culprit, "{misbehave}: judged by the generation before");
        rig.until_event("plugin", "judged instead").await;
        // Each batch counts once, however often it is tried.
        for _ in 0..2 {
            rig.write_strange(rig::WINDOW_LINES).await;
            rig.drained().await;
        }
        rig.until_event("quarantined", "after 3 faults").await;
        rig.until("the default serves", |facts| facts.serving.detector.plugin.name == "iforest").await;
        let facts = rig.until("a note", |facts| facts.choice.detector.note.is_some()).await;
        assert!(facts.choice.detector.note.as_deref().unwrap_or_default().contains("quarantined"), "{misbehave}");
        rig.write(100).await;
        rig.assert_judged_once().await;
    }
}

/// The same plugins, and nothing learned.
fn fresh(dir: &std::sync::Arc<tempfile::TempDir>) -> std::sync::Arc<tempfile::TempDir> {
    let fresh = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(fresh.path().join("plugins")).unwrap();
    for file in std::fs::read_dir(dir.path().join("plugins")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), fresh.path().join("plugins").join(file.file_name())).unwrap();
    }
    std::sync::Arc::new(fresh)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thresholds_that_fail_leave_the_decision_to_the_ones_before() {
    let Some(dir) = rig::directory(&["hostile-thresholds"]) else { return };
    let mut rig = Rig::watched(&dir, "plugin-faults = 4").await;
    // Making them ready takes a few calls, then they decide once.
    rig.pin("hostile-thresholds", &[("misbehave", "trap"), ("after", "1")]).await.unwrap();
    rig.until("they serve", |facts| facts.serving.thresholds.plugin.name == "hostile-thresholds").await;
    for _ in 0..8 {
        rig.write(rig::WINDOW_LINES).await;
        rig.drained().await;
    }
    rig.until_event("quarantined", "after 4 faults").await;
    rig.until("the default decides", |facts| facts.serving.thresholds.plugin.name == "thresholds").await;
    rig.write(100).await;
    rig.assert_judged_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_trained_never_serves() {
    let Some(dir) = rig::directory(&["hostile", "hostile-vectorizer"]) else { return };
    for (plugin, misbehave) in [
        ("hostile", "train-trap"),
        ("hostile", "nondeterministic"),
        ("hostile", "huge-state"),
        ("hostile-vectorizer", "learn-trap"),
        ("hostile-vectorizer", "nondeterministic"),
        ("hostile-vectorizer", "huge-answer"),
    ] {
        let mut rig = Rig::watched(&fresh(&dir), "plugin-faults = 1").await;
        rig.pin(plugin, &[("misbehave", misbehave)]).await.unwrap();
        rig.until_event("training failed", plugin).await;
        rig.until_event("quarantined", plugin).await;
        rig.write(100).await;
        let facts = rig.until("it is told", |facts| facts.choice.pipeline().learns_as(&facts.serving)).await;
        assert_eq!(facts.serving.detector.plugin.name, "iforest", "{plugin} {misbehave}");
        rig.assert_judged_once().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_alarms_on_everything_is_rolled_back_by_itself() {
    let Some(dir) = rig::directory(&["hostile-thresholds"]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.pin("hostile-thresholds", &[("misbehave", "alarm-all")]).await.unwrap();
    rig.until("they serve", |facts| facts.serving.thresholds.plugin.name == "hostile-thresholds").await;
    for _ in 0..12 {
        rig.write(rig::WINDOW_LINES).await;
        rig.drained().await;
    }
    rig.until_event("rolled back", "far too many").await;
    let facts = rig.until("those before serve", |facts| facts.serving.thresholds.plugin.name == "thresholds").await;
    assert!(facts.choice.thresholds.wanted.starts_with("thresholds@sha256:"), "{:?}", facts.choice.thresholds);
    let alarmed = rig.windows().await.iter().filter(|w| w.verdict.is_some_and(|v| v.severity > Severity::None)).count();
    assert!(alarmed < 12, "{alarmed}");
    rig.write(100).await;
    rig.assert_judged_once().await;
    let rig = rig.restart().await;
    let facts = rig.until("it serves after a restart", |facts| facts.generation.is_some()).await;
    assert_eq!(facts.serving.thresholds.plugin.name, "thresholds", "it stays so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_never_alarms_where_the_one_before_did_is_rolled_back() {
    let Some(dir) = rig::directory(&["hostile-thresholds"]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.pin("hostile-thresholds", &[("misbehave", "alarm-none")]).await.unwrap();
    rig.until("they serve", |facts| facts.serving.thresholds.plugin.name == "hostile-thresholds").await;
    for _ in 0..8 {
        rig.write_strange(rig::WINDOW_LINES).await;
        rig.drained().await;
    }
    rig.until_event("rolled back", "none at all").await;
    rig.until("those before serve", |facts| facts.serving.thresholds.plugin.name == "thresholds").await;
    rig.assert_judged_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plugin_that_containers_fall_back_to_is_never_quarantined() {
    let Some(dir) = rig::directory(&["hostile"]) else { return };
    let rig = Rig::start(&dir, "plugin-faults = 2").await;
    let catalogue = rig.desk.registry.current();
    let digest = |name: &str| catalogue.resolve(name, Slot::Detector, &BTreeSet::new()).unwrap().digest;
    let fault = |name: &str| Fault { digest: digest(name), text: "it gave up".into() };
    for _ in 0..3 {
        let faults = [fault("iforest"), fault("hostile")];
        rig.desk.report(&rig.store, &faults).await.unwrap();
    }
    assert_eq!(rig.desk.quarantine.barred(), [digest("hostile")].into());
}
