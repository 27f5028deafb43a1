//! Hot replacement: no window is lost, repeated or scored twice, and each is scored by exactly one generation.

use super::rig::{self, Rig};
use crate::plugins::Slot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_swaps_in_a_row_under_load_lose_and_repeat_nothing() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    for swap in 0..200_u32 {
        let trees = if swap % 2 == 0 { "40" } else { "50" };
        rig.pin("iforest", &[("trees", trees)]).await.unwrap();
        rig.write(50).await;
        let wanted = [("trees".to_owned(), trees.to_owned())];
        rig.until("the pinned forest serves", |facts| facts.serving.detector.settings == wanted).await;
        rig.write(30).await;
    }
    rig.assert_judged_once().await;
    let windows = rig.windows().await;
    let generations: Vec<u64> = windows.iter().filter_map(|window| Some(window.verdict?.generation)).collect();
    assert!(generations.is_sorted(), "an older generation never comes back");
    let mut used = generations.clone();
    used.dedup();
    assert!(used.len() > 100, "most swaps were seen by a window: {}", used.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thresholds_are_replaced_at_once_with_what_the_ones_before_knew() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.write(300).await;
    rig.drained().await;
    let before = rig.until("it serves", |facts| facts.generation.is_some()).await;
    rig.pin("thresholds", &[("alerts_per_week", "3")]).await.unwrap();
    let facts = rig.until("the pinned thresholds serve", |facts| !facts.serving.thresholds.settings.is_empty()).await;
    assert_eq!(facts.generation, before.generation, "no generation was made for it");
    rig.until_event("plugin switched", "with all they knew").await;
    rig.write(100).await;
    rig.assert_judged_once().await;
    let rig = rig.restart().await;
    let facts = rig.until("it serves after a restart", |facts| facts.generation.is_some()).await;
    assert_eq!(facts.serving.slot(Slot::Thresholds).settings, [("alerts_per_week".to_owned(), "3".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_detector_is_trained_beside_the_one_that_serves() {
    let Some(dir) = rig::directory(&["hostile"]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    let said = rig.pin("hostile", &[]).await.unwrap();
    assert!(said.contains("made ready beside what serves"), "{said}");
    rig.write(200).await;
    rig.until("hostile serves", |facts| facts.serving.detector.plugin.name == "hostile").await;
    rig.write(200).await;
    rig.assert_judged_once().await;
    rig.until_event("plugin switched", "hostile@0.1.0").await;
    let rig = rig.restart().await;
    let facts = rig.until("it serves after a restart", |facts| facts.generation.is_some()).await;
    assert_eq!(facts.serving.detector.plugin.name, "hostile", "it did not learn again");
}
