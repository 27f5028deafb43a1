//! Labels with teeth, on a real watch: what is normal is not alerted and is learned, what is wrong never is.

use super::rig::{self, Rig, WINDOW_LINES};
use crate::alert::attend::Deed;
use crate::alert::{Label, Status};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_called_normal_acts_at_once_over_restarts_and_is_learned_by_the_next_cycle() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "").await;
    rig.write_strange(3 * WINDOW_LINES).await;
    rig.drained().await;
    let alert = rig.alerts().await.pop().expect("it is strange");
    assert_eq!(rig.store.alert_windows(alert.id).await.unwrap().len() as u64, alert.windows);
    let said = rig.attend(alert.id, Deed::Label(Label::Normal)).await.unwrap();
    assert!(said.contains("is normal here"), "{said}");
    let labelled = rig.alerts().await.pop().unwrap();
    assert_eq!((labelled.status, labelled.label), (Status::Resolved, Some(Label::Normal)));
    assert_eq!(rig.store.windows_to_learn(&rig.identity, 99).await.unwrap().len() as u64, alert.windows);
    let mut rig = rig.restart().await;
    rig.write_strange(3 * WINDOW_LINES).await;
    rig.drained().await;
    assert_eq!(rig.alerts().await.len(), 1, "the same is no alert any more");
    let suppressed = rig.store.suppressions(alert.id).await.unwrap();
    assert_eq!((suppressed[0].reason.as_str(), suppressed[0].times), ("labelled normal", 3));
    // Taken back, its windows are an incident again.
    rig.attend(alert.id, Deed::Unlabel).await.unwrap();
    assert!(rig.store.windows_to_learn(&rig.identity, 99).await.unwrap().is_empty());
    rig.attend(alert.id, Deed::Label(Label::Normal)).await.unwrap();
    let before = rig.until("it serves", |facts| facts.generation.is_some()).await.generation;
    let mut rig = rig.restart_with("retrain-interval = \"1ms\"").await;
    rig.write(20 * WINDOW_LINES).await;
    rig.until("the next cycle serves", |facts| facts.generation > before).await;
    assert!(rig.store.windows_to_learn(&rig.identity, 99).await.unwrap().is_empty(), "they are learned");
    assert!(rig.windows().await.iter().filter(|window| window.in_alert).count() == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_that_lasts_over_cycles_is_still_flagged_by_the_next() {
    let Some(dir) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&dir, "retrain-interval = \"1ms\"").await;
    let mut before = rig.until("it serves", |facts| facts.generation.is_some()).await.generation;
    for round in 0..3 {
        // As many windows of it as a cycle takes, and usual ones between them, from which the next generation learns.
        for _ in 0..12 {
            rig.write_strange(WINDOW_LINES).await;
            rig.write(WINDOW_LINES).await;
        }
        rig.drained().await;
        let after = rig.until("another generation serves", |facts| facts.generation > before).await.generation;
        before = after;
        let seen = rig.windows().await.len();
        rig.write_strange(2 * WINDOW_LINES).await;
        rig.drained().await;
        let windows = rig.windows().await;
        let verdicts: Vec<_> = windows[seen..].iter().filter_map(|window| window.verdict).collect();
        assert!(verdicts.iter().all(|verdict| verdict.generation >= after.unwrap()), "round {round}");
        assert!(
            verdicts.len() == 2 && windows[seen..].iter().all(|window| window.in_alert),
            "round {round}: {verdicts:?}"
        );
    }
    let open: Vec<_> = rig.alerts().await.into_iter().filter(|alert| alert.status == Status::Open).collect();
    assert_eq!(
        open.len(),
        1,
        "one failure is one alert: {:?}",
        open.iter().map(|a| &a.reason.sentence).collect::<Vec<_>>()
    );
    assert!(open[0].windows >= 40);
}
