//! Which span of time a trend shows: as a link says it.

use serde::Deserialize;

use crate::view::Time;

const SECOND_NS: u64 = 1_000_000_000;
const HOUR_NS: u64 = 3_600 * SECOND_NS;
/// Shorter spans hold hardly a window.
const SPAN_NS_MIN: u64 = 60 * SECOND_NS;
/// Longer ones are not kept by default.
const SPAN_NS_MAX: u64 = 400 * 24 * HOUR_NS;

/// The spans that links offer, as they are written in a link, and in nanoseconds.
const RANGES: [(&str, u64); 3] = [("1h", HOUR_NS), ("24h", 24 * HOUR_NS), ("7d", 7 * 24 * HOUR_NS)];

/// What a link says: a range that ends now, or two times in seconds since the Unix epoch. What makes no sense is as if it were not
/// said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    range: Option<String>,
    from: Option<u64>,
    until: Option<u64>,
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Time,
    pub(crate) until: Time,
    /// `None` for two times.
    pub(crate) range: Option<&'static str>,
}

impl Asked {
    pub(crate) fn span(&self, now: Time) -> Span {
        if let (Some(from), Some(until)) = (self.from, self.until) {
            let from_ns = from.saturating_mul(SECOND_NS).min(now.0);
            let least = from_ns.saturating_add(SPAN_NS_MIN);
            let most = from_ns.saturating_add(SPAN_NS_MAX);
            let until_ns = until.saturating_mul(SECOND_NS).clamp(least, most);
            return Span { from: Time(from_ns), until: Time(until_ns), range: None };
        }
        let wanted = self.range.as_deref().unwrap_or_default();
        let (name, length) = RANGES.into_iter().find(|(name, _)| *name == wanted).unwrap_or(RANGES[0]);
        Span { from: Time(now.0.saturating_sub(length)), until: now, range: Some(name) }
    }
}

impl Span {
    /// The ranges that there are, and whether each is this one.
    pub(crate) fn choices(&self) -> [(&'static str, bool); 3] {
        RANGES.map(|(name, _)| (name, self.range == Some(name)))
    }

    /// The same without the time before a container began, where that would be most of the picture. Two times are shown as they were asked for.
    pub(crate) fn without_what_was_before(&self, begun: Time) -> Option<Self> {
        let length = self.until.0 - self.from.0;
        let is_most = begun.0.saturating_sub(self.from.0) > length / 2;
        let from = begun.0.min(self.until.0.saturating_sub(SPAN_NS_MIN));
        (self.range.is_some() && is_most).then_some(Self { from: Time(from), ..*self })
    }

    /// As the query of a link.
    pub(crate) fn query(&self) -> String {
        match self.range {
            Some(range) => format!("range={range}"),
            None => between(self.from, self.until),
        }
    }

    /// The span before, and the span after it.
    pub(crate) fn earlier(&self) -> String {
        let length = self.until.0 - self.from.0;
        between(Time(self.from.0.saturating_sub(length)), self.from)
    }

    pub(crate) fn later(&self) -> String {
        let length = self.until.0 - self.from.0;
        between(self.until, Time(self.until.0.saturating_add(length)))
    }

    /// The middle half of it.
    pub(crate) fn closer(&self) -> String {
        let quarter = (self.until.0 - self.from.0) / 4;
        between(Time(self.from.0 + quarter), Time(self.until.0 - quarter))
    }
}

fn between(from: Time, until: Time) -> String {
    format!("from={}&until={}", from.0 / SECOND_NS, until.0 / SECOND_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_000_000 * SECOND_NS);

    #[test]
    fn a_range_ends_now_and_an_unknown_one_is_the_shortest() {
        let asked = |range: &str| Asked { range: Some(range.into()), ..Asked::default() }.span(NOW);
        assert_eq!(asked("24h").from, Time(NOW.0 - 24 * HOUR_NS));
        assert_eq!((asked("9y").range, asked("9y").until), (Some("1h"), NOW));
        assert_eq!(asked("7d").query(), "range=7d");
        assert_eq!(asked("7d").choices(), [("1h", false), ("24h", false), ("7d", true)]);
    }

    #[test]
    fn a_range_begins_with_the_container_where_that_is_young() {
        let hour = Asked::default().span(NOW);
        let ago = |seconds: u64| Time(NOW.0 - seconds * SECOND_NS);
        assert_eq!(hour.without_what_was_before(ago(3_000)), None);
        let shorter = hour.without_what_was_before(ago(600)).unwrap();
        assert_eq!((shorter.from, shorter.until, shorter.query()), (ago(600), NOW, "range=1h".into()));
        assert_eq!(hour.without_what_was_before(ago(5)).unwrap().from, ago(60), "no shorter than any span");
        let asked = Asked { range: None, from: Some(1_000), until: Some(9_000) }.span(NOW);
        assert_eq!(asked.without_what_was_before(Time(8_000 * SECOND_NS)), None);
    }

    #[test]
    fn two_times_are_taken_where_they_make_sense() {
        let asked = |from, until| Asked { range: None, from: Some(from), until: Some(until) }.span(NOW);
        assert_eq!(asked(1_000, 5_000).query(), "from=1000&until=5000");
        assert_eq!(asked(1_000, 5_000).closer(), "from=2000&until=4000");
        assert_eq!(asked(5_000, 9_000).earlier(), "from=1000&until=5000");
        assert_eq!(asked(5_000, 9_000).later(), "from=9000&until=13000");
        assert_eq!(asked(5_000, 1_000).query(), "from=5000&until=5060", "an end before the beginning");
        assert!(asked(u64::MAX, u64::MAX).from <= NOW);
    }
}
