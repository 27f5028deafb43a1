//! Forms and the API that change which plugins serve.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use foghorn_dashboard::view::Slot;
use foghorn_dashboard::{Action, Control, Options, Refusal, local_router, router};

use crate::fake::{Fake, FakeControl, shared};
use crate::harness::{Answer, ask, get};

const PAYMENT: &str = "harbor/shop/payment";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn obeying() -> (Router, Arc<FakeControl>) {
    let control = FakeControl::obeying();
    (router(shared(Fake::shop()), control.clone(), &Options::default()), control)
}

fn refusing(refusal: Refusal) -> Router {
    let control: Arc<dyn Control> = Arc::new(FakeControl { refusal: Some(refusal), ..FakeControl::default() });
    router(shared(Fake::shop()), control, &Options::default())
}

fn post(path: &str, origin: Option<&str>, media_type: &str, body: &str) -> Request<Body> {
    let request = Request::post(path).header("host", "localhost:8080").header("content-type", media_type);
    let request = origin.into_iter().fold(request, |request, origin| request.header("origin", origin));
    request.body(Body::from(body.to_string())).unwrap()
}

/// From a page of ours.
async fn send(router: &Router, path: &str, media_type: &str, body: &str) -> Answer {
    ask(router, post(path, Some("http://localhost:8080"), media_type, body)).await
}

/// The page that follows a form.
async fn follow(router: &Router, path: &str, body: &str) -> (String, String) {
    let answer = send(router, path, FORM, body).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let location = answer.headers["location"].to_str().unwrap().to_string();
    let page = get(router, location.split('#').next().unwrap()).await;
    assert_eq!(page.status, StatusCode::OK, "{location}");
    (location, page.text)
}

fn taken(control: &FakeControl) -> Vec<Action> {
    std::mem::take(&mut *control.asked.lock().unwrap())
}

#[tokio::test]
async fn every_form_of_a_container_asks_for_its_action_and_comes_back_with_the_outcome() {
    let container = || PAYMENT.to_string();
    let settings = vec![("trees".into(), "200".into()), ("seed".into(), "a=b".into())];
    let cases = [
        (
            "action=pin&plugin=iforest%400.1.0&other=&settings=trees%3D200%0D%0Aseed%3Da%3Db",
            Action::Pin { container: container(), plugin: "iforest@0.1.0".into(), settings },
        ),
        (
            "action=shadow&plugin=iforest%400.1.0&other=rules%40latest&settings=",
            Action::Shadow { container: container(), plugin: "rules@latest".into(), settings: Vec::new() },
        ),
        ("action=unpin&slot=detector", Action::Unpin { container: container(), slot: Slot::Detector }),
        ("action=stop-shadow", Action::StopShadow { container: container() }),
        ("action=promote", Action::Promote { container: container() }),
        ("action=rollback", Action::Rollback { container: container() }),
    ];
    let (router, control) = obeying();
    for (body, action) in cases {
        let said = format!("{} is done, from the next window on", action.verb());
        let (location, page) = follow(&router, "/containers/harbor/shop/payment", body).await;
        assert_eq!(taken(&control), [action], "{body}");
        assert!(location.starts_with("/containers/harbor/shop/payment?done=") && location.ends_with("#outcome"));
        assert!(page.contains(&said) && page.contains("outcome good"), "{body}");
    }
}

#[tokio::test]
async fn a_form_of_the_plugins_page_comes_back_to_it() {
    let (router, control) = obeying();
    let digest = "e".repeat(64);
    let (location, page) = follow(&router, "/plugins", &format!("action=release&digest={digest}")).await;
    assert!(location.starts_with("/plugins?done=") && page.contains("release is done"));
    let (location, _) = follow(&router, "/containers/harbor/shop/payment", "action=promote&from=plugins").await;
    assert!(location.starts_with("/plugins?done="));
    let (location, _) = follow(&router, "/containers/harbor/shop/payment", "action=promote&from=//evil.example").await;
    assert!(location.starts_with("/containers/"), "no form says where to go");
    assert_eq!(taken(&control).first(), Some(&Action::Release { digest }));
}

#[tokio::test]
async fn a_refusal_is_told_on_the_page_and_a_failure_without_its_insides() {
    let path = "/containers/harbor/shop/payment";
    for refusal in [Refusal::NotFound("no plugin x".into()), Refusal::Refused("no plugin x".into())] {
        let (_, page) = follow(&refusing(refusal), path, "action=pin&other=x").await;
        assert!(page.contains("outcome bad\">not done") && page.contains("no plugin x"));
    }
    let (_, page) = follow(&refusing(Refusal::Failed("disk /secret".into())), path, "action=promote").await;
    assert!(page.contains("log says why") && !page.contains("secret"));
}

