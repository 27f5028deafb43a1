//! Requests that no handler took: a parameter that is no number, a body that is too large, a method that is not there. The router answers them
//! with a bare line; here the line becomes a page, or JSON for programs.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::{ApiError, PageError};

/// The router's lines are shorter.
const LINE_BYTES_MAX: usize = 4_096;

pub(crate) async fn explained(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() || !is_bare(response.headers()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let line = to_bytes(body, LINE_BYTES_MAX).await.unwrap_or_default();
    let line = if line.is_empty() {
        status.canonical_reason().unwrap_or("refused").to_ascii_lowercase()
    } else {
        String::from_utf8_lossy(&line).trim_end().to_owned()
    };
    let mut explained = if is_api {
        ApiError::Request(status, line).into_response()
    } else {
        PageError::Request(status, line).into_response()
    };
    if let Some(allowed) = parts.headers.get(header::ALLOW) {
        explained.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    explained
}

/// Whether it is neither a page nor JSON.
fn is_bare(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.is_empty() || kind.starts_with("text/plain")
}

/// What the reader of a page is told of such a request.
pub(crate) fn told(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ("Too much", "What was sent is larger than anything this page takes."),
        StatusCode::METHOD_NOT_ALLOWED => ("Not like this", "This address can be looked at or written to, not both."),
        _ => (
            "This address could not be read",
            "A part of it is not what belongs there, such as a word in place of a number.",
        ),
    }
}
