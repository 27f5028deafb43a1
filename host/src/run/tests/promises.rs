//! Labels bind whoever serves next, on a real watch.

use super::rig::{self, Rig, WINDOW_LINES};
use crate::alert::Label;
use crate::alert::attend::Deed;

/// Every window gets the same score.
const BLIND: &[(&str, &str)] = &[("misbehave", "constant")];

/// A container that was watched, and whose failure a person confirmed.
async fn confirmed() -> Option<(Rig, u64)> {
    let dir = rig::directory(&["hostile"])?;
    let mut rig = Rig::watched(&dir, "").await;
    rig.write_strange(2 * WINDOW_LINES).await;
    rig.write(5 * WINDOW_LINES).await;
    rig.drained().await;
    let alert = rig.alerts().await.pop().expect("it is strange").id;
    rig.attend(alert, Deed::Label(Label::Real)).await.unwrap();
    Some((rig, alert))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_would_miss_a_confirmed_incident_does_not_serve() {
    let Some((mut rig, alert)) = confirmed().await else { return };
    rig.pin("hostile", BLIND).await.unwrap();
    let told = rig.until_event("model refused", "would miss what was confirmed as real").await;
    assert!(
        told.text.contains(&format!("alert {alert}")) && told.text.contains("Take the label back"),
        "{}",
        told.text
    );
    rig.write(5 * WINDOW_LINES).await;
    rig.assert_judged_once().await;
    let facts = rig.until("it serves", |facts| facts.generation.is_some()).await;
    assert_eq!(facts.serving.detector.plugin.name, "iforest");
    let refused = {
        rig.shadow("hostile", BLIND).await.unwrap();
        rig.until("it is tried", |facts| {
            facts.shadow.as_ref().is_some_and(|shadow| shadow.phase == crate::run::facts::Phase::Scoring)
        })
        .await;
        rig.ask(foghorn_dashboard::Action::Promote { container: rig.container() }).await.unwrap_err()
    };
    assert!(refused.to_string().contains("would miss"), "{refused}");
    rig.attend(alert, Deed::Unlabel).await.unwrap();
    rig.ask(foghorn_dashboard::Action::Promote { container: rig.container() }).await.unwrap();
    rig.until("hostile serves", |facts| facts.serving.detector.plugin.name == "hostile").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_generation_that_finds_it_too_serves_as_ever() {
    let Some((rig, _)) = confirmed().await else { return };
    let before = rig.until("it serves", |facts| facts.generation.is_some()).await.generation;
    rig.pin("iforest", &[("trees", "60")]).await.unwrap();
    rig.until("the other forest serves", |facts| {
        facts.generation > before && !facts.serving.detector.settings.is_empty()
    })
    .await;
}
