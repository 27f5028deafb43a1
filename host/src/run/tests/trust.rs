//! Training that can be trusted: incidents do not train, and a model that is worse than the last one never serves.

use super::rig::{self, Rig};
use crate::plugins::tests::components;
use crate::store::AlertStatus;
use crate::train::material::{self, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_of_open_and_of_ended_alerts_do_not_train() {
    if components::built_in_are_missing() {
        return;
    }
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.write_strange(3 * rig::WINDOW_LINES).await;
    rig.write(5 * rig::WINDOW_LINES).await;
    rig.drained().await;
    let plan = Plan { learned_until_seq: 1, take: u32::MAX, range_begin_ns: 0, windows_max: 4_096, again: false };
    let mut open = rig.store.open_alerts(&rig.identity).await.unwrap();
    assert!(!open.is_empty(), "the strange windows are an alert");
    for ended in [false, true] {
        if ended {
            for alert in &mut open {
                (alert.status, alert.resolved_ns) = (AlertStatus::Resolved, Some(alert.last_ns));
            }
            rig.store.put_alerts(open.clone()).await.unwrap();
            assert!(rig.store.open_alerts(&rig.identity).await.unwrap().is_empty());
        }
        let material = material::read(&rig.store, &rig.identity, plan).await.unwrap();
        let text = String::from_utf8_lossy(material.slice.lines.data()).into_owned();
        assert!(!text.contains("meltdown"), "an incident would train; ended: {ended}");
        let strange = rig.windows().await.iter().filter(|window| window.in_alert).count();
        assert!(strange >= 3 && material.slice.len() + strange == rig.windows().await.len(), "all others do");
    }
}

/// Nothing ever alarms, so that what is poisoned gets as far as training.
const NEVER_ALARMS: &str = "window-lines = 10\nretrain-interval = \"5s\"\nthresholds = \"hostile-thresholds\"\n\
     [thresholds-settings]\nmisbehave = \"alarm-none\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_model_is_refused_and_the_last_generation_keeps_serving_until_a_good_one_comes() {
    let Some(dir) = rig::directory(&["hostile-thresholds"]) else { return };
    let mut rig = Rig::watched(&dir, NEVER_ALARMS).await;
    rig.drained().await;
    rig.until_learned().await;
    let before = rig.until("it serves", |facts| facts.generation.is_some()).await.generation;
    rig.write_poison(400 * rig::WINDOW_LINES).await;
    let refused = rig.until_event("model refused", "it tells made-up trouble from").await;
    assert!(refused.text.contains("goes on"), "{}", refused.text);
    let facts = rig.until("it is said", |facts| facts.model.refused > 0).await;
    assert!(facts.model.notes.iter().any(|note| note.contains("was refused")), "{:?}", facts.model.notes);
    let last = rig.windows().await.last().and_then(|window| window.verdict).unwrap();
    assert_eq!(Some(last.generation), before, "the last generation serves");
    rig.write(600 * rig::WINDOW_LINES).await;
    let facts = rig.until("a good one serves", |facts| facts.generation > before).await;
    assert!(!facts.model.notes.iter().any(|note| note.contains("was refused")), "{:?}", facts.model.notes);
    let learned = rig.store.container(&rig.identity).await.unwrap().unwrap().learned_until_seq;
    assert!(learned > 460 * rig::WINDOW_LINES, "the slice that was refused was learned with what came after");
    rig.assert_judged_once().await;
}
