//! Numbers and times as people read them, on pages and on the terminal. Pure: the time is given.
//!
//! Numbers are taken by reference where templates call, because that is how a template passes its values.

use std::borrow::Cow;

use crate::view::{Severity, State, Time};

/// Digits of a digest that are shown.
const DIGITS_SHOWN: usize = 12;

/// `12 s ago`. The script that keeps a page fresh says the same words (`assets/foghorn.js`).
pub(crate) fn ago(time: &Time, now: &Time) -> String {
    match now.seconds_since(*time) {
        0..5 => "just now".into(),
        seconds => format!("{} ago", span(seconds)),
    }
}

/// `45 s`, `12 min`, `3 h`, `9 d`: one unit is enough at a glance, the exact time is one hover away.
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The time from `begin` to `end` as a span.
pub(crate) fn between(begin: &Time, end: &Time) -> String {
    span(end.seconds_since(*begin))
}

/// `1,234,567`.
pub fn count(number: &u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 window`, `2 windows`.
pub fn counted(number: &u64, one: &str) -> String {
    let s = if *number == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(number))
}

/// `0.42`, `2.31`, `12.3`, `118`: three figures.
pub(crate) fn score(score: &f32) -> String {
    match *score {
        s if !s.is_finite() => "–".into(),
        s if s < 9.995 => format!("{s:.2}"),
        s if s < 99.95 => format!("{s:.1}"),
        s => format!("{s:.0}"),
    }
}

/// Lines a minute: whole ones, except where there are few.
pub(crate) fn rate(per_minute: &f64) -> String {
    match *per_minute {
        r if !r.is_finite() || r < 0.0 => "–".into(),
        r if r > 0.0 && r < 9.95 => format!("{r:.1}"),
        // Float to integer saturates, and a rate is far below it.
        r => count(&(r.round() as u64)),
    }
}

/// `12 %`.
pub(crate) fn percent(share: &f32) -> String {
    if share.is_finite() { format!("{:.0} %", share.clamp(0.0, 1.0) * 100.0) } else { "–".into() }
}

/// `812 µs`, `1.24 ms`, `3.10 s`: a time of a call, three figures.
pub fn micros(us: &f64) -> String {
    let figures = |value: f64| match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    };
    match *us {
        us if !us.is_finite() || us < 0.0 => "–".into(),
        us if us < 999.5 => format!("{us:.0} µs"),
        us if us < 999_500.0 => format!("{} ms", figures(us / 1e3)),
        us => format!("{} s", figures(us / 1e6)),
    }
}

/// `640 B`, `305 KiB`, `5.9 MiB`.
pub fn bytes(bytes: &u64) -> String {
    const KIB: f64 = 1024.0;
    match *bytes as f64 {
        b if b < KIB => format!("{b:.0} B"),
        b if b < 999.5 * KIB => format!("{:.0} KiB", b / KIB),
        b if b < 99.95 * KIB * KIB => format!("{:.1} MiB", b / KIB / KIB),
        b if b < 999.5 * KIB * KIB => format!("{:.0} MiB", b / KIB / KIB),
        b => format!("{:.1} GiB", b / KIB / KIB / KIB),
    }
}

/// `0.97`, with a true minus.
pub fn correlation(value: &f64) -> String {
    if value.is_finite() { format!("{value:.2}").replace('-', "−") } else { "–".into() }
}

/// `1,204`, `3.42`, `0.125`: a figure of any size, four figures at most behind no unit.
pub(crate) fn figure(value: &f64) -> String {
    match value.abs() {
        v if !v.is_finite() => "–".into(),
        v if v >= 999.5 => format!("{}{}", if *value < 0.0 { "−" } else { "" }, count(&(v.round() as u64))),
        v if v.fract() == 0.0 => format!("{value:.0}").replace('-', "−"),
        v if v >= 9.995 => format!("{value:.1}").replace('-', "−"),
        _ => format!("{value:.2}").replace('-', "−"),
    }
}

/// With its first letter in upper case: what stands alone where it was said as a part of something.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `0.83`, or a dash where there is nothing to say.
pub(crate) fn share(share: &Option<f64>) -> String {
    share.map_or_else(|| "–".into(), |share| format!("{share:.2}"))
}

/// `0.25 %` of all, or a dash where there is none.
pub(crate) fn share_of(part: &u64, all: &u64) -> String {
    if *all == 0 { "–".into() } else { format!("{} %", figure(&(*part as f64 / *all as f64 * 100.0))) }
}

/// A digest short enough to compare by eye.
pub(crate) fn short_digest(digest: &str) -> &str {
    &digest[..digest.floor_char_boundary(12)]
}

/// The identity cut in two: what people call the container, and the host it is on.
pub(crate) fn name_and_host(identity: &str) -> (&str, &str) {
    identity.split_once('/').map_or((identity, ""), |(host, name)| (name, host))
}

pub(crate) fn name(identity: &str) -> &str {
    name_and_host(identity).0
}

pub(crate) fn host(identity: &str) -> &str {
    name_and_host(identity).1
}

/// A word and a class for a severity that may be none.
pub(crate) fn severity(severity: &Option<Severity>) -> &'static str {
    severity.map_or("normal", Severity::as_str)
}

/// One word for a state, also its class.
pub(crate) fn state(state: &State) -> &'static str {
    match state {
        State::Learning { .. } => "learning",
        State::Watching => "watching",
        State::Silent { .. } => "silent",
        State::Stopped { .. } => "stopped",
        State::Unreadable { .. } => "unreadable",
    }
}

/// `shop/api` as a part of a URL path: everything but the slash and what is plain is escaped.
pub(crate) fn path(identity: &str) -> String {
    let mut out = String::with_capacity(identity.len());
    for byte in identity.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// How a plugin was named, with a digest in full cut to what is enough to compare.
pub fn reference(text: &str) -> Cow<'_, str> {
    match text.split_once("sha256:") {
        Some((name, digits)) if digits.len() > DIGITS_SHOWN && digits.is_ascii() => {
            format!("{name}sha256:{}…", &digits[..DIGITS_SHOWN]).into()
        }
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_in_full_is_cut_and_other_names_stay() {
        assert_eq!(reference(&format!("ecod@sha256:{}", "ab".repeat(32))), "ecod@sha256:abababababab…");
        assert_eq!(reference("sha256:abababababab"), "sha256:abababababab");
        assert_eq!(reference("iforest@1.2"), "iforest@1.2");
    }

    #[test]
    fn spans_have_one_unit() {
        let shown: Vec<_> = [59, 60, 3_599, 3_600, 86_399, 86_400 * 9].map(span).into();
        assert_eq!(shown, ["59 s", "1 min", "59 min", "1 h", "23 h", "9 d"]);
    }

    #[test]
    fn a_time_that_lies_ahead_is_just_now() {
        assert_eq!(ago(&Time(10_000_000_000), &Time(0)), "just now");
    }

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(|number| count(&number)), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([counted(&1, "window"), counted(&2, "window")], ["1 window", "2 windows"]);
    }

    #[test]
    fn scores_have_three_figures_and_strange_ones_a_dash() {
        assert_eq!(
            [0.4, 9.999, 12.34, 118.2, f32::NAN].map(|value| score(&value)),
            ["0.40", "10.0", "12.3", "118", "–"]
        );
    }

    #[test]
    fn times_and_sizes_have_the_unit_that_fits() {
        let shown = [0.0, 812.4, 1_240.0, 99_960.0, 3_100_000.0, f64::NAN].map(|us| micros(&us));
        assert_eq!(shown, ["0 µs", "812 µs", "1.24 ms", "100 ms", "3.10 s", "–"]);
        assert_eq!(
            [640, 312_480, 6 << 20, 512 << 20, 4 << 30].map(|size| bytes(&size)),
            ["640 B", "305 KiB", "6.0 MiB", "512 MiB", "4.0 GiB"]
        );
        assert_eq!([0.971, -0.5].map(|value| correlation(&value)), ["0.97", "−0.50"]);
    }

    #[test]
    fn figures_are_short_whatever_their_size() {
        let shown = [0.0, 0.125, 100.0, 12.34, 1_204.4, -3.5, f64::NAN].map(|value| figure(&value));
        assert_eq!(shown, ["0", "0.12", "100", "12.3", "1,204", "−3.50", "–"]);
        assert_eq!([share(&Some(0.834)), share(&None)], ["0.83", "–"]);
        assert_eq!([share_of(&31, &12_400), share_of(&0, &0)], ["0.25 %", "–"]);
    }

    #[test]
    fn what_stands_alone_begins_with_a_capital() {
        assert_eq!(["", "every window", "ßen", "5 of 9"].map(capital), ["", "Every window", "SSen", "5 of 9"]);
    }

    #[test]
    fn a_path_survives_every_byte_of_an_identity() {
        assert_eq!(path("h/a b?#%é\""), "h/a%20b%3F%23%25%C3%A9%22");
    }
}
