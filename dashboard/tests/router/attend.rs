//! What people do with alerts: forms, the API, links of notices, silence.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use foghorn_dashboard::view::{Mute, Time};
use foghorn_dashboard::{AlertAction, MuteAction, Options, router};
use std::sync::Arc;

use crate::fake::{Fake, FakeControl, shared};
use crate::harness::{Answer, ask, assert_says, get};

const FORM: &str = "application/x-www-form-urlencoded";

fn dashboard(fake: Fake) -> (Router, Arc<FakeControl>) {
    let control = FakeControl::obeying();
    (router(shared(fake), control.clone(), &Options::default()), control)
}

async fn send(router: &Router, method: Method, path: &str, origin: Option<&str>, body: &str) -> Answer {
    let request =
        Request::builder().method(method).uri(path).header("host", "localhost:8080").header("content-type", FORM);
    let request = origin.into_iter().fold(request, |request, origin| request.header("origin", origin));
    ask(router, request.body(Body::from(body.to_string())).unwrap()).await
}

const OWN: Option<&str> = Some("http://localhost:8080");

#[tokio::test]
async fn every_button_of_an_alert_does_what_it_says_and_tells_the_outcome() {
    let (router, control) = dashboard(Fake::shop());
    for (body, action) in [
        ("action=acknowledge", AlertAction::Acknowledge),
        ("action=snooze&minutes=480", AlertAction::Snooze { minutes: 480 }),
        ("action=archive", AlertAction::Archive),
        ("action=hear", AlertAction::Hear),
        ("action=real", AlertAction::Real),
        ("action=normal", AlertAction::Normal),
        ("action=unlabel", AlertAction::Unlabel),
    ] {
        let answer = send(&router, Method::POST, "/alerts/42", OWN, body).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{body}");
        assert_eq!(control.attended.lock().unwrap().pop(), Some((42, action)));
        let location = answer.headers["location"].to_str().unwrap().split('#').next().unwrap().to_owned();
        assert_says(&get(&router, &location).await.text, &["is done with alert 42"]);
    }
    assert_eq!(send(&router, Method::POST, "/alerts/42", None, "action=real").await.status, StatusCode::FORBIDDEN);
    let foreign = send(&router, Method::POST, "/alerts/42", Some("http://evil.example"), "action=real").await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert!(control.attended.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_page_of_an_alert_tells_its_life() {
    let (router, _) = dashboard(Fake::shop());
    let page = get(&router, "/alerts/43").await.text;
    assert_says(
        &page,
        &["regressed", "snoozed until", "3 times", "its health check fails", "rolled up", "phone", "200 OK"],
    );
    assert_says(&get(&router, "/alerts/17").await.text, &["labelled normal", "Take the label back"]);
    assert_says(&get(&router, "/").await.text, &["escalating", "seen 3 times since"]);
}

#[tokio::test]
async fn an_alert_without_a_window_reads_well() {
    let mut fake = Fake::shop();
    let alert = &mut fake.alerts[0];
    (alert.window, alert.receipt, alert.card.windows) = (None, None, 0);
    alert.lines.clear();
    alert.terms.clear();
    alert.card.lines.clear();
    let (id, reason) = (alert.card.id, "it ended with exit code 3".to_owned());
    alert.card.reason.clone_from(&reason);
    let (router, _) = dashboard(fake);
    for path in ["/".to_owned(), "/alerts".into(), format!("/alerts/{id}")] {
        let page = get(&router, &path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_says(&page.text, &[&reason]);
    }
    let page = get(&router, &format!("/alerts/{id}")).await.text;
    assert!(!page.contains("/windows/") && !page.contains("Receipt"), "{page}");
}

#[tokio::test]
async fn the_api_does_the_same_and_refuses_what_it_does_not_know() {
    let (router, control) = dashboard(Fake::shop());
    let post = async |path: &str, body: &str| send(&router, Method::POST, path, OWN, body).await;
    assert_says(&post("/api/v1/alerts/42/snooze", r#"{"minutes":60}"#).await.text, &["done"]);
    assert_says(&post("/api/v1/alerts/42/real", "").await.text, &["done"]);
    assert_eq!(control.attended.lock().unwrap().len(), 2);
    for (path, body, status) in [
        ("/api/v1/alerts/42/snooze", "", StatusCode::UNPROCESSABLE_ENTITY),
        ("/api/v1/alerts/42/snooze", "{", StatusCode::UNPROCESSABLE_ENTITY),
        ("/api/v1/alerts/42/shout", "", StatusCode::NOT_FOUND),
        ("/api/v1/alerts/x/real", "", StatusCode::NOT_FOUND),
        ("/api/v1/mutes", r#"{"minutes":60,"loud":1}"#, StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(post(path, body).await.status, status, "{path} {body}");
    }
    post("/api/v1/mutes", r#"{"minutes":60}"#).await;
    let muted = MuteAction { container: "*".into(), minutes: 60, reason: String::new() };
    assert_eq!(*control.muted.lock().unwrap(), [muted]);
    send(&router, Method::DELETE, "/api/v1/mutes/7", OWN, "").await;
    assert_eq!(*control.unmuted.lock().unwrap(), [7]);
}

#[tokio::test]
async fn a_link_does_nothing_when_it_is_looked_at_and_its_work_once_when_it_is_pressed() {
    let (router, control) = dashboard(Fake::shop());
    for _ in 0..3 {
        let page = get(&router, "/act/good").await;
        assert_says(&page.text, &["label it normal", "Nothing was done yet", "method=\"post\""]);
        send(&router, Method::HEAD, "/act/good", None, "").await;
    }
    assert!(control.used.lock().unwrap().is_empty(), "a browser that looks ahead changes nothing");
    // The app of a phone says nothing of where it comes from.
    let pressed = send(&router, Method::POST, "/act/good", None, "").await;
    assert_says(&pressed.text, &["Done", "alert 42 is normal here"]);
    let again = send(&router, Method::POST, "/act/good", None, "").await;
    assert_says(&again.text, &["Nothing was done", "used before"]);
    assert_says(&get(&router, "/act/forged").await.text, &["none of this Foghorn"]);
    let rebound = Request::post("/act/good").header("host", "evil.example").body(Body::empty()).unwrap();
    assert_eq!(ask(&router, rebound).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn silence_is_asked_for_shown_and_ended_and_its_words_stay_words() {
    let mut fake = Fake::shop();
    let hostile = "</td><script>alert(1)</script>";
    fake.mutes.push(Mute { id: 3, container: hostile.into(), until: Time(fake.now.0), reason: hostile.into() });
    fake.alerts[0].deliveries[0].answer = hostile.into();
    let (router, control) = dashboard(fake);
    let page = get(&router, "/notices").await.text;
    assert_says(&page, &["End it", "delivered", "alert(1)"]);
    assert!(!page.contains("<script>alert"));
    let body = "action=mute&container=h%2Fshop%2F*&minutes=480&reason=backup";
    assert_eq!(send(&router, Method::POST, "/notices", OWN, body).await.status, StatusCode::SEE_OTHER);
    let asked = MuteAction { container: "h/shop/*".into(), minutes: 480, reason: "backup".into() };
    assert_eq!(*control.muted.lock().unwrap(), [asked]);
    send(&router, Method::POST, "/notices", OWN, "action=unmute&id=3").await;
    assert_eq!(*control.unmuted.lock().unwrap(), [3]);
    assert_says(
        &get(&dashboard(Fake::empty()).0, "/notices").await.text,
        &["Nobody asked for silence", "Nothing was sent"],
    );
}
