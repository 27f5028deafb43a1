//! What is known from minute 0, on a real watch: no model has learned anything yet.

use super::rig::{self, Rig, WINDOW_LINES};
use crate::alert::signal::SignalKind;
use crate::alert::{Kind, Status};
use crate::collect::What;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_is_an_alert_before_any_model_and_over_restarts_of_the_host() {
    let Some(dir) = rig::directory(&[]) else { return };
    let rig = Rig::start(&dir, "").await;
    rig.happens(What::Started).await;
    rig.happens(What::Died { code: 3 }).await;
    let died = rig.until_alert("tells of the end", |alert| alert.kind == Kind::Signal).await;
    assert!(died.reason.sentence.contains("exit code 3"), "{}", died.reason.sentence);
    assert_eq!((died.status, died.lasting.as_slice()), (Status::Open, &[SignalKind::Died][..]));
    let rig = rig.restart().await;
    rig.happens(What::Started).await;
    let over = rig.until_alert("is over as soon as it is calm", |alert| alert.lasting.is_empty()).await;
    assert_eq!((over.id, over.signs.len()), (died.id, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_and_the_last_words_of_a_container_are_one_alert() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.write_strange(2 * WINDOW_LINES).await;
    rig.drained().await;
    rig.happens(What::OutOfMemory).await;
    let alert = rig.until_alert("holds both", |alert| alert.windows >= 2 && !alert.signs.is_empty()).await;
    assert_eq!(alert.kind, Kind::Log);
    assert_eq!(rig.alerts().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_new_image_says_anew_is_collected() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "[alert]\ndeploy-grace = \"7d\"").await;
    rig.deploy("shop:1 (aa)", "shop:2 (bb)").await;
    rig.until_event("deployed", "shop:2 (bb) runs instead of shop:1 (aa)").await;
    rig.write_strange(2 * WINDOW_LINES).await;
    rig.drained().await;
    let alert = rig.alerts().await.pop().expect("something is told of it");
    if alert.kind == Kind::Release {
        assert!(alert.reason.sentence.contains("since the image shop:2 (bb)"), "{}", alert.reason.sentence);
    } else {
        assert_eq!(alert.severity, crate::history::Severity::Critical, "what is critical is no collection");
    }
}
