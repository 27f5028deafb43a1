//! Candidates: they score the same windows, alert nobody, and serve at once when they are promoted; and the way back.

use foghorn_dashboard::{Action, Refusal};

use super::rig::{self, Rig};
use crate::run::facts::Phase;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_is_compared_promoted_and_rolled_back() {
    let Some(dir) = rig::directory(&["hostile"]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    let container = rig.container();
    let refused = rig.ask(Action::Promote { container: container.clone() }).await.unwrap_err();
    assert!(matches!(&refused, Refusal::Refused(why) if why.contains("no candidate")), "{refused}");
    rig.shadow("hostile", &[]).await.unwrap();
    let scoring = |facts: &crate::run::facts::Facts| facts.shadow.as_ref().is_some_and(|s| s.phase == Phase::Scoring);
    rig.until("it scores", scoring).await;
    rig.write(200).await;
    rig.write_strange(20).await;
    rig.drained().await;
    let facts = rig.until("it has seen them", |f| f.shadow.as_ref().is_some_and(|s| s.comparison.windows >= 22)).await;
    let found = &facts.shadow.as_ref().unwrap().comparison;
    assert!(found.correlation().is_some() && found.median_ns().is_some());
    assert!(found.serving_memory_bytes > 0 && found.other_memory_bytes > 0);
    assert_eq!(facts.serving.detector.plugin.name, "iforest", "nothing has changed");
    let alerts = rig.store.alert_counts().await.unwrap().kept;
    let before = facts.generation;

    rig.ask(Action::Promote { container: container.clone() }).await.unwrap();
    let facts = rig.until("it serves", |facts| facts.serving.detector.plugin.name == "hostile").await;
    assert!(facts.shadow.is_none());
    assert!(facts.generation > before);
    assert_eq!(rig.store.alert_counts().await.unwrap().kept, alerts, "a promotion alerts nobody");
    rig.write(50).await;
    rig.assert_judged_once().await;
    let judged_by = rig.windows().await.pop().and_then(|window| Some(window.verdict?.generation));
    assert_eq!(judged_by, facts.generation);

    let mut rig = rig.restart().await;
    rig.until("it serves after a restart", |facts| facts.serving.detector.plugin.name == "hostile").await;
    rig.ask(Action::Rollback { container: container.clone() }).await.unwrap();
    let facts = rig.until("the forest serves again", |facts| facts.serving.detector.plugin.name == "iforest").await;
    assert!(facts.choice.detector.wanted.starts_with("iforest@sha256:"), "{:?}", facts.choice.detector);
    rig.write(50).await;
    rig.assert_judged_once().await;
    rig.ask(Action::Unpin { container, slot: foghorn_dashboard::view::Slot::Detector }).await.unwrap();
    let facts = rig.until("the default counts", |facts| facts.choice.detector.wanted == "iforest").await;
    assert_eq!(facts.serving.detector.plugin.name, "iforest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_goes_on_after_a_restart_with_what_was_found() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.shadow("thresholds", &[("alerts_per_week", "50")]).await.unwrap();
    let seen = |facts: &crate::run::facts::Facts| facts.shadow.as_ref().map_or(0, |shadow| shadow.comparison.windows);
    rig.until("it is ready", |f| f.shadow.as_ref().is_some_and(|s| s.phase == Phase::Scoring)).await;
    rig.write(100).await;
    rig.until("it has seen them", |facts| seen(facts) >= 10).await;
    let stop = Action::StopShadow { container: rig.container() };
    let mut rig = rig.restart().await;
    rig.until("it scores again", |f| f.shadow.as_ref().is_some_and(|s| s.phase == Phase::Scoring)).await;
    rig.write(100).await;
    rig.until("it sees more", |facts| seen(facts) >= 10).await;
    rig.ask(stop.clone()).await.unwrap();
    assert!(rig.ask(stop).await.is_err());
    rig.until("it is gone", |facts| facts.shadow.is_none()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_that_fails_gives_up_and_harms_nobody() {
    let Some(dir) = rig::directory(&["hostile"]) else { return };
    let mut rig = Rig::watched(&dir, "plugin-faults = 100").await;
    rig.shadow("hostile", &[("misbehave", "trap"), ("after", "2")]).await.unwrap();
    rig.until("it scores", |f| f.shadow.as_ref().is_some_and(|s| s.phase == Phase::Scoring)).await;
    for _ in 0..16 {
        rig.write(rig::WINDOW_LINES).await;
        rig.drained().await;
    }
    let failed = |f: &crate::run::facts::Facts| f.shadow.as_ref().is_some_and(|s| matches!(s.phase, Phase::Failed(_)));
    rig.until("it gave up", failed).await;
    let promoted = rig.ask(Action::Promote { container: rig.container() }).await;
    assert!(promoted.is_err(), "{promoted:?}");
    rig.assert_judged_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_takes_the_place_of_one_that_is_still_being_made() {
    let Some(dir) = rig::directory(&["hostile"]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.shadow("hostile", &[]).await.unwrap();
    rig.shadow("thresholds", &[("alerts_per_week", "50")]).await.unwrap();
    let facts = rig.until("one scores", |f| f.shadow.as_ref().is_some_and(|s| s.phase == Phase::Scoring)).await;
    let candidate = facts.shadow.as_ref().and_then(|shadow| shadow.candidate.as_ref()).unwrap();
    assert_eq!(candidate.plugin.name, "thresholds");
    rig.write(50).await;
    rig.ask(Action::Promote { container: rig.container() }).await.unwrap();
    rig.assert_judged_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_tried_or_rolled_back_while_a_container_learns() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::start(&dir, "train-cycles = 100").await;
    rig.write(60 * rig::WINDOW_LINES).await;
    rig.drained().await;
    let container = rig.container();
    for action in [
        Action::Rollback { container: container.clone() },
        Action::Shadow { container, plugin: "iforest".into(), settings: Vec::new() },
    ] {
        let refused = rig.ask(action).await.unwrap_err().to_string();
        assert!(refused.contains("is still learning"), "{refused}");
    }
    assert!(rig.windows().await.iter().all(|window| window.verdict.is_none()), "no prediction before all cycles");
}
