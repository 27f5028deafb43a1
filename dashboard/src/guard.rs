//! What stands before every route.
//!
//! A page of log lines is worth stealing, and the dashboard has no login in this form: it relies on who can reach it. So a
//! browser must not become the way in. A foreign site that points its own name at this machine is refused by the `Host`
//! header, a form sent from a foreign site by `Origin`, and whatever a log line smuggles into a page by the content policy.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::timeout::TimeoutBody;

use crate::text::{cut, with_unseen_shown};

/// How long the next piece of a body may be on its way.
const PIECE_WAIT: Duration = Duration::from_secs(30);

const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // With `no-referrer` browsers would hide the origin of our own forms from us.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Names that are allowed beside loopback ones, in lowercase.
pub(crate) type AllowedHosts = Arc<[String]>;

pub(crate) async fn guard(State(allowed): State<AllowedHosts>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&allowed, &request) {
        Some(text) => (StatusCode::FORBIDDEN, text).into_response(),
        None => next.run(request.map(|body| Body::new(TimeoutBody::new(PIECE_WAIT, body)))).await,
    };
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.insert(name, value.clone());
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Why a request is not let in; `None` lets it in.
fn refusal(allowed: &[String], request: &Request) -> Option<String> {
    let host = host_of(request).unwrap_or_default();
    if !is_known(&host, allowed) {
        let host = cut(&host, 100).head;
        return Some(format!(
            "the dashboard is not served as {:?}; open it by IP address or as localhost, or add this name to its allowed hosts\n",
            with_unseen_shown(host)
        ));
    }
    if is_foreign_read(request.headers()) {
        return Some("other sites may link to the dashboard, not load parts of it\n".into());
    }
    // A button of a notice is pressed in an app that says nothing of where it comes from: the token in the path is the permission.
    let is_signed = request.uri().path().starts_with("/act/");
    let is_safe = request.method().is_safe() || is_signed;
    (!is_safe && !is_same_origin(request.headers(), &host))
        .then(|| "this request does not come from the dashboard's own page; open the dashboard and try there\n".into())
}

/// The host the client asked for, with its port.
fn host_of(request: &Request) -> Option<String> {
    let named = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| request.uri().authority().map(Authority::as_str)).map(str::to_ascii_lowercase)
}

/// Loopback names, IP addresses and what was configured. An address is safe: rebinding needs a name that can be pointed
/// elsewhere, and a page opened by address is of the origin it came from.
fn is_known(host: &str, allowed: &[String]) -> bool {
    let name = without_port(host);
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    name == "localhost"
        || name.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok()
        || allowed.iter().any(|allowed| allowed == name)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Whether a request that may change something comes from a page of ours. One that says neither is refused too: every
/// browser says one of the two.
fn is_same_origin(headers: &HeaderMap, host: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        }
        (None, None) => false,
    }
}

/// Whether another site reads in the reader's name: all but following a link. The answer would be kept from it, but the work would be done. Browsers
/// say so to addresses that they trust; programs say nothing.
fn is_foreign_read(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_link = text("sec-fetch-mode") == "navigate" && matches!(text("sec-fetch-dest"), "document" | "");
    matches!(text("sec-fetch-site"), "cross-site" | "same-site") && !is_link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_and_configured_names_are_known() {
        let allowed = ["foghorn.lan".to_string()];
        for host in ["localhost", "localhost:8080", "a.localhost", "127.0.0.1:80", "[::1]:80", "::1", "foghorn.lan:1"] {
            assert!(is_known(host, &allowed), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "notlocalhost", "x:y"] {
            assert!(!is_known(host, &allowed), "{host}");
        }
    }

    #[test]
    fn another_site_may_lead_here_and_load_nothing() {
        let foreign = |site: &'static str, mode: &'static str, dest: &'static str| {
            let named = [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
            let named = named.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            is_foreign_read(&named.into_iter().collect())
        };
        assert!(!foreign("cross-site", "navigate", "document"), "a link in a chat");
        assert!(foreign("cross-site", "navigate", "iframe"));
        assert!(foreign("cross-site", "no-cors", "image"));
        assert!(foreign("same-site", "cors", "empty"));
        assert!(!foreign("same-origin", "cors", "empty"));
        assert!(!foreign("none", "navigate", "document"));
        assert!(!is_foreign_read(&HeaderMap::new()), "a program");
    }

    #[test]
    fn only_a_page_of_the_same_origin_may_send_a_form() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect()
        };
        let same = |pairs: &[(&'static str, &'static str)]| is_same_origin(&headers(pairs), "localhost:80");
        assert!(same(&[("sec-fetch-site", "same-origin")]));
        assert!(same(&[("origin", "http://localhost:80")]));
        assert!(!same(&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:80")]));
        assert!(!same(&[("sec-fetch-site", "same-site")]), "another port of this machine is another program");
        assert!(!same(&[("origin", "http://localhost:81")]));
        assert!(!same(&[("origin", "null")]));
        assert!(!same(&[]));
    }
}
