//! An api's log: one JSON object a line; a stack trace on stderr when it breaks.

use std::time::Duration;

use crate::chance::Chance;
use crate::line::Line;
use crate::trouble::Kind;
use crate::{attack, clock};

const ROUTES: [&str; 4] = ["/v1/orders", "/v1/customers", "/v1/prices", "/v1/stock"];

pub(crate) fn usual(chance: &mut Chance, now: Duration) -> Line {
    let took = chance.between(2, 90);
    let (level, message, more) = match chance.between(0, 100) {
        0..=54 => {
            let status = if chance.percent(95) { 200 } else { 404 };
            (
                "info",
                "request done",
                format!("\"route\":\"{}\",\"status\":{status},\"ms\":{took}", chance.pick(&ROUTES)),
            )
        }
        55..=74 => ("debug", "query done", format!("\"rows\":{},\"ms\":{took}", chance.between(0, 200))),
        75..=89 => ("info", "order stored", format!("\"order\":{},\"items\":{}", order(chance), chance.between(1, 9))),
        90..=96 => ("info", "price cache refreshed", format!("\"prices\":{},\"ms\":{took}", chance.between(800, 900))),
        _ => ("warn", "slow query", format!("\"table\":\"orders\",\"ms\":{}", chance.between(400, 900))),
    };
    Line::out(json(chance, now, level, message, &more))
}

pub(crate) fn in_trouble(kind: Kind, chance: &mut Chance, now: Duration) -> Line {
    match (kind, chance.between(0, 4)) {
        (Kind::Database, 0) => {
            let more = format!("\"waiting\":{},\"size\":20", chance.between(20, 300));
            Line::out(json(chance, now, "error", "connection pool exhausted", &more))
        }
        (Kind::Database, 1) => Line::err(stack_trace(chance)),
        (Kind::Database, _) => {
            let more = format!(
                "\"error\":\"dial tcp 10.0.5.2:5432: connection refused\",\"attempt\":{}",
                chance.between(1, 6)
            );
            Line::out(json(chance, now, "error", "cannot reach database", &more))
        }
        (Kind::Disk, 0) => {
            let more = format!("\"route\":\"/v1/orders\",\"status\":507,\"ms\":{}", chance.between(1, 5));
            Line::out(json(chance, now, "warn", "order rejected", &more))
        }
        (Kind::Disk, _) => {
            let more = format!("\"error\":\"write /var/lib/orders/{}.part: no space left on device\"", order(chance));
            Line::out(json(chance, now, "error", "cannot write order document", &more))
        }
        (Kind::Attack, _) => attack::line(chance),
    }
}

fn order(chance: &mut Chance) -> u64 {
    chance.between(100_000, 999_999)
}

fn json(chance: &mut Chance, now: Duration, level: &str, message: &str, more: &str) -> String {
    let (time, trace) = (clock::iso(now), chance.next());
    format!("{{\"time\":\"{time}\",\"level\":\"{level}\",\"msg\":\"{message}\",{more},\"trace\":\"{trace:016x}\"}}")
}

fn stack_trace(chance: &mut Chance) -> String {
    format!(
        "Unhandled error in request {:08x}: PoolTimeout: no free connection after 5000 ms\n    at Pool.acquire (/app/db/pool.js:{}:17)\n    at Orders.find (/app/orders/store.js:88:24)\n    at handle (/app/http/router.js:41:9)",
        chance.next() >> 32,
        chance.between(100, 140),
    )
}
