//! The same reads and actions for programs: JSON under `/api/v1`, and the texts that health checks and Prometheus ask for.
//!
//! What there is, is described at `/api/v1/openapi.json`, which is made from the same functions.

mod acts;
mod reads;
mod texts;

use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema, openapi};

use crate::App;
use crate::error::{ApiError, PageError};
use crate::text::with_unseen_escaped;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Foghorn",
        description = "What the dashboard shows and does. Times are RFC 3339 in UTC, scores are in units of the threshold, and all text \
            that comes from logs is hostile: escape it before you show it. A request that changes something must come from the same origin, \
            with the header `Origin` or `Sec-Fetch-Site: same-origin`, or over the Unix socket in the data directory.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        reads::status,
        reads::system,
        reads::containers,
        reads::container,
        reads::trend,
        reads::log,
        reads::templates,
        reads::window,
        reads::alerts,
        reads::alert,
        reads::models,
        reads::model,
        reads::deliveries,
        reads::mutes,
        reads::plugins,
        acts::attend,
        acts::replay,
        acts::mute,
        acts::unmute,
        acts::act,
        acts::upload,
        acts::install,
    ),
    components(schemas(Mistake)),
    tags(
        (name = "read", description = "What the pages show"),
        (name = "act", description = "What the pages do"),
    )
)]
struct Description;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(texts::readiness))
        .route("/metrics", get(texts::metrics))
        .route("/alerts.csv", get(texts::alerts_csv))
        .route("/api/v1/openapi.json", get(async || Json(description())))
        .route("/api/v1/status", get(reads::status))
        .route("/api/v1/system", get(reads::system))
        .route("/api/v1/containers", get(reads::containers))
        .route("/api/v1/containers/{*identity}", get(reads::container))
        .route("/api/v1/trends/{*identity}", get(reads::trend))
        .route("/api/v1/logs/{*identity}", get(reads::log))
        .route("/api/v1/templates/{*identity}", get(reads::templates))
        .route("/api/v1/windows/{id}/{*identity}", get(reads::window))
        .route("/api/v1/alerts", get(reads::alerts))
        .route("/api/v1/alerts/{id}", get(reads::alert))
        .route("/api/v1/alerts/{id}/{verb}", post(acts::attend))
        .route("/api/v1/replays/{id}", post(acts::replay))
        .route("/api/v1/models", get(reads::models))
        .route("/api/v1/models/{*identity}", get(reads::model))
        .route("/api/v1/deliveries", get(reads::deliveries))
        .route("/api/v1/mutes", get(reads::mutes).post(acts::mute))
        .route("/api/v1/mutes/{id}", delete(acts::unmute))
        .route("/api/v1/plugins", get(reads::plugins))
        .route("/api/v1/plugins/{verb}", post(acts::act))
        .route("/api/v1/uploads", post(acts::upload))
        .route("/api/v1/uploads/{ticket}", post(acts::install))
        .route("/api/v1/{*rest}", get(async || ApiError::Page(PageError::NotFound("page"))))
}

/// A parameter that holds slashes is marked with a star for the router; the format of the description knows no such mark.
fn description() -> openapi::OpenApi {
    let mut description = Description::openapi();
    let paths = std::mem::take(&mut description.paths.paths);
    description.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.entry("default".into()).or_insert_with(mistake);
        }
    }
    description
}

/// What everything else is answered with.
#[derive(Debug, Serialize, ToSchema)]
struct Mistake {
    /// A few words.
    error: String,
    /// One sentence: what was found, and where it is known what to do.
    detail: String,
}

fn mistake() -> openapi::RefOr<openapi::Response> {
    let content = openapi::ContentBuilder::new().schema(Some(openapi::Ref::from_schema_name("Mistake"))).build();
    let description = "400, 404, 405, 409, 413, 415, 422: what was wrong with the request; 500: the log says why; 503: too much is asked at once";
    openapi::ResponseBuilder::new().description(description).content("application/json", content).build().into()
}

fn json(value: &impl Serialize) -> Result<Response, ApiError> {
    let text = serde_json::to_string(value).map_err(PageError::from)?;
    let text = with_unseen_escaped(&text).into_owned();
    Ok(([(axum::http::header::CONTENT_TYPE, "application/json")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The routes as they are written above: nothing is served that is not described.
    #[test]
    fn what_is_served_is_described_and_the_other_way_round() {
        let (above, _) = include_str!("mod.rs").split_once("#[cfg(test)]").unwrap();
        let routes = above.split(".route(\"").skip(1).filter_map(|rest| rest.split_once("\", "));
        let served: Vec<String> = routes
            .map(|(path, _)| path.replace("{*", "{"))
            .filter(|path| path.starts_with("/api/") && !path.ends_with("/openapi.json") && !path.ends_with("{rest}"))
            .collect();
        let described: Vec<String> = description().paths.paths.into_keys().collect();
        assert!(served.len() > 20);
        assert_eq!(served.iter().collect::<std::collections::BTreeSet<_>>(), described.iter().collect());
    }
}