#[tokio::test]
async fn a_form_that_chooses_nothing_or_says_nonsense_does_nothing() {
    let (router, control) = obeying();
    for (body, says) in [
        ("action=pin&plugin=&other=+", "no plugin was chosen"),
        ("action=pin&plugin=x&settings=trees", "not written as KEY=VALUE"),
        ("action=unpin&slot=x", "reload the page"),
        ("action=drop-tables", "reload the page"),
        ("", "reload the page"),
    ] {
        let (_, page) = follow(&router, "/containers/harbor/shop/payment", body).await;
        assert!(page.contains("outcome bad") && page.contains(says), "{body}");
    }
    let answer = send(&router, "/plugins", JSON, "{}").await;
    assert_eq!((answer.status, answer.text.contains("This form could not be read")), (StatusCode::BAD_REQUEST, true));
    assert!(taken(&control).is_empty());
}

#[tokio::test]
async fn an_outcome_cannot_be_forged_by_a_link() {
    let page = get(&obeying().0, "/plugins?done=%3Cb%3Epaid%3C/b%3E").await.text;
    assert!(!page.contains("id=\"outcome\"") && !page.contains("paid"));
}

#[tokio::test]
async fn nothing_is_done_for_a_foreign_page() {
    let (router, control) = obeying();
    for path in ["/plugins", "/containers/harbor/shop/payment", "/api/v1/plugins/promote"] {
        for origin in [None, Some("http://evil.example"), Some("null")] {
            let answer = ask(&router, post(path, origin, FORM, "action=promote")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} from {origin:?}");
        }
    }
    assert!(taken(&control).is_empty());
}

#[tokio::test]
async fn the_local_router_asks_neither_for_a_known_name_nor_for_an_origin() {
    let control = FakeControl::obeying();
    let router = local_router(shared(Fake::shop()), control.clone(), &Options::default());
    let body = r#"{"container":"harbor/shop/payment"}"#;
    let request = Request::post("/api/v1/plugins/promote").header("host", "foghorn").header("content-type", JSON);
    let answer = ask(&router, request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.text, r#"{"done":"promote is done, from the next window on"}"#);
    assert_eq!(taken(&control), [Action::Promote { container: PAYMENT.into() }]);
}

#[tokio::test]
async fn every_verb_of_the_api_does_its_action() {
    let container = r#""container":"harbor/shop/payment""#;
    let (router, control) = obeying();
    for (verb, body) in [
        ("pin", format!(r#"{{{container},"plugin":"iforest","settings":{{"trees":"200"}}}}"#)),
        ("unpin", format!(r#"{{{container},"slot":"thresholds"}}"#)),
        ("shadow", format!(r#"{{{container},"plugin":"iforest"}}"#)),
        ("stop-shadow", format!("{{{container}}}")),
        ("promote", format!("{{{container}}}")),
        ("rollback", format!("{{{container}}}")),
        ("release", r#"{"digest":"ab"}"#.into()),
    ] {
        let answer = send(&router, &format!("/api/v1/plugins/{verb}"), JSON, &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{verb}: {}", answer.text);
        assert_eq!(taken(&control).first().map(Action::verb), Some(verb));
    }
}

#[tokio::test]
async fn the_api_says_why_nothing_was_done() {
    let body = r#"{"container":"harbor/shop/payment"}"#;
    for (refusal, status) in [
        (Refusal::NotFound("no\u{202e} such generation".into()), StatusCode::NOT_FOUND),
        (Refusal::Refused("no such generation".into()), StatusCode::CONFLICT),
        (Refusal::Failed("no such generation".into()), StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let answer = send(&refusing(refusal.clone()), "/api/v1/plugins/rollback", JSON, body).await;
        assert_eq!(answer.status, status);
        let json: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(json["detail"], refusal.to_string());
        assert!(json["error"].is_string() && !answer.text.contains('\u{202e}'));
    }
}

#[tokio::test]
async fn a_body_that_is_not_understood_is_refused_with_what_is_wrong() {
    let (router, control) = obeying();
    for (path, media_type, body, status, says) in [
        ("pin", JSON, r#"{"container":"h/a"}"#, StatusCode::UNPROCESSABLE_ENTITY, "plugin"),
        ("promote", JSON, r#"{"container":"h/a","force":1}"#, StatusCode::UNPROCESSABLE_ENTITY, "force"),
        ("promote", JSON, "{", StatusCode::BAD_REQUEST, "JSON"),
        ("promote", FORM, "container=h/a", StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/json"),
        ("explode", JSON, "{}", StatusCode::NOT_FOUND, "Nothing here"),
    ] {
        let answer = send(&router, &format!("/api/v1/plugins/{path}"), media_type, body).await;
        assert_eq!(answer.status, status, "{path} {body}");
        assert!(answer.text.contains(says), "{}", answer.text);
    }
    let huge = format!(r#"{{"container":"{}"}}"#, "x".repeat(70 * 1024));
    let answer = send(&router, "/api/v1/plugins/promote", JSON, &huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(taken(&control).is_empty());
}

#[tokio::test]
async fn only_a_post_acts() {
    let (router, control) = obeying();
    let asked = crate::harness::request(Method::GET, "/api/v1/plugins/promote", &[]);
    assert_eq!(ask(&router, asked).await.status, StatusCode::METHOD_NOT_ALLOWED);
    get(&router, "/containers/harbor/shop/payment?action=promote").await;
    assert!(taken(&control).is_empty());
}
