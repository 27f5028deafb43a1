//! Reads as JSON.

use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::json;
use crate::error::{ApiError, PageError};
use crate::pages::{AskedLog, TEMPLATES_MAX, TREND_STEPS};
use crate::reader::Reader;
use crate::source::Source;
use crate::span::Asked;
use crate::view::{
    Alert, AlertCard, Container, ContainerCard, Delivery, Listing, Log, ModelReport, ModelRow, Mute, Plugins, Status,
    System, Templates, Time, Trend, Window,
};
use crate::wanted::Asked as Wanted;

const ROWS_MAX: usize = 1_000;
const LINES_MAX: usize = 1_000;

/// How the host itself is doing.
#[utoipa::path(get, path = "/api/v1/status", tag = "read", responses((status = 200, body = Status)))]
pub(super) async fn status(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.check(<dyn Source>::status).await?)
}

/// What the host runs on, in figures.
#[utoipa::path(get, path = "/api/v1/system", tag = "read", responses((status = 200, body = System)))]
pub(super) async fn system(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(<dyn Source>::system).await?)
}

/// Every container, by identity.
#[utoipa::path(get, path = "/api/v1/containers", tag = "read", responses((status = 200, body = Listing<ContainerCard>)))]
pub(super) async fn containers(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(|source| source.containers(ROWS_MAX)).await?)
}

/// One container; an identity holds slashes, which stay as they are.
#[utoipa::path(
    get,
    path = "/api/v1/containers/{*identity}",
    tag = "read",
    params(("identity" = String, Path)),
    responses((status = 200, body = Container), (status = 404))
)]
pub(super) async fn container(
    State(reader): State<Reader>,
    Path(identity): Path<String>,
) -> Result<Response, ApiError> {
    let read = reader.read(move |source| source.container(&identity, ROWS_MAX)).await?;
    json(&read.ok_or(PageError::NotFound("container"))?)
}

/// Scores and lines of a container over a span of time, in at most 240 steps.
#[utoipa::path(
    get,
    path = "/api/v1/trends/{*identity}",
    tag = "read",
    params(
        ("identity" = String, Path),
        ("range" = Option<String>, Query, description = "`1h`, `24h` or `7d`, up to now"),
        ("from" = Option<u64>, Query, description = "Seconds since the Unix epoch; with `until`, in place of a range"),
        ("until" = Option<u64>, Query)
    ),
    responses((status = 200, body = Trend), (status = 404))
)]
pub(super) async fn trend(
    State(reader): State<Reader>,
    Path(identity): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    let span = asked.span(Time::now());
    let read = reader.read(move |source| source.trend(&identity, span.from, span.until, TREND_STEPS)).await?;
    json(&read.ok_or(PageError::NotFound("container"))?)
}

/// Lines of a container, at most 1,000: the newest, or those from a place on.
#[utoipa::path(
    get,
    path = "/api/v1/logs/{*identity}",
    tag = "read",
    params(
        ("identity" = String, Path),
        ("q" = Option<String>, Query, description = "Only lines that hold this text, whatever its case"),
        ("at" = Option<String>, Query, description = "From about this time on: seconds since the Unix epoch, or `2026-11-22T14:20`"),
        ("before" = Option<u64>, Query, description = "Lines before this number"),
        ("after" = Option<u64>, Query, description = "Lines after this number"),
        ("line" = Option<u64>, Query, description = "This line, with some before it")
    ),
    responses((status = 200, body = Log), (status = 404))
)]
pub(super) async fn log(
    State(reader): State<Reader>,
    Path(identity): Path<String>,
    Query(asked): Query<AskedLog>,
) -> Result<Response, ApiError> {
    json(&crate::pages::read_log(&reader, &identity, &asked, LINES_MAX).await?)
}

