//! Pages and their parts as HTML.
//!
//! A handler reads what its page needs in one go, turns it into a template's struct, and draws it. A part that is kept
//! live is a template of its own, included by its page and drawn alone for `/fragments/…`. A form is sent to the address of
//! the page it stands on.

mod act;
mod alerts;
mod container;
mod gate;
mod lines;
mod link;
mod log;
mod models;
mod notices;
mod overview;
mod pipeline;
mod plugins;
mod system;
mod templates;
mod trend;
mod upload;

pub(crate) use log::{Asked as AskedLog, read as read_log};
pub(crate) use templates::ROWS_MAX as TEMPLATES_MAX;
pub(crate) use trend::STEPS as TREND_STEPS;
pub(crate) use upload::{BODY_BYTES_MAX as UPLOAD_BYTES_MAX, UPLOAD_MAX, WRONG_TOKEN};

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::App;
use crate::error::{PageError, Told};
use crate::text::with_unseen_shown;

/// All routes that answer with HTML.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(overview::page))
        .route("/fragments/alerts", get(overview::open_alerts))
        .route("/fragments/containers", get(overview::containers))
        .route("/containers", get(Redirect::to("/#containers")))
        .route("/containers/{*identity}", get(container::page).post(act::on_container))
        .route("/fragments/container/{*identity}", get(container::part))
        .route("/fragments/trend/{*identity}", get(trend::part))
        .route("/logs/{*identity}", get(log::page))
        .route("/fragments/log/{*identity}", get(log::part))
        .route("/templates/{*identity}", get(templates::page))
        .route("/models", get(models::list_page))
        .route("/models/{*identity}", get(models::page))
        .route("/system", get(system::page))
        .route("/fragments/system", get(system::part))
        .route("/windows/{id}/{*identity}", get(container::window_page))
        .route("/fragments/window/{id}/{*identity}", get(container::window_lines))
        .route("/plugins", get(plugins::page).post(act::on_plugins))
        .route("/plugins/upload", post(upload::inspect).layer(DefaultBodyLimit::max(upload::BODY_BYTES_MAX)))
        .route("/plugins/install", post(upload::install))
        .route("/fragments/plugins", get(plugins::part))
        .route("/alerts", get(alerts::list_page))
        .route("/fragments/alert-table", get(alerts::list_part))
        .route("/alerts/{id}", get(alerts::page).post(act::on_alert))
        .route("/notices", get(notices::page).post(notices::act))
        .route("/act/{token}", get(link::page).post(link::act))
        .fallback(async || PageError::NotFound("page"))
}

fn html(template: &impl Template) -> Result<Response, PageError> {
    Ok(as_html(drawn(template)?))
}

/// Draws a template. The only place where HTML is made, hence the one that shows what cannot be seen.
fn drawn(template: &impl Template) -> Result<String, PageError> {
    Ok(with_unseen_shown(&template.render()?).into_owned())
}

fn as_html(drawn: String) -> Response {
    Html(drawn).into_response()
}

/// A number out of a path; anything else names nothing.
fn id_of(text: &str, what: &'static str) -> Result<u64, PageError> {
    text.parse().map_err(|_| PageError::NotFound(what))
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    title: &'static str,
    text: &'static str,
}

/// The page that says why there is none. Falls back to plain text should even that not be drawn.
pub(crate) fn error(told: &Told) -> Response {
    let page = ErrorPage { title: told.title, text: told.text };
    page.render().map_or_else(
        |_| ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], told.text).into_response(),
        |drawn| Html(drawn).into_response(),
    )
}
