//! What was told and what is silent: mutes that last, and the log of notices.

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State as Shared};
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::act::{outcome_of, to, unknown};
use super::html;
use crate::actor::Actor;
use crate::control::MuteAction;
use crate::error::PageError;
use crate::outcome::{After, Outcome, Outcomes};
use crate::reader::Reader;
use crate::view::{Delivery, Mute, Time};

const DELIVERIES_MAX: usize = 100;

#[derive(Template)]
#[template(path = "notices.html")]
struct Page<'a> {
    now: Time,
    outcome: Option<Outcome>,
    mutes: &'a [Mute],
    deliveries: &'a [Delivery],
}

pub(super) async fn page(
    Shared(reader): Shared<Reader>,
    Shared(outcomes): Shared<Outcomes>,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let (mutes, deliveries) = reader.read(|source| Ok((source.mutes()?, source.deliveries(DELIVERIES_MAX)?))).await?;
    html(&Page { now: Time::now(), outcome: outcomes.find(&after), mutes: &mutes, deliveries: &deliveries })
}

/// What the form says; a field that it does not have is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    action: String,
    container: String,
    minutes: String,
    reason: String,
    id: String,
}

pub(super) async fn act(
    Shared(actor): Shared<Actor>,
    Shared(outcomes): Shared<Outcomes>,
    sent: Result<Form<Said>, FormRejection>,
) -> Result<Redirect, PageError> {
    let Form(said) = sent.map_err(|rejection| PageError::Form(rejection.body_text()))?;
    let answer = match (said.action.as_str(), said.minutes.parse(), said.id.parse()) {
        ("mute", Ok(minutes), _) => {
            let container = if said.container.trim().is_empty() { "*" } else { said.container.trim() };
            let mute = MuteAction { container: container.into(), minutes, reason: said.reason.trim().into() };
            actor.ask("mute", move |control| control.mute(mute)).await?
        }
        ("unmute", _, Ok(id)) => actor.ask("unmute", move |control| control.unmute(id)).await?,
        _ => Err(unknown()),
    };
    Ok(to("/notices", &outcomes, outcome_of(answer)))
}
