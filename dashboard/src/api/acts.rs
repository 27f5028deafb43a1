//! Actions as JSON.

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::json;
use crate::UploadTurn;
use crate::actor::Actor;
use crate::control::{Action, AlertAction, MuteAction, Refusal, Uploaded};
use crate::error::{ApiError, PageError};
use crate::pages::{UPLOAD_BYTES_MAX, UPLOAD_MAX, WRONG_TOKEN};

/// What was done.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(super) struct Done {
    /// One sentence in lowercase: what was done and what comes next.
    done: String,
}

fn done(answer: Result<String, Refusal>) -> Result<Response, ApiError> {
    json(&Done { done: answer? })
}

/// Attends to an alert. The path holds the verb, the body all else, such as `{"minutes": 60}` for `snooze`; it may be empty.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/{verb}",
    tag = "act",
    params(
        ("id" = u64, Path),
        ("verb" = String, Path, description = "acknowledge, snooze, archive, hear, real, normal, unlabel")
    ),
    request_body(content = AlertAction, description = "Without `action`, which the path says"),
    responses((status = 200, body = Done), (status = 404), (status = 409, description = "Refused, with the reason"), (status = 422))
)]
pub(super) async fn attend(
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
    done(actor.ask(action.verb(), move |control| control.attend(id, action)).await?)
}

/// Computes the score of an alert again from its evidence.
#[utoipa::path(
    post,
    path = "/api/v1/replays/{id}",
    tag = "act",
    params(("id" = u64, Path)),
    responses((status = 200, body = Done), (status = 404), (status = 409, description = "It cannot be computed again, with the reason"))
)]
pub(super) async fn replay(State(actor): State<Actor>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id: u64 = id.parse().map_err(|_| PageError::NotFound("alert"))?;
    done(actor.ask("replay", move |control| control.replay(id)).await?)
}

/// Asks for silence: nothing is told of these containers for a while.
#[utoipa::path(
    post,
    path = "/api/v1/mutes",
    tag = "act",
    request_body = MuteAction,
    responses((status = 200, body = Done), (status = 409), (status = 422))
)]
pub(super) async fn mute(State(actor): State<Actor>, body: Bytes) -> Result<Response, ApiError> {
    let mute: MuteAction = understood(&body)?;
    done(actor.ask("mute", move |control| control.mute(mute)).await?)
}

/// Ends a silence.
#[utoipa::path(
    delete,
    path = "/api/v1/mutes/{id}",
    tag = "act",
    params(("id" = u64, Path)),
    responses((status = 200, body = Done), (status = 404))
)]
pub(super) async fn unmute(State(actor): State<Actor>, Path(id): Path<u64>) -> Result<Response, ApiError> {
    done(actor.ask("unmute", move |control| control.unmute(id)).await?)
}

/// Changes which plugins serve. The path holds the verb, the body all else that an action says.
#[utoipa::path(
    post,
    path = "/api/v1/plugins/{verb}",
    tag = "act",
    params(("verb" = String, Path, description = "pin, unpin, shadow, stop-shadow, promote, rollback, release")),
    request_body(content = Action, description = "Without `action`, which the path says"),
    responses((status = 200, body = Done), (status = 404), (status = 409, description = "Refused, with the reason"), (status = 422))
)]
pub(super) async fn act(
    State(actor): State<Actor>,
    Path(verb): Path<String>,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Response, ApiError> {
    if !Action::VERBS.contains(&verb.as_str()) {
        return Err(PageError::NotFound("page").into());
    }
    let Json(said) = body?;
    done(actor.act(action(verb, said)?).await?)
}

/// Looks at a component, which is the body; nothing is installed by this.
#[utoipa::path(
    post,
    path = "/api/v1/uploads",
    tag = "act",
    params(
        ("authorization" = String, Header, description = "`Bearer TOKEN`, the line of the file that `--admin-token-file` names"),
        ("name" = Option<String>, Query, description = "What the file was called, to be remembered")
    ),
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 200, body = Uploaded), (status = 409, description = "Refused, with the reason"))
)]
pub(super) async fn upload(
    State(actor): State<Actor>,
    State(UploadTurn(turn)): State<UploadTurn>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = said.strip_prefix("Bearer ").unwrap_or_default().trim().to_owned();
    if let Err(refusal) = actor.may(move |control| control.admit(&token)).await? {
        tokio::time::sleep(WRONG_TOKEN).await;
        return Err(refusal.into());
    }
    let Ok(_turn) = turn.acquire().await else { return Err(PageError::Busy.into()) };
    let bytes = tokio::time::timeout(UPLOAD_MAX, to_bytes(body, UPLOAD_BYTES_MAX))
        .await
        .map_err(|_| PageError::Busy)?
        .map_err(|error| ApiError::Body(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()))?;
    json(&actor.ask("inspect", move |control| control.inspect(&named.name, bytes.to_vec())).await??)
}

/// What an uploaded file was called.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    name: String,
}

/// Installs what was looked at.
#[utoipa::path(
    post,
    path = "/api/v1/uploads/{ticket}",
    tag = "act",
    params(("ticket" = String, Path)),
    responses((status = 200, body = Done), (status = 404), (status = 409, description = "Refused, with the reason"))
)]
pub(super) async fn install(State(actor): State<Actor>, Path(ticket): Path<String>) -> Result<Response, ApiError> {
    done(actor.ask("install", move |control| control.install(&ticket)).await?)
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
