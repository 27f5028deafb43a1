//! A worker's log: plain lines, a job at a time, with a harmless warning now and then.

use std::time::Duration;

use crate::chance::Chance;
use crate::line::Line;
use crate::trouble::Kind;
use crate::{attack, clock};

const JOBS: [&str; 4] = ["send-invoice", "resize-image", "sync-stock", "clean-sessions"];

pub(crate) fn usual(chance: &mut Chance, now: Duration) -> Line {
    let (id, job) = (chance.between(10_000, 99_999), chance.pick(&JOBS));
    match chance.between(0, 100) {
        0..=39 => line(now, "INFO", &format!("job {id} {job} started")),
        40..=79 => line(now, "INFO", &format!("job {id} {job} finished in {} ms", chance.between(20, 4_000))),
        80..=91 => {
            line(now, "INFO", &format!("queue depth {} workers busy {}", chance.between(0, 60), chance.between(0, 8)))
        }
        92..=96 => line(now, "INFO", &format!("heartbeat sent to scheduler, lag {} ms", chance.between(1, 30))),
        _ => line(now, "WARN", &format!("job {id} {job} took longer than usual, retry {} of 3", chance.between(1, 3))),
    }
}

pub(crate) fn in_trouble(kind: Kind, chance: &mut Chance, now: Duration) -> Line {
    let id = chance.between(10_000, 99_999);
    let text = match (kind, chance.between(0, 3)) {
        (Kind::Database, 0) => format!("job {id} abandoned, broker gone"),
        (Kind::Database, _) => {
            format!("cannot reach broker amqp://10.0.5.9:5672: connection refused, attempt {}", chance.between(1, 9))
        }
        (Kind::Attack, _) => return attack::line(chance),
        (Kind::Disk, _) => format!("job {id} failed: cannot write /tmp/{id}.png: No space left on device"),
    };
    Line::err(format!("{} ERROR {text}", clock::iso(now)))
}

fn line(now: Duration, level: &str, text: &str) -> Line {
    Line::out(format!("{} {level} {text}", clock::iso(now)))
}
