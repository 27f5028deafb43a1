//! What is seen of the host: its memory, how far it is behind, and what befell.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use foghorn_tests::host::Host;
use jiff::Timestamp;
use xtask::http;

use crate::cast::{STEADY, newest_line};
use crate::fate::{ALL, Fate};
use crate::proof::Proof;

const EVERY: Duration = Duration::from_secs(2);

/// Where the host is, while it is.
pub(crate) type Seat = Arc<Mutex<Option<Host>>>;

/// One look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    /// Since the beginning, seconds.
    pub(crate) at: f64,
    pub(crate) memory_mb: f64,
    /// How old the newest stored line is of the container that nothing befalls, seconds.
    pub(crate) behind_s: f64,
    /// Lines that are stored and not yet judged.
    pub(crate) waiting: f64,
}

/// All looks and all strokes, in order of time.
#[derive(Debug)]
pub(crate) struct Record {
    begun: Instant,
    pub(crate) samples: Vec<Sample>,
    pub(crate) strokes: Vec<(f64, Fate)>,
}

impl Record {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), samples: Vec::new(), strokes: Vec::new() }
    }

    pub(crate) fn strike(&mut self, fate: Fate) {
        self.strokes.push((self.begun.elapsed().as_secs_f64(), fate));
    }

    pub(crate) fn end(&self) -> f64 {
        self.samples.last().map_or(1.0, |sample| sample.at)
    }

    /// When the host was last started.
    fn last_start(&self) -> f64 {
        let starts = self.strokes.iter().filter(|(_, fate)| matches!(fate, Fate::HostKilled | Fate::HostStopped));
        starts.map(|(at, _)| *at).next_back().unwrap_or(0.0)
    }

    /// Median memory in the first and in the last quarter of the time that the host ran through, without its first minutes.
    pub(crate) fn memory(&self) -> (f64, f64) {
        let from = self.last_start() + (self.end() - self.last_start()) * 0.2;
        let through: Vec<f64> =
            self.samples.iter().filter(|sample| sample.at >= from).map(|sample| sample.memory_mb).collect();
        let quarter = (through.len() / 4).max(1).min(through.len());
        (median(&through[..quarter]), median(&through[through.len() - quarter..]))
    }

    pub(crate) fn table(&self, proof: &Proof, time: Duration) -> String {
        let (first, last) = self.memory();
        let most = |of: fn(&Sample) -> f64| self.samples.iter().map(of).fold(0.0, f64::max);
        let behind: Vec<f64> = self.samples.iter().map(|sample| sample.behind_s).collect();
        let mut rows = vec![
            format!("{:.0} minutes, {} strokes of fate.\n", time.as_secs_f64() / 60.0, self.strokes.len()),
            "| what | found |".to_owned(),
            "|---|---|".to_owned(),
            format!("| containers, their lives | {}, {} |", proof.containers, proof.lives),
            format!("| lines written · lost · kept twice | {} · {} · {} |", proof.lines, proof.lost, proof.repeated),
            format!("| lines in no window or in two | {} |", proof.unjudged),
            format!(
                "| resident memory, host running through: first quarter · last quarter | {first:.0} MB · {last:.0} MB |"
            ),
            format!("| resident memory, most | {:.0} MB |", most(|sample| sample.memory_mb)),
            format!(
                "| age of the newest line of a container that writes ten a second: median · most | {:.1} s · {:.1} s |",
                median(&behind),
                most(|sample| sample.behind_s)
            ),
            format!("| lines stored and not yet judged, most | {:.0} |", most(|sample| sample.waiting)),
        ];
        let count = |kind: &Fate| self.strokes.iter().filter(|(_, fate)| fate == kind).count();
        rows.extend(ALL.iter().map(|kind| format!("| {} | {} times |", kind.told(), count(kind))));
        rows.join("\n") + "\n"
    }
}

/// The middle of them; 0 of none.
fn median(of: &[f64]) -> f64 {
    let mut of = of.to_vec();
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

/// Looks at the host until it is told to stop.
pub(crate) struct Sampling {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Sampling {
    pub(crate) fn stop(self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("no sampling panics");
    }
}

pub(crate) fn sample(record: Arc<Mutex<Record>>, seat: Seat) -> Sampling {
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let thread = thread::spawn(move || {
        while !is_over.load(Ordering::Relaxed) {
            let seen = seat.lock().expect("no stroke panics").as_ref().map(look);
            // A host that has just begun does not answer yet.
            if let Some(Ok(mut sample)) = seen {
                let mut record = record.lock().expect("no stroke panics");
                sample.at = record.begun.elapsed().as_secs_f64();
                record.samples.push(sample);
            }
            thread::sleep(EVERY);
        }
    });
    Sampling { over, thread }
}

fn look(host: &Host) -> Result<Sample> {
    let system = http::get(host.address(), "/api/v1/system")?;
    let figure = |name: &str| system[name].as_f64().with_context(|| format!("no {name} in {system}"));
    let newest = newest_line(host.address(), STEADY)?.context("no line yet")?;
    let newest = Duration::try_from(newest.duration_since(Timestamp::UNIX_EPOCH))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Sample {
        at: 0.0,
        memory_mb: figure("memory_bytes")? / 1e6,
        behind_s: now.saturating_sub(newest).as_secs_f64(),
        waiting: figure("lines_waiting")?,
    })
}
