//! Live update, with time under the test's control.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{Method, StatusCode};
use foghorn_dashboard::{Change, Options, router};
use futures_util::StreamExt;
use tokio::time::{advance, timeout};
use tower::ServiceExt;

use crate::fake::{Fake, FakeControl, shared};
use crate::harness::{ask, dashboard, request};

async fn open(router: &Router, path: &str) -> BodyDataStream {
    let response = router.clone().oneshot(request(Method::GET, path, &[])).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Body::new(response.into_body()).into_data_stream()
}

/// All that arrives within `span`.
async fn heard(stream: &mut BodyDataStream, span: Duration) -> String {
    let mut text = String::new();
    let _ = timeout(span, async {
        while let Some(Ok(bytes)) = stream.next().await {
            text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    })
    .await;
    text
}

const MOMENT: Duration = Duration::from_millis(10);

#[tokio::test(start_paused = true)]
async fn a_new_stream_is_told_everything_once() {
    let router = dashboard(Fake::shop());
    let mut stream = open(&router, "/events/overview").await;
    let text = heard(&mut stream, Duration::from_secs(20)).await;
    assert_eq!(text.replace(":\n\n", ""), "event: alerts\ndata: changed\n\nevent: containers\ndata: changed\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_changes_becomes_a_few_events() {
    let fake = Fake::shop();
    let changes = fake.changes.clone();
    let router = dashboard(fake);
    let mut stream = open(&router, "/events/overview").await;
    let storm = tokio::spawn(async move {
        for _ in 0..1_000 {
            changes.send(Change::Alerts).unwrap();
            changes.send(Change::Container("harbor/shop/web".into())).unwrap();
            tokio::time::sleep(MOMENT).await;
        }
    });
    let text = heard(&mut stream, Duration::from_millis(9_990)).await;
    let events = text.matches("event: ").count();
    assert!((40..=43).contains(&events), "{events} events in 10 seconds");
    storm.abort();
}

#[tokio::test(start_paused = true)]
async fn a_container_page_hears_only_of_its_container() {
    let fake = Fake::shop();
    let changes = fake.changes.clone();
    let router = dashboard(fake);
    let mut stream = open(&router, "/events/container/harbor/shop/web").await;
    heard(&mut stream, Duration::from_secs(2)).await;
    changes.send(Change::Container("harbor/shop/payment".into())).unwrap();
    assert_eq!(heard(&mut stream, Duration::from_secs(2)).await, "");
    changes.send(Change::Container("harbor/shop/web".into())).unwrap();
    assert_eq!(heard(&mut stream, Duration::from_secs(2)).await, "event: container\ndata: changed\n\n");
}

#[tokio::test(start_paused = true)]
async fn the_plugins_page_and_a_containers_page_hear_of_plugins() {
    let fake = Fake::shop();
    let changes = fake.changes.clone();
    let router = dashboard(fake);
    let mut plugins = open(&router, "/events/plugins").await;
    let mut container = open(&router, "/events/container/harbor/shop/web").await;
    assert_eq!(heard(&mut plugins, Duration::from_secs(2)).await, "event: plugins\ndata: changed\n\n");
    heard(&mut container, Duration::from_secs(2)).await;
    changes.send(Change::Plugins).unwrap();
    assert_eq!(heard(&mut plugins, Duration::from_secs(2)).await, "event: plugins\ndata: changed\n\n");
    assert_eq!(heard(&mut container, Duration::from_secs(2)).await, "event: container\ndata: changed\n\n");
    changes.send(Change::Alerts).unwrap();
    assert_eq!(heard(&mut plugins, Duration::from_secs(2)).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fell_behind_is_told_everything() {
    let fake = Fake::shop();
    let changes = fake.changes.clone();
    let router = dashboard(fake);
    let mut stream = open(&router, "/events/alerts").await;
    heard(&mut stream, Duration::from_secs(2)).await;
    for _ in 0..200 {
        changes.send(Change::Containers).unwrap();
    }
    assert_eq!(heard(&mut stream, Duration::from_secs(2)).await, "event: alerts\ndata: changed\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_has_a_heartbeat() {
    let router = dashboard(Fake::shop());
    let mut stream = open(&router, "/events/alerts").await;
    heard(&mut stream, Duration::from_secs(2)).await;
    advance(Duration::from_secs(15)).await;
    assert!(heard(&mut stream, MOMENT).await.starts_with(':'));
}

#[tokio::test]
async fn streams_are_bounded_and_a_closed_one_frees_its_place() {
    let router =
        router(shared(Fake::shop()), FakeControl::obeying(), &Options { streams_max: 1, ..Options::default() });
    let stream = open(&router, "/events/overview").await;
    let refused = ask(&router, request(Method::GET, "/events/overview", &[])).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.text.contains("too many live pages"));
    drop(stream);
    drop(open(&router, "/events/overview").await);
}