/// What a container says, grouped by template.
#[utoipa::path(
    get,
    path = "/api/v1/templates/{*identity}",
    tag = "read",
    params(("identity" = String, Path)),
    responses((status = 200, body = Templates), (status = 404))
)]
pub(super) async fn templates(
    State(reader): State<Reader>,
    Path(identity): Path<String>,
) -> Result<Response, ApiError> {
    let read = reader.search(move |source| source.templates(&identity, TEMPLATES_MAX)).await?;
    json(&read.ok_or(PageError::NotFound("container"))?)
}

/// One window with at most 1,000 of its lines.
#[utoipa::path(
    get,
    path = "/api/v1/windows/{id}/{*identity}",
    tag = "read",
    params(("id" = u64, Path), ("identity" = String, Path)),
    responses((status = 200, body = Window), (status = 404))
)]
pub(super) async fn window(
    State(reader): State<Reader>,
    Path((id, identity)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let id = id.parse().map_err(|_| PageError::NotFound("window"))?;
    let read = reader.read(move |source| source.window(&identity, id, LINES_MAX)).await?;
    json(&read.ok_or(PageError::NotFound("window"))?)
}

/// Alerts, open and resolved, the highest number first; at most 1,000.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    tag = "read",
    params(
        ("before" = Option<u64>, Query, description = "Only alerts with a number below it"),
        ("state" = Option<String>, Query, description = "Only those that are `open`, or `resolved`"),
        ("severity" = Option<String>, Query, description = "Only those that are at least as bad as `warning`, or `critical`"),
        ("label" = Option<String>, Query, description = "Only those called `real`, `normal`, or by nobody anything: `none`"),
        ("q" = Option<String>, Query, description = "Only those whose container or reason holds this text, whatever its case")
    ),
    responses((status = 200, body = Listing<AlertCard>))
)]
pub(super) async fn alerts(State(reader): State<Reader>, Query(asked): Query<Wanted>) -> Result<Response, ApiError> {
    let query = asked.query();
    json(&reader.read(move |source| source.alerts(&query, ROWS_MAX)).await?)
}

/// One alert with its evidence.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    tag = "read",
    params(("id" = u64, Path)),
    responses((status = 200, body = Alert), (status = 404))
)]
pub(super) async fn alert(State(reader): State<Reader>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id = id.parse().map_err(|_| PageError::NotFound("alert"))?;
    let read = reader.read(move |source| source.alert(id, LINES_MAX)).await?;
    json(&read.ok_or(PageError::NotFound("alert"))?)
}

/// The models of all containers, by identity.
#[utoipa::path(get, path = "/api/v1/models", tag = "read", responses((status = 200, body = Listing<ModelRow>)))]
pub(super) async fn models(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(|source| source.models(ROWS_MAX)).await?)
}

/// The generations of a container, and simple rules beside its model.
#[utoipa::path(
    get,
    path = "/api/v1/models/{*identity}",
    tag = "read",
    params(("identity" = String, Path)),
    responses((status = 200, body = ModelReport), (status = 404))
)]
pub(super) async fn model(State(reader): State<Reader>, Path(identity): Path<String>) -> Result<Response, ApiError> {
    let read = reader.search(move |source| source.model(&identity)).await?;
    json(&read.ok_or(PageError::NotFound("container"))?)
}

/// Notices of all alerts, the newest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "read", responses((status = 200, body = Vec<Delivery>)))]
pub(super) async fn deliveries(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(|source| source.deliveries(ROWS_MAX)).await?)
}

/// Silence that people asked for and that lasts.
#[utoipa::path(get, path = "/api/v1/mutes", tag = "read", responses((status = 200, body = Vec<Mute>)))]
pub(super) async fn mutes(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(<dyn Source>::mutes).await?)
}

/// All plugins, and which containers use which.
#[utoipa::path(get, path = "/api/v1/plugins", tag = "read", responses((status = 200, body = Plugins)))]
pub(super) async fn plugins(State(reader): State<Reader>) -> Result<Response, ApiError> {
    json(&reader.read(|source| source.plugins(ROWS_MAX)).await?)
}
