//! A small log for `replay`, made by arithmetic: two streams, an hour, one failure in the last quarter of it.

use std::fmt::Write as _;

use serde_json::json;

/// The epoch second at which the log begins: 2026-01-01T00:00:00Z.
const BEGIN: u64 = 1_767_225_600;
const SECONDS: u64 = 3_600;
/// The failure, on `shop` only.
const FAILURE: std::ops::Range<u64> = 3_000..3_120;

/// How many lines [`small_log`] has.
pub const LINES: u64 = SECONDS + SECONDS / 2;

/// One JSON object a line, in order of time: `shop` writes each second, `mail` every other.
pub fn small_log() -> String {
    let mut log = String::new();
    for second in 0..SECONDS {
        // Even while it fails, a third of its lines are as ever.
        let failing = FAILURE.contains(&second) && second % 3 != 2;
        let text = if failing { failure(second) } else { shop(second) };
        push(&mut log, second, "shop", &text, failing);
        if second % 2 == 0 {
            push(&mut log, second, "mail", &mail(second), false);
        }
    }
    log
}

fn push(log: &mut String, second: u64, stream: &str, line: &str, anomaly: bool) {
    let ts = (BEGIN + second) * 1_000_000_000;
    let _ = writeln!(log, "{}", json!({ "ts": ts, "stream": stream, "line": line, "anomaly": u8::from(anomaly) }));
}

/// 7 and 13 share no factor with the lengths of the lists, so the lines do not repeat in step with the windows.
fn shop(second: u64) -> String {
    let page = ["/", "/cart", "/lamps", "/chairs", "/checkout"][(second * 7 % 5) as usize];
    match second * 13 % 11 {
        0 => format!("INFO price cache refreshed, {} prices", 800 + second % 50),
        1 => format!("INFO order {} stored with {} items", 10_000 + second, 1 + second % 7),
        _ => format!("INFO GET {page} 200 in {} ms", 3 + second * 31 % 80),
    }
}

fn mail(second: u64) -> String {
    match second * 13 % 7 {
        0 => format!("queue holds {} mails", second % 40),
        _ => format!("mail {} delivered after {} s", 50_000 + second, 1 + second % 9),
    }
}

fn failure(second: u64) -> String {
    match second % 3 {
        0 => format!("ERROR cannot store order {}: database connection refused", 10_000 + second),
        _ => format!("ERROR connection pool exhausted, {} requests waiting", 20 + second % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_small_and_has_the_lines_it_says() {
        let log = small_log();
        assert_eq!(log.lines().count() as u64, LINES);
        assert!(log.len() < 600_000, "{}", log.len());
        assert_eq!(log.lines().filter(|l| l.contains("refused")).count(), 40);
        assert!(!log.lines().take(4_000).any(|l| l.contains("\"anomaly\":1")));
    }
}
