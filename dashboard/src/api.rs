//! The same reads and actions for programs: JSON under `/api/v1`, and the texts that health checks and Prometheus ask for.

use std::fmt::Write as _;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::App;
use crate::actor::Actor;
use crate::control::{Action, AlertAction, MuteAction};
use crate::error::{ApiError, PageError};
use crate::pages::From;
use crate::reader::Reader;
use crate::source::Source;
use crate::text::{with_unseen_escaped, with_unseen_shown};

const ROWS_MAX: usize = 1_000;
const LINES_MAX: usize = 1_000;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readiness))
        .route("/api/v1/status", get(status))
        .route("/api/v1/containers", get(containers))
        .route("/api/v1/containers/{*identity}", get(container))
        .route("/api/v1/alerts", get(alerts))
        .route("/api/v1/alerts/{id}", get(alert))
        .route("/api/v1/alerts/{id}/{verb}", post(attend))
        .route("/api/v1/deliveries", get(deliveries))
        .route("/api/v1/mutes", get(mutes).post(mute))
        .route("/api/v1/mutes/{id}", delete(unmute))
        .route("/api/v1/plugins", get(plugins))
        .route("/api/v1/plugins/{verb}", post(act))
        .route("/api/v1/{*rest}", get(async || ApiError::Page(PageError::NotFound("page"))))
        .route("/metrics", get(metrics))
}

fn json(value: &impl Serialize) -> Result<Response, ApiError> {
    let text = serde_json::to_string(value).map_err(PageError::from)?;
    let text = with_unseen_escaped(&text).into_owned();
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// 200 when all checks are good; else 503 and which ones are not.
async fn readiness(State(reader): State<Reader>) -> Response {
    let Ok(status) = reader.read(<dyn Source>::status).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "not ready\nstatus: cannot be read\n").into_response();
    };
    if status.is_ready() {
        return "ready\n".into_response();
    }
    let mut text = String::from("not ready\n");
    for check in status.checks.iter().filter(|check| !check.good) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {}", check.name, check.detail);
    }
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

async fn status(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(<dyn Source>::status).await?)
}

async fn containers(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(|source| source.containers(ROWS_MAX)).await?)
}

async fn container(State(reader): State<Reader>, Path(identity): Path<String>) -> Result<Response, ApiError> {
    let read = reader.read(move |source| source.container(&identity, ROWS_MAX)).await?;
    json(&read.ok_or(PageError::NotFound("container"))?)
}

async fn alerts(State(reader): State<Reader>, Query(from): Query<From>) -> Result<Response, ApiError> {
    json(&reader.read(move |source| source.alerts(from.before, ROWS_MAX)).await?)
}

async fn alert(State(reader): State<Reader>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id = id.parse().map_err(|_| PageError::NotFound("alert"))?;
    let read = reader.read(move |source| source.alert(id, LINES_MAX)).await?;
    json(&read.ok_or(PageError::NotFound("alert"))?)
}

/// The path holds the verb, the body all else; an empty body says nothing else.
async fn attend(
    State(actor): State<Actor>,
    Path((id, verb)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let id: u64 = id.parse().map_err(|_| PageError::NotFound("alert"))?;
    if !AlertAction::VERBS.contains(&verb.as_str()) {
        return Err(PageError::NotFound("page").into());
    }
    let said = if body.is_empty() { Map::new() } else { understood(&body)? };
    let action: AlertAction = action(verb, said)?;
    let done = actor.ask(action.verb(), move |control| control.attend(id, action)).await??;
    json(&serde_json::json!({ "done": done }))
}

async fn deliveries(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(|source| source.deliveries(ROWS_MAX)).await?)
}

async fn mutes(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(<dyn Source>::mutes).await?)
}

async fn mute(State(actor): State<Actor>, body: Bytes) -> Result<Response, ApiError> {
    let mute: MuteAction = understood(&body)?;
    let done = actor.ask("mute", move |control| control.mute(mute)).await??;
    json(&serde_json::json!({ "done": done }))
}

async fn unmute(State(actor): State<Actor>, Path(id): Path<u64>) -> Result<Response, ApiError> {
    let done = actor.ask("unmute", move |control| control.unmute(id)).await??;
    json(&serde_json::json!({ "done": done }))
}

/// An action out of the verb of a path and what the body says beside it.
fn action<T: DeserializeOwned>(verb: String, mut said: Map<String, Value>) -> Result<T, ApiError> {
    said.insert("action".into(), verb.into());
    serde_json::from_value(said.into()).map_err(|error| not_understood(&error))
}

fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| not_understood(&error))
}

fn not_understood(error: &serde_json::Error) -> ApiError {
    ApiError::Body(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
}

async fn plugins(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(|source| source.plugins(ROWS_MAX)).await?)
}

/// The path holds the verb, the body all else that an action says.
async fn act(
    State(actor): State<Actor>,
    Path(verb): Path<String>,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Response, ApiError> {
    if !Action::VERBS.contains(&verb.as_str()) {
        return Err(PageError::NotFound("page").into());
    }
    let Json(said) = body?;
    let done = actor.act(action(verb, said)?).await??;
    json(&serde_json::json!({ "done": done }))
}

/// In the format that is asked for, where the host's text is of it.
async fn metrics(State(reader): State<Reader>, headers: HeaderMap) -> Result<Response, ApiError> {
    let text = reader.read(<dyn Source>::metrics).await?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = if text.ends_with("# EOF\n") && accepted.contains("application/openmetrics-text") {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; version=0.0.4; charset=utf-8"
    };
    Ok(([(header::CONTENT_TYPE, media_type)], with_unseen_shown(&text).into_owned()).into_response())
}
