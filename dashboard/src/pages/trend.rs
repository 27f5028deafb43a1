//! The trend of a container: a part of its page, kept live on its own so that a zoomed picture stays.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;

use super::html;
use crate::error::PageError;
use crate::reader::Reader;
use crate::span::{Asked, Span};
use crate::trend::TrendChart;
use crate::view::Time;
use crate::words;

/// Steps of a picture.
pub(crate) const STEPS: usize = 240;

/// A trend, ready to be drawn.
pub(super) struct ShownTrend {
    pub(super) path: String,
    pub(super) span: Span,
    pub(super) chart: Option<TrendChart>,
}

impl ShownTrend {
    pub(super) async fn read(reader: &Reader, identity: &str, asked: &Asked) -> Result<Self, PageError> {
        let span = asked.span(Time::now());
        let (path, identity) = (words::path(identity), identity.to_owned());
        let read = reader.read(move |source| {
            let Some(trend) = source.trend(&identity, span.from, span.until, STEPS)? else { return Ok(None) };
            let begun = trend.points.first().map(|point| point.begin);
            let (span, trend) = match begun.and_then(|begun| span.without_what_was_before(begun)) {
                Some(shorter) => {
                    (shorter, source.trend(&identity, shorter.from, shorter.until, STEPS)?.unwrap_or(trend))
                }
                None => (span, trend),
            };
            Ok(Some((span, trend)))
        });
        let (span, trend) = read.await?.ok_or(PageError::NotFound("container"))?;
        Ok(Self { path, span, chart: TrendChart::of(&trend) })
    }
}

#[derive(Template)]
#[template(path = "part/trend.html")]
struct Part {
    trend: ShownTrend,
}

pub(super) async fn part(
    Shared(reader): Shared<Reader>,
    Path(identity): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    html(&Part { trend: ShownTrend::read(&reader, &identity, &asked).await? })
}
