//! Alerts: the list of all, and one with its evidence.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;

use super::lines::{LIST_BYTES, LogLine, PlacedLine, plain, with_terms};
use super::{html, id_of};
use crate::chart::Chart;
use crate::error::PageError;
use crate::outcome::{After, Outcome, Outcomes};
use crate::reader::Reader;
use crate::view::{Alert, AlertCard, Attention, Label, Listing, TermKind, Time};
use crate::wanted::Asked;
use crate::words;

const ROWS_MAX: usize = 50;
const LINES_MAX: usize = 200;

/// Alerts, ready to be listed.
struct Shown<'a> {
    asked: &'a Asked,
    cards: &'a [AlertCard],
    total: u64,
    /// The address of the next page; `None` when this one is not full.
    older: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(asked: &'a Asked, listing: &'a Listing<AlertCard>) -> Self {
        let last = listing.rows.last().filter(|_| listing.rows.len() >= ROWS_MAX);
        let older = last.map(|card| asked.address("/alerts", Some(card.id)));
        Self { asked, cards: &listing.rows, total: listing.total, older }
    }
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct ListPage<'a> {
    now: Time,
    shown: Shown<'a>,
}

#[derive(Template)]
#[template(path = "part/alert_list.html")]
struct ListPart<'a> {
    now: Time,
    shown: Shown<'a>,
}

async fn listed(reader: &Reader, asked: &Asked) -> Result<Listing<AlertCard>, PageError> {
    let query = asked.query();
    reader.read(move |source| source.alerts(&query, ROWS_MAX)).await
}

pub(super) async fn list_page(
    Shared(reader): Shared<Reader>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let listing = listed(&reader, &asked).await?;
    html(&ListPage { now: Time::now(), shown: Shown::of(&asked, &listing) })
}

pub(super) async fn list_part(
    Shared(reader): Shared<Reader>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let listing = listed(&reader, &asked).await?;
    html(&ListPart { now: Time::now(), shown: Shown::of(&asked, &listing) })
}

#[derive(Template)]
#[template(path = "alert.html")]
struct Page<'a> {
    now: Time,
    outcome: Option<Outcome>,
    alert: &'a Alert,
    lines: Vec<PlacedLine<'a>>,
    /// Of its container.
    path: String,
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
        lines: with_terms(&alert.lines, alert.window.unwrap_or_default(), &alert.terms, LIST_BYTES),
        path: words::path(&alert.card.identity),
        normal_lines: alert.normal.as_ref().map(|normal| plain(&normal.lines, LIST_BYTES)).unwrap_or_default(),
        chart: Chart::of(&alert.scores, Some(lasted)),
    })
}
