//! Links of notices. Whatever looks ahead at one only sees what it would do; doing it takes a press of the button, and works once.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::Response;

use super::html;
use crate::actor::Actor;
use crate::control::{LinkSeen, Refusal};
use crate::error::PageError;

#[derive(Template)]
#[template(path = "link.html")]
struct Page {
    /// What it would do, or did.
    seen: Option<LinkSeen>,
    /// What came of it; `None` before anything.
    told: Option<String>,
    is_done: bool,
}

pub(super) async fn page(Shared(actor): Shared<Actor>, Path(token): Path<String>) -> Result<Response, PageError> {
    match actor.ask("open link", move |control| control.open_link(&token)).await? {
        Ok(seen) => html(&Page { seen: Some(seen), told: None, is_done: false }),
        Err(refusal) => html(&Page { seen: None, told: Some(words(refusal)), is_done: false }),
    }
}

pub(super) async fn act(Shared(actor): Shared<Actor>, Path(token): Path<String>) -> Result<Response, PageError> {
    let answer = actor.ask("use link", move |control| control.use_link(&token)).await?;
    let is_done = answer.is_ok();
    html(&Page { seen: None, told: Some(answer.unwrap_or_else(words)), is_done })
}

fn words(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotFound(text) | Refusal::Refused(text) => text,
        Refusal::Failed(_) => "it could not be done; Foghorn's log says why, under “action failed”".into(),
    }
}
