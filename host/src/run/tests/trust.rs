//! Training that can be trusted: incidents do not train. What is refused is tested in `train`.

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
    let plan = Plan {
        learned_until_seq: 1,
        take: u32::MAX,
        range_begin_ns: 0,
        windows_max: 4_096,
        text_bytes_max: 1 << 20,
        again: false,
    };
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
        let material = material::read(&rig.store, &rig.identity, plan, &[]).await.unwrap();
        let text = String::from_utf8_lossy(material.slice.lines.data()).into_owned();
        assert!(!text.contains("meltdown"), "an incident would train; ended: {ended}");
        let strange = rig.windows().await.iter().filter(|window| window.in_alert).count();
        assert!(strange >= 3 && material.slice.len() + strange == rig.windows().await.len(), "all others do");
    }
}
