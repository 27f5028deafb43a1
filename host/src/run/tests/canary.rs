//! The canary on a real watch: it is found, and leaves no trace.

use super::rig::{self, Rig, WINDOW_LINES};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_made_on_purpose_is_found_and_leaves_no_trace() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "[alert]\ncanary = \"100ms\"").await;
    rig.write(10 * WINDOW_LINES).await;
    rig.drained().await;
    let (windows, thresholds) = (rig.windows().await, rig.store.thresholds_state(&rig.identity).await.unwrap());
    let flown = rig.until("the canary is found", |facts| facts.model.canary.found >= 2).await.model.canary;
    assert!(flown.missed == 0 && flown.took.is_some(), "{flown:?}");
    assert_eq!(rig.windows().await, windows, "no window of it is stored");
    assert_eq!(rig.store.thresholds_state(&rig.identity).await.unwrap(), thresholds, "the thresholds saw nothing");
    assert!(rig.alerts().await.is_empty(), "nobody is alerted");
    rig.write(5 * WINDOW_LINES).await;
    rig.assert_judged_once().await;
}
