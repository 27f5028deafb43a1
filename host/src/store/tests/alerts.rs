//! Alerts, events and containers: filtered, in order, bounded.

use serde_json::json;

use super::{append, fresh, web};
use crate::history::Severity;
use crate::identity::Identity;
use crate::store::{
    AlertFilter, AlertRecord, AlertStatus, ContainerInfo, ContainerState, EventRecord, Store, StoreError,
};

pub(super) fn alert(number: u64, identity: &Identity) -> AlertRecord {
    AlertRecord {
        id: number,
        identity: identity.clone(),
        fingerprint: u64::MAX - number,
        status: AlertStatus::Open,
        severity: Severity::Warning,
        // Two of them open at the same time.
        opened_ns: number / 2,
        last_ns: number,
        resolved_ns: None,
        windows: 1,
        peak_scaled: 1.5,
        body: json!({"reason": "new term: \"oom\""}),
    }
}

fn resolved(alert: AlertRecord) -> AlertRecord {
    AlertRecord { status: AlertStatus::Resolved, resolved_ns: Some(alert.last_ns + 1), windows: 9, ..alert }
}

async fn ids(store: &Store, filter: AlertFilter) -> Vec<u64> {
    store.alerts(filter).await.unwrap().into_iter().map(|alert| alert.id).collect()
}

#[tokio::test]
async fn an_alert_is_replaced_by_what_becomes_of_it() {
    let (_dir, store) = fresh();
    store.put_alerts(vec![alert(1, &web())]).await.unwrap();
    assert_eq!(store.open_alerts(&web()).await.unwrap(), [alert(1, &web())]);
    store.put_alerts(vec![resolved(alert(1, &web()))]).await.unwrap();
    assert_eq!(store.open_alerts(&web()).await.unwrap(), []);
    assert_eq!(store.alert(1).await.unwrap(), Some(resolved(alert(1, &web()))));
    assert_eq!(store.alert(2).await.unwrap(), None);
}

#[tokio::test]
async fn alerts_come_newest_first_page_by_page() {
    let (_dir, store) = fresh();
    store.put_alerts((0..7).map(|number| alert(number, &web())).collect()).await.unwrap();
    let mut before = None;
    let mut pages = Vec::new();
    loop {
        let page = ids(&store, AlertFilter { limit: 3, before, ..AlertFilter::default() }).await;
        before = page.last().copied();
        if before.is_none() {
            break;
        }
        pages.push(page);
    }
    assert_eq!(pages, [vec![6, 5, 4], vec![3, 2, 1], vec![0]]);
}

#[tokio::test]
async fn alerts_are_filtered_by_container_and_status() {
    let (_dir, store) = fresh();
    let other = Identity::of_name("host", "other");
    store.put_alerts(vec![alert(1, &web()), alert(2, &other), resolved(alert(3, &web()))]).await.unwrap();
    let of = |identity: Option<Identity>, status| AlertFilter { identity, status, ..AlertFilter::default() };
    let open = Some(AlertStatus::Open);
    assert_eq!(ids(&store, of(None, None)).await, [3, 2, 1]);
    assert_eq!(ids(&store, of(None, open)).await, [2, 1]);
    assert_eq!(ids(&store, of(None, Some(AlertStatus::Resolved))).await, [3]);
    assert_eq!(ids(&store, of(Some(web()), None)).await, [3, 1]);
    assert_eq!(ids(&store, of(Some(web()), open)).await, [1]);
    let nobody = Identity::of_name("host", "nobody");
    assert_eq!(ids(&store, of(Some(nobody), None)).await, [0; 0]);
}

#[tokio::test]
async fn alerts_are_filtered_by_severity_label_and_text() {
    let (_dir, store) = fresh();
    let of = |number, severity, body| AlertRecord { severity, body, ..alert(number, &web()) };
    let reason = |text: &str| json!({"reason": {"sentence": text}, "label": null});
    let called = json!({"reason": {"sentence": "100% full"}, "label": "normal"});
    let all = vec![of(1, Severity::Info, reason("Disk full")), of(2, Severity::Critical, called)];
    store.put_alerts(all).await.unwrap();
    store.put_alerts(vec![of(3, Severity::Warning, reason("too quiet"))]).await.unwrap();
    let by = AlertFilter::default;
    let cases = [
        (AlertFilter { severity: Severity::Warning, ..by() }, vec![3, 2]),
        (AlertFilter { label: Some("normal"), ..by() }, vec![2]),
        (AlertFilter { label: Some(""), ..by() }, vec![3, 1]),
        (AlertFilter { text: "FULL".into(), ..by() }, vec![2, 1]),
        (AlertFilter { text: "% f".into(), ..by() }, vec![2]),
        (AlertFilter { text: "HOST/WEB".into(), ..by() }, vec![3, 2, 1]),
        (AlertFilter { text: "nothing".into(), ..by() }, vec![]),
    ];
    for (filter, found) in cases {
        assert_eq!(store.alerts_total(filter.clone()).await.unwrap(), found.len() as u64, "{filter:?}");
        let one = AlertFilter { limit: 1, before: Some(99), ..filter.clone() };
        assert_eq!(ids(&store, one).await, found.iter().copied().take(1).collect::<Vec<_>>(), "{filter:?}");
        assert_eq!(ids(&store, filter).await, found);
    }
}

#[tokio::test]
async fn events_come_newest_first_and_the_oldest_go() {
    let (_dir, store) = fresh();
    let event = |time_ns: u64, identity| EventRecord {
        time_ns,
        identity,
        kind: "gap".to_owned(),
        text: format!("event {time_ns}"),
    };
    store.put_events((0..10_005).map(|time_ns| event(time_ns, None)).collect()).await.unwrap();
    store.put_events(vec![event(20_000, Some(web()))]).await.unwrap();
    let all = store.events(usize::MAX, None).await.unwrap();
    assert_eq!((all.len(), all.last().unwrap().time_ns), (10_000, 6));
    assert_eq!(all[0], event(20_000, Some(web())));
    assert_eq!(store.events(10, Some(&web())).await.unwrap(), [event(20_000, Some(web()))]);
    store.put_events(vec![event(19_000, Some(web())), event(21_000, Some(web()))]).await.unwrap();
    let between = store.events_between(&web(), 19_000, 21_000).await.unwrap();
    assert_eq!(between, [event(19_000, Some(web())), event(20_000, Some(web()))]);
}

#[tokio::test]
async fn a_container_is_described_before_or_after_its_lines() -> Result<(), StoreError> {
    let (_dir, store) = fresh();
    append(&store, &web(), 1, 3).await;
    let info = |state| ContainerInfo {
        identity: web(),
        name: "web".to_owned(),
        container_id: "c0ffee".to_owned(),
        image_id: String::new(),
        image: "nginx:1".to_owned(),
        log_driver: "json-file".to_owned(),
        labels: [("foghorn.detector".to_owned(), "iforest@0.1".to_owned())].into(),
        state,
    };
    store.upsert_container(info(ContainerState::Running), 10).await?;
    let gone = ContainerState::Unreadable { reason: "driver none keeps no logs".to_owned() };
    store.upsert_container(info(gone.clone()), 20).await?;
    let all = store.containers().await?;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].info, info(gone));
    assert_eq!((all[0].first_seen_ns, all[0].last_seen_ns), (10, 20));
    assert_eq!((all[0].lines, all[0].last_line_ns), (3, 3 * super::SECOND_NS));
    Ok(())
}
