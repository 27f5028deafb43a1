//! A payment service that logs one JSON object a line.

use super::{Fault, Page, stamp};

pub(super) fn write(page: &mut Page<'_>) {
    for _ in 0..page.load {
        let at = page.moment();
        let order = page.chance.below(1_000_000);
        let region = page.chance.of(&["eu", "us", "ap"]);
        line(page, at, "info", "payment requested", &format!(r#","order":{order},"region":"{region}""#));
        line(page, at + 20_000_000, "debug", "risk checked", &format!(r#","order":{order},"score":{}"#, order % 100));
        let failed = page.chance.is(if page.is(Fault::Failing) { 0.5 } else { 0.01 });
        if failed {
            line(
                page,
                at + 90_000_000,
                "warn",
                "card declined by issuer",
                &format!(r#","order":{order},"code":"do_not_honor""#),
            );
        } else if !(page.is(Fault::Unfinished) && page.chance.is(0.8)) {
            let status = page.chance.of(&["captured", "captured", "captured", "pending"]);
            line(page, at + 200_000_000, "info", "payment done", &format!(r#","order":{order},"status":"{status}""#));
        }
    }
    if !page.is(Fault::Missing) {
        let at = page.moment();
        line(page, at, "info", "ledger flushed", r#","entries":64,"ok":true"#);
        line(page, at + 1_000_000, "debug", "metrics pushed", r#","target":"statsd""#);
    }
    let at = page.moment();
    if page.chance.is(0.015) {
        line(page, at, "info", "rates reloaded from provider", r#","pairs":31"#);
    }
    if page.chance.is(0.006) {
        line(page, at, "info", "configuration reloaded", r#","by":"operator""#);
    }
    faulty(page, at);
}

fn faulty(page: &mut Page<'_>, at: u64) {
    match page.fault {
        Some(Fault::NewError) => {
            for i in 0..3 {
                line(page, at + i, "error", "ledger write failed: deadline exceeded", r#","shard":7,"retry":true"#);
            }
        }
        Some(Fault::Flood) => {
            for i in 0..page.load as u64 * 6 {
                line(page, at + i * 1_000_000, "debug", "risk checked", &format!(r#","order":{i},"score":1"#));
            }
        }
        Some(Fault::NewLine) => {
            line(page, at, "info", "issuer route switched to secondary", r#","route":"b""#);
            line(page, at + 5_000_000, "info", "draining old route", r#","route":"a""#);
        }
        Some(Fault::Subtle) => line(page, at, "info", "payment done", r#","order":5,"status":"refund_stuck""#),
        _ => {}
    }
}

fn line(page: &mut Page<'_>, at: u64, level: &str, message: &str, rest: &str) {
    let (date, time) = stamp(at);
    page.write(at, format!(r#"{{"ts":"{date}T{time}Z","level":"{level}","logger":"pay","msg":"{message}"{rest}}}"#));
}
