//! Pages and their parts as HTML.
//!
//! A handler reads what its page needs in one go, turns it into a template's struct, and draws it. A part that is kept
//! live is a template of its own, included by its page and drawn alone for `/fragments/…`. A form is sent to the address of
//! the page it stands on.

mod act;
mod alerts;
mod container;
mod lines;
mod link;
mod notices;
mod overview;
mod pipeline;
mod plugins;

pub(crate) use alerts::From;

use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

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
        .route("/windows/{id}/{*identity}", get(container::window_page))
        .route("/fragments/window/{id}/{*identity}", get(container::window_lines))
        .route("/plugins", get(plugins::page).post(act::on_plugins))
        .route("/fragments/plugins", get(plugins::part))
        .route("/alerts", get(alerts::list_page))
        .route("/fragments/alert-table", get(alerts::list_part))
        .route("/alerts/{id}", get(alerts::page).post(act::on_alert))
        .route("/notices", get(notices::page).post(notices::act))
        .route("/act/{token}", get(link::page).post(link::act))
        .fallback(async || PageError::NotFound("page"))
}

/// Draws a template. The only place where HTML leaves, hence the one that shows what cannot be seen.
fn html(template: &impl Template) -> Result<Response, PageError> {
    let drawn = template.render()?;
    Ok(Html(with_unseen_shown(&drawn).into_owned()).into_response())
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
