//! One request, one answer.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use foghorn_dashboard::{Options, router};
use tower::ServiceExt;

use crate::fake::{Fake, FakeControl, shared};

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

pub(crate) fn dashboard(fake: Fake) -> Router {
    router(shared(fake), FakeControl::obeying(), &Options::default())
}

pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:8080");
    }
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(Body::empty()).unwrap()
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 64 << 20).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    ask(router, request(Method::GET, path, &[])).await
}

pub(crate) fn assert_says(text: &str, phrases: &[&str]) {
    for phrase in phrases {
        assert!(text.contains(phrase), "does not say {phrase:?}:\n{text}");
    }
}

/// Every page and part that the shop has.
pub(crate) const PATHS: [&str; 45] = [
    "/",
    "/fragments/alerts",
    "/fragments/containers",
    "/containers/harbor/shop/payment",
    "/containers/harbor/shop/queue",
    "/containers/harbor/legacy",
    "/fragments/container/harbor/shop/payment",
    "/plugins",
    "/fragments/plugins",
    "/windows/10000/harbor/shop/payment",
    "/fragments/window/10000/harbor/shop/payment",
    "/alerts",
    "/alerts?before=43",
    "/fragments/alert-table",
    "/alerts/42",
    "/alerts/17",
    "/api/v1/containers/harbor/shop/payment",
    "/api/v1/alerts/42",
    "/api/v1/plugins",
    "/notices",
    "/api/v1/deliveries",
    "/act/good",
    "/?q=shop",
    "/fragments/containers?q=shop",
    "/containers/harbor/shop/payment?range=24h",
    "/fragments/trend/harbor/shop/payment",
    "/fragments/trend/harbor/shop/payment?range=7d",
    "/logs/harbor/shop/payment",
    "/logs/harbor/shop/payment?line=700",
    "/logs/harbor/shop/payment?q=order",
    "/fragments/log/harbor/shop/payment?after=1190",
    "/templates/harbor/shop/payment",
    "/models",
    "/models/harbor/shop/payment",
    "/models/harbor/shop/queue",
    "/system",
    "/fragments/system",
    "/alerts.csv",
    "/api/v1/trends/harbor/shop/payment",
    "/api/v1/logs/harbor/shop/payment?q=order",
    "/api/v1/templates/harbor/shop/payment",
    "/api/v1/models",
    "/api/v1/models/harbor/shop/payment",
    "/api/v1/system",
    "/api/v1/windows/10000/harbor/shop/payment",
];
