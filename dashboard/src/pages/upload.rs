//! Plugins that people bring with a browser: sent, looked at with what they ask for, installed.

use std::time::Duration;

use askama::Template;
use axum::extract::multipart::Multipart;
use axum::extract::{Form, FromRequest as _, Request, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::act::{outcome_of, to};
use super::{gate, html};
use crate::UploadTurn;
use crate::actor::Actor;
use crate::control::{Control, Refusal, Uploaded};
use crate::error::PageError;
use crate::outcome::Outcomes;

/// Most bytes of a form with a component: the host takes no larger one than 64 MiB.
pub(crate) const BODY_BYTES_MAX: usize = 65 << 20;
const NAME_BYTES_MAX: usize = 200;
const TOKEN_BYTES_MAX: usize = 1024;
/// How long the token may be on its way.
const TOKEN_WAIT: Duration = Duration::from_secs(10);
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
    request: Request,
) -> Result<Response, PageError> {
    match take(&actor, &turn, request).await? {
        Ok(uploaded) => html(&Page { uploaded: &uploaded }),
        Err(refusal) => Ok(to("/plugins", &outcomes, outcome_of(Err(refusal))).into_response()),
    }
}

/// The token comes first: without it, what follows is not even read.
async fn take(actor: &Actor, turn: &Semaphore, request: Request) -> Result<Result<Uploaded, Refusal>, PageError> {
    if let Some(closed) = actor.may(<dyn Control>::uploads_closed).await? {
        return Ok(Err(Refusal::Refused(closed)));
    }
    let (request, key) = gate::gated(request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|rejection| PageError::Form(rejection.body_text()))?;
    let Some(token) = within(TOKEN_WAIT, token(&mut form)).await? else { return Ok(Err(nothing())) };
    if let Err(refusal) = actor.may(move |control| control.admit(token.trim())).await? {
        // Outside of any turn: guessing takes for ever and holds up nobody.
        sleep(WRONG_TOKEN).await;
        return Ok(Err(refusal));
    }
    let Ok(_turn) = turn.acquire().await else { return Err(PageError::Busy) };
    key.open();
    match within(UPLOAD_MAX, component(&mut form)).await? {
        Some((name, bytes)) => actor.ask("inspect", move |control| control.inspect(&name, bytes)).await,
        None => Ok(Err(nothing())),
    }
}

fn nothing() -> Refusal {
    Refusal::Refused("nothing was uploaded: choose a .wasm file, and say the admin token".into())
}

async fn within<T>(limit: Duration, read: impl Future<Output = Result<T, PageError>>) -> Result<T, PageError> {
    timeout(limit, read).await.map_err(|_| PageError::Busy)?
}

/// The text of the first field, which must be the token.
async fn token(form: &mut Multipart) -> Result<Option<String>, PageError> {
    let Some(mut field) = form.next_field().await? else { return Ok(None) };
    if field.name() != Some("token") {
        return Ok(None);
    }
    let mut token = Vec::new();
    while let Some(piece) = field.chunk().await? {
        token.extend_from_slice(&piece);
        if token.len() > TOKEN_BYTES_MAX {
            return Err(PageError::Form(format!("a token of more than {TOKEN_BYTES_MAX} bytes")));
        }
    }
    Ok(String::from_utf8(token).ok())
}

/// Name and bytes of the component that follows; `None` where none was chosen.
async fn component(form: &mut Multipart) -> Result<Option<(String, Vec<u8>)>, PageError> {
    while let Some(field) = form.next_field().await? {
        if field.name() == Some("component") {
            let name = field.file_name().unwrap_or("a file without a name");
            let name = name[..name.floor_char_boundary(NAME_BYTES_MAX)].to_owned();
            let bytes = field.bytes().await?.to_vec();
            return Ok((!bytes.is_empty()).then_some((name, bytes)));
        }
    }
    Ok(None)
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
