//! The landing page: what is wrong, then everything else.

use askama::Template;
use axum::extract::State as Shared;
use axum::response::Response;

use super::html;
use super::lines::{CARD_BYTES, LogLine, plain};
use crate::chart::{Chart, Spread};
use crate::error::PageError;
use crate::reader::Reader;
use crate::view::{AlertCard, ContainerCard, Listing, State, Status, Time};
use crate::words;

const ALERTS_MAX: usize = 50;
const CONTAINERS_MAX: usize = 500;
/// Lines on a card.
const LINES_MAX: usize = 3;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page<'a> {
    now: Time,
    status: &'a Status,
    open: OpenAlerts<'a>,
    table: Containers<'a>,
}

pub(super) async fn page(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let (status, alerts, containers) = reader
        .read(|source| Ok((source.status()?, source.open_alerts(ALERTS_MAX)?, source.containers(CONTAINERS_MAX)?)))
        .await?;
    let now = Time::now();
    html(&Page { now, status: &status, open: OpenAlerts::of(&alerts, now), table: Containers::of(&containers, now) })
}

#[derive(Template)]
#[template(path = "part/open_alerts.html")]
struct OpenAlertsPart<'a> {
    open: OpenAlerts<'a>,
}

pub(super) async fn open_alerts(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let alerts = reader.read(|source| source.open_alerts(ALERTS_MAX)).await?;
    html(&OpenAlertsPart { open: OpenAlerts::of(&alerts, Time::now()) })
}

#[derive(Template)]
#[template(path = "part/containers.html")]
struct ContainersPart<'a> {
    table: Containers<'a>,
}

pub(super) async fn containers(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let containers = reader.read(|source| source.containers(CONTAINERS_MAX)).await?;
    html(&ContainersPart { table: Containers::of(&containers, Time::now()) })
}

struct OpenAlerts<'a> {
    now: Time,
    alerts: Vec<OpenAlert<'a>>,
    total: u64,
    hidden: u64,
    /// What a screen reader says when it changes.
    announcement: String,
}

struct OpenAlert<'a> {
    card: &'a AlertCard,
    lines: Vec<LogLine<'a>>,
}

impl<'a> OpenAlerts<'a> {
    fn of(listing: &'a Listing<AlertCard>, now: Time) -> Self {
        let open = |card: &'a AlertCard| OpenAlert {
            card,
            lines: plain(&card.lines[..card.lines.len().min(LINES_MAX)], CARD_BYTES),
        };
        Self {
            now,
            alerts: listing.rows.iter().map(open).collect(),
            total: listing.total,
            hidden: listing.hidden(),
            announcement: announcement(listing),
        }
    }
}

fn announcement(listing: &Listing<AlertCard>) -> String {
    match listing.rows.first() {
        None => "all quiet".into(),
        Some(worst) => format!(
            "{}, the worst: {} in {}",
            words::counted(&listing.total, "open alert"),
            worst.severity.as_str(),
            words::name(&worst.identity)
        ),
    }
}

struct Containers<'a> {
    now: Time,
    rows: Vec<ContainerRow<'a>>,
    hidden: u64,
    summary: String,
}

struct ContainerRow<'a> {
    card: &'a ContainerCard,
    chart: Option<Chart>,
}

impl<'a> Containers<'a> {
    fn of(listing: &'a Listing<ContainerCard>, now: Time) -> Self {
        let row = |card: &'a ContainerCard| ContainerRow { card, chart: Chart::of(&card.scores, Spread::Even, None) };
        Self {
            now,
            rows: listing.rows.iter().map(row).collect(),
            hidden: listing.hidden(),
            summary: summary(&listing.rows),
        }
    }
}

/// `3 watching · 1 learning`.
fn summary(cards: &[ContainerCard]) -> String {
    let words = ["watching", "learning", "silent", "stopped", "unreadable"];
    let counted = words.map(|word| (word, cards.iter().filter(|card| words::state(&card.state) == word).count()));
    let parts: Vec<_> =
        counted.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
    parts.join(" · ")
}
