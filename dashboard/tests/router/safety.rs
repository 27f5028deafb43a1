//! Who may ask, and what every answer carries.

use axum::http::{Method, StatusCode};
use foghorn_dashboard::{Options, router};

use crate::fake::{Fake, FakeControl, shared};
use crate::harness::{PATHS, ask, assert_says, dashboard, get, request};

#[tokio::test]
async fn every_answer_carries_the_strict_policy_and_is_not_kept() {
    let router = dashboard(Fake::shop());
    for path in PATHS.into_iter().chain(["/nowhere", "/healthz", "/api/v1/nowhere", "/static/0/none"]) {
        let answer = get(&router, path).await;
        let header = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_string();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}: else browsers hide where our forms come from");
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn pages_hold_nothing_inline_that_the_policy_would_refuse() {
    let router = dashboard(Fake::shop());
    for path in PATHS.into_iter().filter(|path| !path.starts_with("/api")) {
        let page = get(&router, path).await.text;
        for inline in ["<style", " style=", " onclick", " onload", "javascript:", "hx-on", "hx-vals", "<script>"] {
            assert!(!page.contains(inline), "{path} holds {inline}");
        }
    }
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_refused() {
    let router = dashboard(Fake::shop());
    for host in ["evil.example", "evil.example:8080", "localhost.evil.example", ""] {
        let answer = ask(&router, request(Method::GET, "/", &[("host", host)])).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}");
        assert!(!answer.text.contains("payment"));
    }
    for host in ["localhost", "127.0.0.1:8080", "[::1]:8080", "192.168.1.7:8080"] {
        let answer = ask(&router, request(Method::GET, "/", &[("host", host)])).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_configured_name_is_let_in() {
    let options = Options { allowed_hosts: vec!["Foghorn.lan".into()], ..Options::default() };
    let router = router(shared(Fake::shop()), FakeControl::obeying(), &options);
    let answer = ask(&router, request(Method::GET, "/", &[("host", "foghorn.LAN:8080")])).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_from_a_foreign_page_is_refused() {
    let router = dashboard(Fake::shop());
    for headers in [
        &[("origin", "http://evil.example")][..],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")],
        &[],
    ] {
        let answer = ask(&router, request(Method::POST, "/alerts/42", headers)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let own = ask(&router, request(Method::POST, "/alerts/42", &[("origin", "http://localhost:8080")])).await;
    assert_eq!(own.status, StatusCode::BAD_REQUEST, "let in, but it is no form");
}

#[tokio::test]
async fn another_site_may_lead_here_but_load_nothing() {
    let router = dashboard(Fake::shop());
    let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    assert_eq!(ask(&router, request(Method::GET, "/alerts/42", &link)).await.status, StatusCode::OK);
    let image = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
    for path in ["/api/v1/logs/harbor/shop/payment", "/events/overview", "/"] {
        assert_eq!(ask(&router, request(Method::GET, path, &image)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_with_a_page_or_for_programs_with_json() {
    let router = dashboard(Fake::shop());
    for path in ["/alerts?before=x", "/containers/%ff", "/logs/harbor/shop/payment?line=-1"] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_says(&answer.text, &["<h1>This address could not be read</h1>", "Back to the overview"]);
    }
    for (method, path, status) in [
        (Method::GET, "/api/v1/alerts?before=x", StatusCode::BAD_REQUEST),
        (Method::DELETE, "/api/v1/mutes/abc", StatusCode::BAD_REQUEST),
        (Method::POST, "/api/v1/status", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let answer = ask(&router, request(method, path, &[("sec-fetch-site", "same-origin")])).await;
        assert_eq!(answer.status, status, "{path}");
        let told: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(told["error"], "Request not understood", "{path}");
        assert!(told["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{path}");
    }
    let wrong = ask(&router, request(Method::POST, "/system", &[("sec-fetch-site", "same-origin")])).await;
    assert_eq!((wrong.status, wrong.headers["allow"].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
    assert_says(&wrong.text, &["<h1>Not like this</h1>"]);
}

#[tokio::test]
async fn every_file_a_page_links_is_served_for_ever_under_its_hash() {
    let router = dashboard(Fake::shop());
    let page = get(&router, "/").await.text;
    let links: Vec<_> = page.split('"').filter(|part| part.starts_with("/static/")).collect();
    assert!(links.len() >= 5);
    for link in links {
        let file = get(&router, link).await;
        assert_eq!(file.status, StatusCode::OK, "{link}");
        assert!(file.headers["cache-control"].to_str().unwrap().contains("immutable"));
    }
    assert_eq!(get(&router, "/static/0000000000000000/htmx.js").await.status, StatusCode::NOT_FOUND);
}
