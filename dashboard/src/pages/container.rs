//! One container, and one of its windows.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;

use super::lines::{FULL_BYTES, LIST_BYTES, LogLine, plain};
use super::pipeline::Pipeline;
use super::trend::ShownTrend;
use super::{html, id_of};
use crate::error::PageError;
use crate::outcome::{After, Outcome, Outcomes};
use crate::reader::Reader;
use crate::span::Asked;
use crate::view::{Container, CycleOutcome, KnownPlugin, ShadowPhase, State, Time, Window, WindowRow};
use crate::words;

/// Rows of each table.
const ROWS_MAX: usize = 20;
/// Of cycles, which seldom differ.
const CYCLES_MAX: usize = 8;
/// Lines of a window on its own page, and opened in the table.
const PAGE_LINES_MAX: usize = 2_000;
const PART_LINES_MAX: usize = 200;

#[derive(Template)]
#[template(path = "container.html")]
struct Page<'a> {
    now: Time,
    outcome: Option<Outcome>,
    container: &'a Container,
    pipeline: Pipeline<'a>,
    path: String,
    trend: ShownTrend,
}

#[derive(Template)]
#[template(path = "part/container_live.html")]
struct Part<'a> {
    now: Time,
    container: &'a Container,
    pipeline: Pipeline<'a>,
    path: String,
}

/// The container, and the plugins that it could use.
async fn read(reader: &Reader, identity: String) -> Result<(Container, Vec<KnownPlugin>), PageError> {
    let read = reader.read(move |source| match source.container(&identity, ROWS_MAX)? {
        Some(container) => Ok(Some((container, source.plugins(0)?.known))),
        None => Ok(None),
    });
    read.await?.ok_or(PageError::NotFound("container"))
}

pub(super) async fn page(
    Shared(reader): Shared<Reader>,
    Shared(outcomes): Shared<Outcomes>,
    Path(identity): Path<String>,
    Query(after): Query<After>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (container, known) = &read(&reader, identity.clone()).await?;
    let trend = ShownTrend::read(&reader, &identity, &asked).await?;
    html(&Page {
        now: Time::now(),
        outcome: outcomes.find(&after),
        container,
        pipeline: Pipeline::of(container, known),
        path: words::path(&container.card.identity),
        trend,
    })
}

pub(super) async fn part(Shared(reader): Shared<Reader>, Path(identity): Path<String>) -> Result<Response, PageError> {
    let (container, known) = &read(&reader, identity).await?;
    html(&Part {
        now: Time::now(),
        container,
        pipeline: Pipeline::of(container, known),
        path: words::path(&container.card.identity),
    })
}

#[derive(Template)]
#[template(path = "window.html")]
struct WindowPage<'a> {
    identity: &'a str,
    row: &'a WindowRow,
    lines: Vec<LogLine<'a>>,
    hidden: u64,
    whole: Option<String>,
}

#[derive(Template)]
#[template(path = "part/window_lines.html")]
struct WindowLines<'a> {
    lines: Vec<LogLine<'a>>,
    hidden: u64,
    /// Where the other lines are.
    whole: Option<String>,
}

async fn read_window(reader: &Reader, id: &str, identity: String, lines_max: usize) -> Result<Window, PageError> {
    let id = id_of(id, "window")?;
    reader.read(move |source| source.window(&identity, id, lines_max)).await?.ok_or(PageError::NotFound("window"))
}

pub(super) async fn window_page(
    Shared(reader): Shared<Reader>,
    Path((id, identity)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let window = read_window(&reader, &id, identity.clone(), PAGE_LINES_MAX).await?;
    let lines = plain(&window.lines, FULL_BYTES);
    let hidden = window.row.lines.saturating_sub(lines.len() as u64);
    html(&WindowPage { identity: &identity, row: &window.row, lines, hidden, whole: None })
}

pub(super) async fn window_lines(
    Shared(reader): Shared<Reader>,
    Path((id, identity)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let window = read_window(&reader, &id, identity.clone(), PART_LINES_MAX).await?;
    let lines = plain(&window.lines, LIST_BYTES);
    let hidden = window.row.lines.saturating_sub(lines.len() as u64);
    let whole = Some(format!("/windows/{}/{}", window.row.id, words::path(&identity)));
    html(&WindowLines { lines, hidden, whole })
}
