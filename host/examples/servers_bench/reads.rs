//! History in InfluxDB: what is asked for in the dashboard, of one container of a million lines with its windows.

use std::time::Instant;

use foghorn::history::{History as _, WindowRecord};
use foghorn::spool::{Place, Sink as _};
use foghorn_test_servers::influx::Influx;

use crate::logs::{BEGIN_NS, Log, STEP_NS};
use crate::table::median;
use crate::{Outcome, influx};

const LINES: usize = 1_000_000;
const BATCH: usize = 5_000;
const ROUNDS: usize = 5;
/// Thirty seconds.
const WINDOW_LINES: u64 = 3_000;

pub(crate) async fn measure() -> Outcome<()> {
    let log = Log::new(0, LINES);
    let server = Influx::start()?;
    let influx = influx::open(server.url())?;
    for from in (0..LINES).step_by(BATCH) {
        for stored in influx.put(&[(log.batch(from..from + BATCH), Place::default())]).await {
            stored?;
        }
    }
    let end_seq = LINES as u64 + 1;
    influx.put_windows(&log.identity, (0..LINES as u64 / WINDOW_LINES).map(window).collect()).await?;
    println!("\nInfluxDB 1.x, read from one container of {LINES} lines, median of {ROUNDS}");
    for (what, from_seq, end_seq) in [
        ("a window of 3000 lines in the middle, ms", 501_001, 504_001),
        ("10000 lines from the first, ms", 1, 10_001),
        ("the newest 500 lines and those to come, ms", end_seq - 500, u64::MAX),
        ("lines that are not there, ms", end_seq, u64::MAX),
    ] {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            influx.lines(&log.identity, from_seq, end_seq, 10_000).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        println!("{what:<44}{:>10.1}", median(times.into_iter()));
    }
    let begun = Instant::now();
    let (mut from_seq, mut read) = (1, 0);
    while let Some(batch) = influx.lines(&log.identity, from_seq, u64::MAX, usize::MAX).await? {
        (from_seq, read) = (batch.end_seq(), read + batch.lines.len());
    }
    println!("{:<44}{:>10.0}", "all of it, lines/s", read as f64 / begun.elapsed().as_secs_f64());
    if read == LINES { Ok(()) } else { Err(format!("{read} lines were read of {LINES}").into()) }
}

fn window(number: u64) -> WindowRecord {
    let window_ns = WINDOW_LINES * STEP_NS;
    WindowRecord {
        first_seq: number * WINDOW_LINES + 1,
        end_seq: (number + 1) * WINDOW_LINES + 1,
        begin_ns: BEGIN_NS + number * window_ns,
        end_ns: BEGIN_NS + (number + 1) * window_ns,
        stderr_lines: 0,
        verdict: None,
        in_alert: false,
    }
}
