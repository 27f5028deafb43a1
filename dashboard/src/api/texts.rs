//! What programs read as text: health, figures, tables.

use std::fmt::Write as _;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::csv;
use crate::error::{ApiError, PageError};
use crate::reader::Reader;
use crate::source::Source;
use crate::text::with_unseen_shown;
use crate::view::Label;
use crate::wanted::Asked;

/// Rows of a table.
const ROWS_MAX: usize = 10_000;

/// 200 when all checks are good; else 503 and which ones are not.
pub(super) async fn readiness(State(reader): State<Reader>) -> Response {
    let Ok(status) = reader.check(<dyn Source>::status).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "not ready\nstatus: cannot be read\n").into_response();
    };
    if status.is_ready() {
        return "ready\n".into_response();
    }
    let mut text = String::from("not ready\n");
    for check in status.checks.iter().filter(|check| !check.good) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {}", in_one_line(&check.name), in_one_line(&check.detail));
    }
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

/// A text that can be no line of its own: it may quote an engine or a file.
fn in_one_line(text: &str) -> String {
    with_unseen_shown(text).replace('\n', "␊")
}

/// In the format that is asked for, where the host's text is of it.
pub(super) async fn metrics(State(reader): State<Reader>, headers: HeaderMap) -> Result<Response, ApiError> {
    let text = reader.check(<dyn Source>::metrics).await?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = if text.ends_with("# EOF\n") && accepted.contains("application/openmetrics-text") {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; version=0.0.4; charset=utf-8"
    };
    Ok(([(header::CONTENT_TYPE, media_type)], with_unseen_shown(&text).into_owned()).into_response())
}

/// The alerts of a list as a table, the newest first.
pub(super) async fn alerts_csv(
    State(reader): State<Reader>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let query = asked.query();
    let listing = reader.read(move |source| source.alerts(&query, ROWS_MAX)).await?;
    let mut text =
        String::from("id,container,severity,phase,label,opened,last_seen,resolved,windows,score_max,reason\r\n");
    for card in &listing.rows {
        let cells = [
            card.id.to_string(),
            card.identity.clone(),
            card.severity.as_str().into(),
            card.phase.as_str().into(),
            card.label.map_or("", Label::as_str).into(),
            card.opened.rfc3339(),
            card.last_seen.rfc3339(),
            card.resolved.map(crate::view::Time::rfc3339).unwrap_or_default(),
            card.windows.to_string(),
            card.score_max.to_string(),
            card.reason.clone(),
        ];
        text.push_str(&csv::row(&cells));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"foghorn-alerts.csv\""),
    ];
    Ok((headers, text).into_response())
}
