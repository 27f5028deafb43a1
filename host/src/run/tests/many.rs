//! A hundred containers at once, and plugins that come as files while the host runs.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::rig::{self, Rig};
use crate::pipeline::choice::Origin;

const CONTAINERS: usize = 100;
/// Lines a second over all containers.
const RATE: u64 = 20_000;
const TURNS: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_detectors_of_a_hundred_containers_are_swapped_while_lines_flow() {
    let Some(dir) = rig::directory(&[]) else { return };
    let first = Rig::watched(&dir, "window-lines = 20").await;
    let mut rigs = Vec::new();
    for number in 1..CONTAINERS {
        rigs.push(first.beside(&format!("web-{number}")).await);
    }
    rigs.push(first);
    for rig in &mut rigs {
        rig.write(60 * rig.window_lines()).await;
    }
    for rig in &rigs {
        rig.until("it is watched", |facts| facts.generation.is_some()).await;
    }
    // Each container gets a tenth of a second's share in each turn; all are pinned in the middle of it.
    for turn in 0..TURNS {
        let begun = Instant::now();
        for rig in &mut rigs {
            rig.write(RATE / 10 / CONTAINERS as u64).await;
        }
        if turn == 5 {
            for rig in &rigs {
                rig.pin("iforest", &[("trees", "40")]).await.unwrap();
            }
        }
        tokio::time::sleep(Duration::from_millis(100).saturating_sub(begun.elapsed())).await;
    }
    let wanted = [("trees".to_owned(), "40".to_owned())];
    for rig in &mut rigs {
        rig.until("the pinned forest serves", |facts| facts.serving.detector.settings == wanted).await;
        rig.write(100).await;
    }
    for rig in &rigs {
        rig.assert_judged_once().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_comes_is_used_by_whoever_asked_for_it() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    let shutdown = CancellationToken::new();
    tokio::spawn(std::sync::Arc::clone(&rig.desk.registry).watch(shutdown.clone()));
    rig.label("foghorn.thresholds", "hostile-thresholds@0.1").await;
    let facts = rig.until("the label is read", |facts| facts.choice.thresholds.note.is_some()).await;
    assert_eq!(facts.choice.thresholds.origin, Origin::Default, "it is passed over");
    assert!(facts.choice.thresholds.note.as_deref().unwrap_or_default().contains("there is no thresholds hostile"));
    let Some(bytes) = crate::plugins::tests::components::component("hostile-thresholds") else { return };
    let file = dir.path().join("plugins/new.wasm");
    std::fs::write(file.with_extension("tmp"), bytes).unwrap();
    std::fs::rename(file.with_extension("tmp"), &file).unwrap();
    let facts = rig.until("it decides", |facts| facts.serving.thresholds.plugin.name == "hostile-thresholds").await;
    assert_eq!((facts.choice.thresholds.origin, &facts.choice.thresholds.note), (Origin::Label, &None));
    rig.write(50).await;
    rig.drained().await;
    std::fs::remove_file(&file).unwrap();
    let facts = rig.until("it is told", |facts| facts.choice.thresholds.note.is_some()).await;
    assert_eq!(facts.serving.thresholds.plugin.name, "hostile-thresholds", "it goes on");
    assert!(facts.choice.thresholds.note.as_deref().unwrap_or_default().contains("is gone; it serves until"));
    rig.write(50).await;
    rig.assert_judged_once().await;
    shutdown.cancel();
}
