//! Text as a busy service with an embedded web server writes it: about 80 templates in four formats, 137 bytes a line.
//!
//! A line depends on its number alone, so every run and every side reads the same.

use std::fmt::Write as _;

use foghorn::line::{Line, Lines, Output};

/// 7 August 2026.
const START_NS: u64 = 1_786_060_800_000_000_000;
/// Between two lines.
const STEP_NS: u64 = 7_100_000;

const PLACES: [&str; 8] = ["orders", "items", "users", "carts", "invoices", "sessions", "search", "health"];
const STEPS: [&str; 8] = [
    "connection accepted from upstream pool",
    "cache entry refreshed after expiry",
    "payment authorised by gateway",
    "order handed over to the packing queue",
    "session token renewed for client",
    "replica caught up with its leader",
    "slow query reported by the planner",
    "worker returned to the idle list",
];
const AGENTS: [&str; 4] =
    ["curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101", "okhttp/4.12.0", "python-requests/2.31"];

/// When line `number` was written.
pub(crate) fn time_ns(number: usize) -> u64 {
    START_NS + number as u64 * STEP_NS
}

/// `count` lines from `first` on.
pub(crate) fn lines(first: usize, count: usize) -> Lines {
    let mut lines = Lines::default();
    let mut text = String::new();
    for number in first..first + count {
        text.clear();
        // Writing to a string cannot fail.
        let _ = write(&mut text, number);
        lines.push(Line { time_ns: time_ns(number), output: Output::Stdout, text: text.as_bytes() });
    }
    lines
}

fn write(text: &mut String, number: usize) -> std::fmt::Result {
    let r = mixed(number as u64);
    let (kind, value, id, ms) = (r & 7, r >> 8 & 0xffff, r >> 24 & 0xff_ffff, r >> 48 & 0xfff);
    let (second, millis) = (number / 140 % 60, number * 71 % 1_000);
    let (place, step) = (PLACES[(r >> 3 & 7) as usize], STEPS[(r >> 5 & 7) as usize]);
    match kind {
        0..=2 => write!(
            text,
            "2026-08-07 10:42:{second:02},{millis:03} {} [worker-{}] c.e.shop.{place}.Service - {step} id={id} took {ms} ms, {value} bytes left",
            if value.is_multiple_of(64) { "WARN " } else { "INFO " },
            value % 16,
        ),
        3..=4 => write!(
            text,
            "10.0.{}.{} - - [07/Aug/2026:10:42:{second:02} +0000] \"GET /api/v1/{place}/{id} HTTP/1.1\" {} {value} \"-\" \"{}\"",
            value % 250,
            id % 199,
            if id.is_multiple_of(97) { 404 } else { 200 },
            AGENTS[(ms % 4) as usize],
        ),
        5..=6 => write!(
            text,
            r#"{{"ts":"2026-08-07T10:42:{second:02}.{millis:03}Z","level":"info","logger":"shop.{place}","msg":"{step} {id}","ms":{ms},"ok":true}}"#,
        ),
        _ => write!(
            text,
            "time=2026-08-07T10:42:{second:02}Z level=debug component={place} msg=\"{step}\" request_id={r:016x} elapsed={ms}us",
        ),
    }
}

/// Steele's and Vigna's splitmix64: looks random, is the same each time.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}
