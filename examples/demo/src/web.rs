//! A web server's access log, with the odd upstream warning.

use std::time::Duration;

use crate::chance::Chance;
use crate::line::Line;
use crate::trouble::Kind;
use crate::{attack, clock};

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
    "kube-probe/1.31",
];

pub(crate) fn usual(chance: &mut Chance, now: Duration) -> Line {
    let (method, path) = match chance.between(0, 10) {
        0..=2 => ("GET", "/".to_owned()),
        3..=5 => ("GET", format!("/products/{}", chance.between(1, 5_000))),
        6 => ("GET", format!("/static/{}.css", chance.pick(&["app", "theme", "print"]))),
        7 => ("POST", "/cart".to_owned()),
        8 => ("GET", "/health".to_owned()),
        _ => ("GET", format!("/search?q={}", chance.pick(&["lamp", "chair", "desk", "rug"]))),
    };
    let status = match chance.between(0, 100) {
        0..=2 => 404,
        3..=9 => 304,
        _ => 200,
    };
    Line::out(access(chance, now, method, &path, status))
}

pub(crate) fn in_trouble(kind: Kind, chance: &mut Chance, now: Duration) -> Line {
    let time = clock::iso(now);
    match (kind, chance.between(0, 3)) {
        (Kind::Database, 0) => Line::out(access(chance, now, "GET", "/checkout", 502)),
        (Kind::Database, _) => Line::err(format!(
            "{time} [error] 29#29: *{} connect() failed (111: Connection refused) while connecting to upstream, upstream: \"http://10.0.3.7:8080/checkout\"",
            chance.between(1_000, 90_000)
        )),
        (Kind::Disk, _) => Line::err(format!(
            "{time} [crit] 29#29: *{} pwrite() \"/var/cache/web/{:x}\" failed (28: No space left on device)",
            chance.between(1_000, 90_000),
            chance.next() >> 32
        )),
        (Kind::Attack, _) => attack::line(chance),
    }
}

fn access(chance: &mut Chance, now: Duration, method: &str, path: &str, status: u16) -> String {
    format!(
        "10.0.{}.{} - - [{}] \"{method} {path} HTTP/1.1\" {status} {} \"-\" \"{}\"",
        chance.between(0, 4),
        chance.between(2, 250),
        clock::access_log(now),
        chance.between(180, 48_000),
        chance.pick(&AGENTS),
    )
}
