//! The log of a container: from any place, with a search, following live.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::DateTime;
use serde::Deserialize;

use super::html;
use super::lines::{LIST_BYTES, LogLine, with_search};
use crate::error::PageError;
use crate::reader::Reader;
use crate::source::Source;
use crate::view::{Log, LogPlace, Time};
use crate::words;

/// Lines of a page, and of what a page that follows is given at once.
const LINES_MAX: usize = 500;
/// Lines before the one that a link names.
const CONTEXT: u64 = 20;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// Bytes of a text that is searched for.
const SEARCH_BYTES_MAX: usize = 200;

/// Which lines are wanted: the newest, where nothing is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) q: String,
    /// Seconds since the Unix epoch, or a date with a time in UTC as browsers write it.
    at: String,
    before: Option<u64>,
    after: Option<u64>,
    line: Option<u64>,
}

impl Asked {
    pub(crate) fn place(&self) -> LogPlace {
        let at = self.time();
        match (self.line, self.before, self.after, at) {
            (Some(line), ..) => LogPlace::After(line.saturating_sub(CONTEXT + 1)),
            (_, Some(before), ..) => LogPlace::Before(before),
            (_, _, Some(after), _) => LogPlace::After(after),
            (.., Some(at)) => LogPlace::At(at),
            _ => LogPlace::Newest,
        }
    }

    /// What is searched for, as much of it as is taken.
    pub(crate) fn search(&self) -> &str {
        let text = self.q.trim();
        &text[..text.floor_char_boundary(SEARCH_BYTES_MAX)]
    }

    /// What lies before the epoch is its begin, and what is too far away the last time there is: no line is older or newer.
    fn time(&self) -> Option<Time> {
        if let Ok(seconds) = self.at.parse::<i128>() {
            return Some(nearest(seconds.saturating_mul(1_000_000_000)));
        }
        let date = self.at.parse::<DateTime>().map(|date| nearest(date.duration_since(EPOCH).as_nanos()));
        date.ok().or_else(|| far_away(&self.at))
    }
}

fn nearest(ns: i128) -> Time {
    Time(u64::try_from(ns.max(0)).unwrap_or(u64::MAX))
}

/// A year that no [`DateTime`] holds: browsers let people choose up to 275760.
fn far_away(date: &str) -> Option<Time> {
    let (is_past, digits) = date.strip_prefix('-').map_or((false, date), |digits| (true, digits));
    let (year, _) = digits.split_once('-')?;
    let is_far = year.bytes().all(|byte| byte.is_ascii_digit()) && (is_past || year.len() > 4);
    (is_far && !year.is_empty()).then_some(Time(if is_past { 0 } else { u64::MAX }))
}

/// Lines of a log, ready to be drawn.
struct Shown<'a> {
    path: String,
    search: &'a str,
    log: &'a Log,
    lines: Vec<(u64, LogLine<'a>)>,
    /// The line that a link names.
    named: Option<u64>,
    /// The last line that was read, for a page that follows.
    last: u64,
}

impl<'a> Shown<'a> {
    fn of(identity: &str, asked: &'a Asked, log: &'a Log) -> Self {
        let lines = log.lines.iter().map(|line| line.number);
        let drawn = with_search(log.lines.iter().map(|numbered| &numbered.line), asked.search(), LIST_BYTES);
        Self {
            path: words::path(identity),
            search: asked.search(),
            lines: lines.zip(drawn).collect(),
            named: asked.line,
            last: log.read_until.saturating_sub(1),
            log,
        }
    }

    fn is_named(&self, number: &u64) -> bool {
        self.named.as_ref() == Some(number)
    }

    /// The rest of a query: what is searched for.
    fn query(&self) -> String {
        if self.search.is_empty() { String::new() } else { format!("&q={}", words::path(self.search)) }
    }
}

#[derive(Template)]
#[template(path = "log.html")]
struct Page<'a> {
    identity: &'a str,
    shown: Shown<'a>,
    /// Whether the newest lines are shown, and those that come are added.
    follows: bool,
    at: &'a str,
}

#[derive(Template)]
#[template(path = "part/log_lines.html")]
struct Part<'a> {
    shown: Shown<'a>,
}

/// A search may look through much, and waits for others like it.
pub(crate) async fn read(reader: &Reader, identity: &str, asked: &Asked, lines_max: usize) -> Result<Log, PageError> {
    let (place, search, identity) = (asked.place(), asked.search().to_owned(), identity.to_owned());
    let is_search = !search.is_empty();
    let read = move |source: &dyn Source| source.log(&identity, place, &search, lines_max);
    let log = if is_search { reader.search(read).await? } else { reader.read(read).await? };
    log.ok_or(PageError::NotFound("container"))
}

pub(super) async fn page(
    Shared(reader): Shared<Reader>,
    Path(identity): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let log = read(&reader, &identity, &asked, LINES_MAX).await?;
    html(&Page {
        identity: &identity,
        shown: Shown::of(&identity, &asked, &log),
        follows: asked.place() == LogPlace::Newest,
        at: &asked.at,
    })
}

/// What has come since; nothing, said without a body, where that is so.
pub(super) async fn part(
    Shared(reader): Shared<Reader>,
    Path(identity): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let log = read(&reader, &identity, &asked, LINES_MAX).await?;
    if log.read_from >= log.read_until {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut response = html(&Part { shown: Shown::of(&identity, &asked, &log) })?;
    if log.newer {
        response.headers_mut().insert("hx-trigger-after-settle", "more".parse().expect("a word is a header"));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_a_side_of_one_a_time_or_the_newest() {
        let at = |text: &str| Asked { at: text.into(), ..Asked::default() }.place();
        assert_eq!(at("1795357205"), LogPlace::At(Time(1_795_357_205_000_000_000)));
        assert_eq!(at("2026-11-22T14:20"), LogPlace::At(Time(1_795_357_200_000_000_000)));
        assert_eq!(at("2026-11-22T14:20:05"), LogPlace::At(Time(1_795_357_205_000_000_000)));
        assert_eq!(["", "soon", "a-b", "-", "2026-13-01T00:00"].map(at), [LogPlace::Newest; 5]);
        assert_eq!(Asked { line: Some(100), ..Asked::default() }.place(), LogPlace::After(79));
        assert_eq!(Asked { line: Some(3), ..Asked::default() }.place(), LogPlace::After(0));
    }

    #[test]
    fn a_time_out_of_range_is_the_nearest_there_is() {
        let at = |text: &str| Asked { at: text.into(), ..Asked::default() }.place();
        for past in ["-3", "1969-12-31T23:59:59", "0000-01-01T00:00", "-009999-01-01T00:00", "-9999-01-01T00:00"] {
            assert_eq!(at(past), LogPlace::At(Time(0)), "{past}");
        }
        let numbers = ["18446744073709551615", "99999999999999999999999"];
        for future in numbers.into_iter().chain(["2600-01-01T00:00", "9999-12-31T23:59:59", "275760-09-13T00:00"]) {
            assert_eq!(at(future), LogPlace::At(Time(u64::MAX)), "{future}");
        }
    }

    #[test]
    fn a_long_search_is_cut_between_characters() {
        let asked = Asked { q: format!(" {} ", "é".repeat(200)), ..Asked::default() };
        assert_eq!(asked.search(), "é".repeat(100));
    }
}
