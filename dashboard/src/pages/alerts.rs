//! Alerts: the list of all, and one with its evidence.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use serde::Deserialize;

use super::lines::{LIST_BYTES, LogLine, plain, with_terms};
use super::{html, id_of};
use crate::chart::Chart;
use crate::error::PageError;
use crate::outcome::{After, Outcome, Outcomes};
use crate::reader::Reader;
use crate::view::{Alert, AlertCard, Attention, Label, Listing, TermKind, Time};

const ROWS_MAX: usize = 50;
const LINES_MAX: usize = 200;

/// Where a page of the list begins.
#[derive(Debug, Deserialize)]
pub(crate) struct From {
    /// Only alerts with an id below it.
    pub(crate) before: Option<u64>,
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct ListPage<'a> {
    now: Time,
    cards: &'a [AlertCard],
    total: u64,
    is_first: bool,
    older: Option<u64>,
}

#[derive(Template)]
#[template(path = "part/alert_list.html")]
struct ListPart<'a> {
    now: Time,
    cards: &'a [AlertCard],
    total: u64,
    is_first: bool,
    older: Option<u64>,
}

/// The id that the next page begins below; `None` when this one is not full.
fn older(listing: &Listing<AlertCard>) -> Option<u64> {
    listing.rows.last().filter(|_| listing.rows.len() >= ROWS_MAX).map(|card| card.id)
}

pub(super) async fn list_page(
    Shared(reader): Shared<Reader>,
    Query(From { before }): Query<From>,
) -> Result<Response, PageError> {
    let listing = reader.read(move |source| source.alerts(before, ROWS_MAX)).await?;
    html(&ListPage {
        now: Time::now(),
        cards: &listing.rows,
        total: listing.total,
        is_first: before.is_none(),
        older: older(&listing),
    })
}

pub(super) async fn list_part(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let listing = reader.read(|source| source.alerts(None, ROWS_MAX)).await?;
    html(&ListPart {
        now: Time::now(),
        cards: &listing.rows,
        total: listing.total,
        is_first: true,
        older: older(&listing),
    })
}

#[derive(Template)]
#[template(path = "alert.html")]
struct Page<'a> {
    now: Time,
    outcome: Option<Outcome>,
    alert: &'a Alert,
    lines: Vec<LogLine<'a>>,
    /// Of the nearest normal window.
    normal_lines: Vec<LogLine<'a>>,
    chart: Option<Chart>,
}

pub(super) async fn page(
    Shared(reader): Shared<Reader>,
    Shared(outcomes): Shared<Outcomes>,
    Query(after): Query<After>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = id_of(&id, "alert")?;
    let read = reader.read(move |source| source.alert(id, LINES_MAX)).await?;
    let alert = &read.ok_or(PageError::NotFound("alert"))?;
    let lasted = (alert.card.opened, alert.card.last_seen);
    html(&Page {
        now: Time::now(),
        outcome: outcomes.find(&after),
        alert,
        lines: with_terms(&alert.lines, &alert.terms, LIST_BYTES),
        normal_lines: alert.normal.as_ref().map(|normal| plain(&normal.lines, LIST_BYTES)).unwrap_or_default(),
        chart: Chart::of(&alert.scores, Some(lasted)),
    })
}
