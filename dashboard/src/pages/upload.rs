//! Plugins that people bring with a browser: sent, looked at with what they ask for, installed.

use std::time::Duration;

use askama::Template;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{Form, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::act::{outcome_of, to};
use super::html;
use crate::UploadTurn;
use crate::actor::Actor;
use crate::control::{Refusal, Uploaded};
use crate::error::PageError;
use crate::outcome::Outcomes;

/// Most bytes of a form with a component: the host takes no larger one than 64 MiB.
pub(crate) const BODY_BYTES_MAX: usize = 65 << 20;
const NAME_BYTES_MAX: usize = 200;
/// How long a component may be on its way.
pub(crate) const UPLOAD_MAX: Duration = Duration::from_secs(120);
/// A wrong token is answered after so long.
pub(crate) const WRONG_TOKEN: Duration = Duration::from_secs(1);

#[derive(Template)]
#[template(path = "upload.html")]
struct Page<'a> {
    uploaded: &'a Uploaded,
}

/// The page that shows what was brought, or the plugins page with why it was not taken.
pub(super) async fn inspect(
    Shared(actor): Shared<Actor>,
    Shared(outcomes): Shared<Outcomes>,
    Shared(UploadTurn(turn)): Shared<UploadTurn>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let form = form.map_err(|rejection| PageError::Form(rejection.body_text()))?;
    match read(&actor, &turn, form).await? {
        Ok(uploaded) => html(&Page { uploaded: &uploaded }),
        Err(refusal) => Ok(to("/plugins", &outcomes, outcome_of(Err(refusal))).into_response()),
    }
}

/// The token comes first: without it, what follows is not even read.
async fn read(actor: &Actor, turn: &Semaphore, mut form: Multipart) -> Result<Result<Uploaded, Refusal>, PageError> {
    let unread = |error: MultipartError| PageError::Form(error.body_text());
    let mut admitted = false;
    while let Some(field) = form.next_field().await.map_err(unread)? {
        match field.name() {
            Some("token") => {
                let token = field.text().await.map_err(unread)?;
                if let Err(refusal) = actor.ask("admit", move |control| control.admit(token.trim())).await? {
                    // Outside of any turn: guessing takes for ever and holds up nobody.
                    sleep(WRONG_TOKEN).await;
                    return Ok(Err(refusal));
                }
                admitted = true;
            }
            Some("component") if admitted => {
                let name = field.file_name().unwrap_or("a file without a name");
                let name = name[..name.floor_char_boundary(NAME_BYTES_MAX)].to_owned();
                let Ok(_turn) = turn.acquire().await else { return Err(PageError::Busy) };
                let bytes = timeout(UPLOAD_MAX, field.bytes()).await.map_err(|_| PageError::Busy)?;
                let bytes = bytes.map_err(unread)?.to_vec();
                if bytes.is_empty() {
                    break;
                }
                return actor.ask("inspect", move |control| control.inspect(&name, bytes)).await;
            }
            _ => {}
        }
    }
    Ok(Err(Refusal::Refused("nothing was uploaded: choose a .wasm file, and say the admin token".into())))
}

/// What the form says that follows.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    ticket: String,
}

pub(super) async fn install(
    Shared(actor): Shared<Actor>,
    Shared(outcomes): Shared<Outcomes>,
    Form(said): Form<Said>,
) -> Result<Redirect, PageError> {
    let answer = actor.ask("install", move |control| control.install(&said.ticket)).await?;
    Ok(to("/plugins", &outcomes, outcome_of(answer)))
}
