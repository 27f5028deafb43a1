//! Quiet times: maintenance windows of the settings, and silence that a person asked for. Pure: it is given the time.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::policy::Silence;

/// A time of the week in which nothing is told of some containers.
#[derive(Debug, Clone, PartialEq)]
pub struct Maintenance {
    /// Identity, where `*` stands for any text.
    pub container: String,
    /// Days on which it begins; all where none is named.
    pub days: Vec<Weekday>,
    pub from: Time,
    /// Before `from`, or the same: on the next day.
    pub to: Time,
    pub zone: TimeZone,
}

/// Silence that a person asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    pub id: u64,
    /// Identity, where `*` stands for any text.
    pub container: String,
    pub until_ns: u64,
    pub reason: String,
}

impl Maintenance {
    /// The end of the time that lasts at `now_ns`, if one does.
    fn lasts_until(&self, now_ns: u64) -> Option<u64> {
        let now = Timestamp::from_nanosecond(i128::from(now_ns)).ok()?.to_zoned(self.zone.clone());
        // It may have begun yesterday.
        [0, 1].into_iter().find_map(|days_ago| self.begun_on(&now, days_ago, now_ns))
    }

    fn begun_on(&self, now: &Zoned, days_ago: i64, now_ns: u64) -> Option<u64> {
        let day = now.checked_sub(SignedDuration::from_hours(24 * days_ago)).ok()?.date();
        if !self.days.is_empty() && !self.days.contains(&day.weekday()) {
            return None;
        }
        let last = if self.to <= self.from { day.tomorrow().ok()? } else { day };
        let at = |day: jiff::civil::Date, time: Time| {
            let zoned = day.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
            u64::try_from(zoned.timestamp().as_nanosecond()).ok()
        };
        let (begin_ns, end_ns) = (at(day, self.from)?, at(last, self.to)?);
        (begin_ns <= now_ns && now_ns < end_ns).then_some(end_ns)
    }
}

/// The silence for a container that lasts longest.
pub fn silence(container: &str, mutes: &[Mute], maintenance: &[Maintenance], now_ns: u64) -> Option<Silence> {
    let asked = mutes
        .iter()
        .filter(|mute| mute.until_ns > now_ns && matches(&mute.container, container))
        .map(|mute| Silence { reason: "muted".into(), until_ns: mute.until_ns });
    let planned = maintenance
        .iter()
        .filter(|time| matches(&time.container, container))
        .filter_map(|time| Some(Silence { reason: "maintenance".into(), until_ns: time.lasts_until(now_ns)? }));
    asked.chain(planned).max_by_key(|silence| silence.until_ns)
}

/// Whether the text is as the pattern says, in which `*` stands for any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn at(text: &str) -> u64 {
        u64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap()
    }

    fn nightly(days: &[Weekday], zone: &str) -> Maintenance {
        Maintenance {
            container: "h/shop/*".into(),
            days: days.into(),
            from: time(22, 0, 0, 0),
            to: time(2, 0, 0, 0),
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    #[test]
    fn a_time_over_midnight_belongs_to_the_day_on_which_it_begins() {
        // The 27th of November 2026 is a Friday.
        let friday = nightly(&[Weekday::Friday], "UTC");
        assert_eq!(friday.lasts_until(at("2026-11-27T23:00:00Z")), Some(at("2026-11-28T02:00:00Z")));
        assert_eq!(friday.lasts_until(at("2026-11-28T01:59:59Z")), Some(at("2026-11-28T02:00:00Z")));
        assert_eq!(friday.lasts_until(at("2026-11-28T02:00:00Z")), None);
        assert_eq!(friday.lasts_until(at("2026-11-28T23:00:00Z")), None);
        assert_eq!(friday.lasts_until(at("2026-11-27T01:00:00Z")), None);
    }

    #[test]
    fn times_are_those_of_the_zone_whatever_its_clock_does() {
        let berlin = nightly(&[], "Europe/Berlin");
        assert_eq!(berlin.lasts_until(at("2026-11-27T21:30:00Z")), Some(at("2026-11-28T01:00:00Z")));
        // The clock goes back in this night: it is an hour longer.
        assert_eq!(berlin.lasts_until(at("2026-10-24T20:30:00Z")), Some(at("2026-10-25T00:00:00Z")));
    }

    #[test]
    fn the_longest_silence_for_a_container_counts() {
        let now = at("2026-11-27T23:00:00Z");
        let mutes = [Mute { id: 1, container: "h/shop/api".into(), until_ns: now + 5, reason: String::new() }];
        let found = silence("h/shop/api", &mutes, &[nightly(&[], "UTC")], now).unwrap();
        assert_eq!((found.reason.as_str(), found.until_ns), ("maintenance", at("2026-11-28T02:00:00Z")));
        assert_eq!(silence("h/shop/api", &mutes, &[], now).unwrap().reason, "muted");
        assert_eq!(silence("h/shop/api", &mutes, &[], now + 5), None);
        assert_eq!(silence("h/other", &mutes, &[nightly(&[], "UTC")], now), None);
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in
            [("*", "h/a"), ("h/*", "h/a/b"), ("*/api", "h/shop/api"), ("h/*/api", "h/shop/api"), ("h/a", "h/a")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "h"), ("h", "h/a"), ("h/*/api", "h/api"), ("a*a", "a"), ("*x*", "abc")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
