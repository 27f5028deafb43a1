//! The landing page: what is wrong, then everything else.

use askama::Template;
use axum::extract::{Query, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::lines::{CARD_BYTES, LogLine, plain};
use super::{drawn, html};
use crate::Parts;
use crate::error::PageError;
use crate::events::period;
use crate::reader::Reader;
use crate::spark::Spark;
use crate::view::{AlertCard, ContainerCard, Listing, State, Status, Time};
use crate::words;

const ALERTS_MAX: usize = 50;
const CONTAINERS_MAX: usize = 500;
/// Lines on a card.
const LINES_MAX: usize = 3;

/// Which containers are shown: all, where nothing is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
}

impl Asked {
    /// Whether the identity holds what is searched for, whatever its case.
    fn wants(&self, card: &ContainerCard) -> bool {
        card.identity.to_lowercase().contains(&self.q.trim().to_lowercase())
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Page<'a> {
    status: &'a Status,
    now: Time,
    open: OpenAlerts<'a>,
    grid: Grid<'a>,
}

pub(super) async fn page(Shared(reader): Shared<Reader>, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let (status, alerts, containers) = reader
        .read(|source| Ok((source.status()?, source.open_alerts(ALERTS_MAX)?, source.containers(CONTAINERS_MAX)?)))
        .await?;
    let now = Time::now();
    let (open, grid) = (OpenAlerts::of(&alerts, now), Grid::of(&containers, &asked, now));
    html(&Page { status: &status, now, open, grid })
}

#[derive(Template)]
#[template(path = "part/open_alerts.html")]
struct OpenAlertsPart<'a> {
    open: OpenAlerts<'a>,
}

pub(super) async fn open_alerts(
    Shared(reader): Shared<Reader>,
    Shared(parts): Shared<Parts>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let make = async {
        let alerts = reader.read(|source| source.open_alerts(ALERTS_MAX)).await?;
        drawn(&OpenAlertsPart { open: OpenAlerts::of(&alerts, Time::now()) })
    };
    parts.open_alerts.get(period("alerts"), &headers, make).await
}

#[derive(Template)]
#[template(path = "part/containers.html")]
struct ContainersPart<'a> {
    grid: Grid<'a>,
}

pub(super) async fn containers(
    Shared(reader): Shared<Reader>,
    Shared(parts): Shared<Parts>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let make = async {
        let containers = reader.read(|source| source.containers(CONTAINERS_MAX)).await?;
        drawn(&ContainersPart { grid: Grid::of(&containers, &asked, Time::now()) })
    };
    if asked.q.is_empty() {
        parts.containers.get(period("containers"), &headers, make).await
    } else {
        Ok(super::as_html(make.await?))
    }
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

/// All containers, those with trouble first.
struct Grid<'a> {
    now: Time,
    tiles: Vec<Tile<'a>>,
    /// What they are filtered by.
    filter: String,
    total: u64,
    hidden: u64,
    summary: String,
}

struct Tile<'a> {
    card: &'a ContainerCard,
    spark: Option<Spark>,
}

impl<'a> Grid<'a> {
    fn of(listing: &'a Listing<ContainerCard>, asked: &Asked, now: Time) -> Self {
        let tile = |card: &'a ContainerCard| Tile { card, spark: Spark::of(&card.scores) };
        let mut tiles: Vec<_> = listing.rows.iter().filter(|card| asked.wants(card)).map(tile).collect();
        tiles.sort_by(|a, b| place(a.card).cmp(&place(b.card)));
        Self {
            now,
            tiles,
            filter: asked.q.trim().into(),
            total: listing.total,
            hidden: listing.hidden(),
            summary: summary(&listing.rows),
        }
    }
}

/// Those with open alerts, those that cannot be read, then by name; what is stopped comes last.
fn place(card: &ContainerCard) -> impl Ord + '_ {
    let trouble = (card.worst_open, matches!(card.state, State::Unreadable { .. }));
    (std::cmp::Reverse(trouble), matches!(card.state, State::Stopped { .. }), card.identity.as_str())
}

/// `3 watching · 1 learning`.
fn summary(cards: &[ContainerCard]) -> String {
    let words = ["watching", "learning", "silent", "stopped", "unreadable"];
    let counted = words.map(|word| (word, cards.iter().filter(|card| words::state(&card.state) == word).count()));
    let parts: Vec<_> =
        counted.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
    parts.join(" · ")
}
