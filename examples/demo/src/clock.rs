//! Time since the Unix epoch, and how the two kinds of log write it. UTC only.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `2026-11-22T14:20:05.123Z`
pub(crate) fn iso(time: Duration) -> String {
    let (year, month, day) = date(time);
    let (hour, minute, second) = hours(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", time.subsec_millis())
}

/// `22/Nov/2026:14:20:05 +0000`
pub(crate) fn access_log(time: Duration) -> String {
    let (year, month, day) = date(time);
    let (hour, minute, second) = hours(time);
    let name = MONTHS[month as usize - 1];
    format!("{day:02}/{name}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
}

fn hours(time: Duration) -> (u64, u64, u64) {
    let seconds = time.as_secs() % 86_400;
    (seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Year, month and day, counted month by month: at most some hundred steps, and nothing to get wrong.
fn date(time: Duration) -> (u64, u64, u64) {
    let mut days = time.as_secs() / 86_400;
    let mut year = 1970;
    while days >= days_in_year(year) {
        days -= days_in_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_in_month(year, month) {
        days -= days_in_month(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_written_right() {
        assert_eq!(iso(Duration::from_millis(1_795_357_205_123)), "2026-11-22T14:20:05.123Z");
        assert_eq!(iso(Duration::from_secs(951_782_400)), "2000-02-29T00:00:00.000Z");
        assert_eq!(access_log(Duration::ZERO), "01/Jan/1970:00:00:00 +0000");
    }
}
