//! Collecting the log of a container that has written it, beside the engine's own command.

use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use foghorn::collect::{Collector, Engine, LogFiles, Settings, record};
use foghorn::identity::Identity;
use foghorn::store::{Store, StoreOptions};
use foghorn::stream::{Append, Batch, Stream, StreamError};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::Outcome;
use crate::race::{race, timed};
use crate::table::Table;

/// Bytes of the file that are read at once.
const CHUNK_BYTES: u64 = 1 << 20;

/// Counts what is appended and hands it on, or forgets it.
struct Counter {
    to: Option<Store>,
    counted: AtomicUsize,
    more: Notify,
}

#[async_trait::async_trait]
impl Stream for Counter {
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError> {
        let lines = entries.iter().map(|entry| entry.lines.len()).sum();
        let firsts = match &self.to {
            Some(store) => store.append(entries).await?,
            None => vec![1; entries.len()],
        };
        self.counted.fetch_add(lines, Ordering::Relaxed);
        self.more.notify_one();
        Ok(firsts)
    }

    async fn cursor(&self, _: &Identity) -> Result<Option<Vec<u8>>, StreamError> {
        Ok(None)
    }

    async fn read(&self, _: &Identity, _: u64, _: usize) -> Result<Option<Batch>, StreamError> {
        Ok(None)
    }

    async fn acknowledge(&self, _: &Identity, _: u64) -> Result<(), StreamError> {
        Ok(())
    }

    async fn acknowledged(&self, _: &Identity) -> Result<u64, StreamError> {
        Ok(1)
    }
}

/// Collects into a fresh store.
pub(crate) fn into_store(runtime: &Runtime, lines: usize, work: &Path) -> Outcome<Duration> {
    let dir = work.join("store");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    let store = Store::open(&StoreOptions::new(&dir))?;
    runtime.block_on(async { tokio::spawn(collect(lines, LogFiles::Auto, Some(store))).await? })
}

/// Reads and parses the records of the file, and nothing else: output, time and text of each.
fn parse(path: &Path, lines: usize) -> Outcome<Duration> {
    timed(|| {
        let (mut file, mut chunk, mut room) = (std::fs::File::open(path)?, Vec::new(), Vec::new());
        let (mut found, mut bytes) = (0, 0);
        while file.by_ref().take(CHUNK_BYTES).read_to_end(&mut chunk)? > 0 {
            let whole = memchr::memrchr(b'\n', &chunk).map_or(0, |at| at + 1);
            for line in record::lines(&chunk[..whole]) {
                let record = record::parse(line, &mut room).ok_or("a line of the file is no record")?;
                found += 1;
                bytes += record.text.len();
            }
            chunk.drain(..whole);
        }
        black_box(bytes);
        (found >= lines).then_some(()).ok_or_else(|| format!("{found} records; {lines} lines were written").into())
    })
}

/// Where the engine keeps the log.
fn log_path(name: &str) -> Outcome<PathBuf> {
    let output = Command::new("docker").args(["inspect", "--format", "{{.LogPath}}", name]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().into())
}

/// Reads `lines` of the one container that is labelled; from the first question to the engine to the last line appended. The very last is not waited
/// for: it is held back for a moment, because a stack trace may follow it.
async fn collect(lines: usize, log_files: LogFiles, to: Option<Store>) -> Outcome<Duration> {
    let stream = Arc::new(Counter { to, counted: AtomicUsize::new(0), more: Notify::new() });
    let settings = Settings { labelled_only: true, log_files, ..Settings::default() };
    let begun = Instant::now();
    let (collector, mut notices) = Collector::new(settings, Engine::new(None)?, stream.clone());
    let shutdown = CancellationToken::new();
    let listener = tokio::spawn(async move { while notices.recv().await.is_some() {} });
    let collector = tokio::spawn(collector.run(shutdown.clone()));
    while stream.counted.load(Ordering::Relaxed) < lines - 1 {
        tokio::time::timeout(Duration::from_secs(120), stream.more.notified()).await?;
    }
    let took = begun.elapsed();
    shutdown.cancel();
    collector.await?;
    listener.await?;
    Ok(took)
}

/// The engine's command, to nowhere.
fn engine_reads(name: &str, options: &[&str]) -> Outcome<Duration> {
    timed(|| {
        let mut command = Command::new("docker");
        let status =
            command.arg("logs").args(options).arg(name).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        status.success().then_some(()).ok_or_else(|| format!("docker logs failed ({status})").into())
    })
}

pub(crate) fn measure(name: &str, lines: usize, work: &Path, table: &mut Table) -> Outcome<()> {
    let runtime = Runtime::new()?;
    let run = |log_files: &LogFiles, to: Option<Store>| {
        // On a thread of the runtime: the client is slow on the one that blocks.
        let work = collect(lines, log_files.clone(), to);
        runtime.block_on(async { tokio::spawn(work).await? })
    };
    let api = race(|| run(&LogFiles::Never, None), || engine_reads(name, &["-t"]))?;
    let what = "collect through the API: read, joined, cleaned, traces joined, secrets masked";
    table.add(what, "`docker logs -t` of the same container to nowhere", (lines, "lines"), 0.95, &api);
    let against = "`docker logs` of the same container to nowhere";
    let path = log_path(name)?;
    let parsed = race(|| parse(&path, lines), || engine_reads(name, &[]))?;
    table.add(
        "read and parse the json-file: output, time and text of each line",
        against,
        (lines, "lines"),
        20.0,
        &parsed,
    );
    let files = race(|| run(&LogFiles::Auto, None), || engine_reads(name, &[]))?;
    let what = "collect out of the json-file: joined, cleaned, traces joined, secrets masked";
    table.add(what, against, (lines, "lines"), 20.0, &files);
    let stored = race(|| into_store(&runtime, lines, work), || engine_reads(name, &[]))?;
    table.add("out of the json-file into the embedded stream", against, (lines, "lines"), 5.0, &stored);
    Ok(())
}
