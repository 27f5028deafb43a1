//! Measures the embedded store: `cargo run --release -p foghorn --example store_bench [DIR]`.
//!
//! 40 containers, lines of about 150 bytes as services write them; each figure is the median of five rounds, each in a
//! fresh store under DIR (default: the system's temporary directory; a memory file system would flatter).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use foghorn::identity::Identity;
use foghorn::line::{Line, Lines, Output};
use foghorn::store::{Store, StoreOptions};
use foghorn::stream::{Append, Stream as _};
use futures_util::future::try_join_all;

type Outcome<T> = Result<T, Box<dyn Error>>;

const CONTAINERS: u64 = 40;
const LINES: u64 = 1_000_000;
const ROUNDS: usize = 5;
const SECOND_NS: u64 = 1_000_000_000;

fn main() -> Outcome<()> {
    let parent = env::args_os().nth(1).map_or_else(env::temp_dir, PathBuf::from);
    let dir = parent.join(format!("foghorn-store-bench-{}", process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let outcome = runtime.block_on(measure_all(&dir));
    // Nothing may be left there when no round ran.
    let _ = fs::remove_dir_all(&dir);
    outcome
}

async fn measure_all(dir: &Path) -> Outcome<()> {
    println!("{LINES} lines of {} bytes, {CONTAINERS} containers, median of {ROUNDS}", line(1, 1).len());
    for batch in [25, 500] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(round(dir, batch).await?);
        }
        let figure = |name, of: fn(&Round) -> f64| println!("{name:<42}{:>14.3}", median(rounds.iter().map(of)));
        println!("\nbatches of {batch} lines, all containers in one append");
        figure("append, lines/s", |round| round.append);
        figure("read one container, lines/s", |round| round.read);
        figure("disk / raw, as appended", |round| round.disk_appended);
        figure("retain that packs, s", |round| round.pack_s);
        figure("disk / raw, packed", |round| round.disk_packed);
        figure("read one container, packed, lines/s", |round| round.read_packed);
        figure("retain that drops half, s", |round| round.drop_s);
        figure("disk / raw of the half kept", |round| round.disk_dropped);
        figure("open again, s", |round| round.open_s);
    }
    for batch in [1, 25] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(each_for_itself(dir, batch).await?);
        }
        println!("\nbatches of {batch} lines, each container for itself, 40 at a time");
        println!("{:<42}{:>14.3}", "append, lines/s", median(rounds.iter().map(|round| round.0)));
        println!("{:<42}{:>14.3}", "answer, median, ms", median(rounds.iter().map(|round| round.1)));
        println!("{:<42}{:>14.3}", "answer, 99 of 100, ms", median(rounds.iter().map(|round| round.2)));
    }
    Ok(())
}

struct Round {
    append: f64,
    read: f64,
    read_packed: f64,
    pack_s: f64,
    drop_s: f64,
    open_s: f64,
    disk_appended: f64,
    disk_packed: f64,
    disk_dropped: f64,
}

async fn round(dir: &Path, batch: u64) -> Outcome<Round> {
    let store = fresh(dir)?;
    let rounds = LINES / CONTAINERS / batch;
    let mut raw = 0;
    let mut appending = Duration::ZERO;
    for first in (0..rounds).map(|round| 1 + round * batch) {
        let entries: Vec<_> = (0..CONTAINERS).map(|container| entry(container, first, batch)).collect();
        raw += entries.iter().map(|entry| entry.lines.text_bytes()).sum::<usize>();
        let begun = Instant::now();
        store.append(entries).await?;
        appending += begun.elapsed();
    }
    let read = scan(&store).await?;
    let disk_appended = store.sizes().await?.used_bytes as f64 / raw as f64;
    let pack_s = timed(store.retain(0)).await?;
    let disk_packed = store.sizes().await?.used_bytes as f64 / raw as f64;
    let read_packed = scan(&store).await?;
    for container in 0..CONTAINERS {
        store.acknowledge(&identity(container), rounds * batch + 1).await?;
    }
    let age_s = store.options().retention_age.as_secs();
    let drop_s = timed(store.retain((age_s + rounds * batch / 2) * SECOND_NS)).await?;
    drop(store);
    let begun = Instant::now();
    let store = Store::open(&StoreOptions::new(dir))?;
    Ok(Round {
        append: LINES as f64 / appending.as_secs_f64(),
        read,
        read_packed,
        pack_s,
        drop_s,
        open_s: begun.elapsed().as_secs_f64(),
        disk_appended,
        disk_packed,
        disk_dropped: store.sizes().await?.file_bytes as f64 / (raw / 2) as f64,
    })
}

/// Lines/s, and the time to an answer in ms: median and 99 of 100.
async fn each_for_itself(dir: &Path, batch: u64) -> Outcome<(f64, f64, f64)> {
    const ANSWERS: u64 = 250;
    let store = fresh(dir)?;
    let begun = Instant::now();
    let tasks = (0..CONTAINERS).map(|container| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut times = Vec::new();
            for first in (0..ANSWERS).map(|round| 1 + round * batch) {
                let entry = entry(container, first, batch);
                let begun = Instant::now();
                store.append(vec![entry]).await.expect("the store takes lines");
                times.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            times
        })
    });
    let mut times: Vec<f64> = try_join_all(tasks).await?.concat();
    let rate = (CONTAINERS * ANSWERS * batch) as f64 / begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    Ok((rate, times[times.len() / 2], times[times.len() * 99 / 100]))
}

/// Reads all of one container as its reader does; lines/s.
async fn scan(store: &Store) -> Outcome<f64> {
    let begun = Instant::now();
    let mut next_seq = 1;
    while let Some(batch) = store.read(&identity(7), next_seq, 5000).await? {
        next_seq = batch.end_seq();
    }
    Ok((next_seq - 1) as f64 / begun.elapsed().as_secs_f64())
}

async fn timed<T, E: Error + 'static>(work: impl Future<Output = Result<T, E>>) -> Outcome<f64> {
    let begun = Instant::now();
    work.await?;
    Ok(begun.elapsed().as_secs_f64())
}

fn fresh(dir: &Path) -> Outcome<Store> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(Store::open(&StoreOptions::new(dir))?)
}

fn entry(container: u64, first: u64, count: u64) -> Append {
    let texts: Vec<_> = (first..first + count).map(|seq| (seq, line(container, seq))).collect();
    let packed = texts
        .iter()
        .map(|(seq, text)| Line {
            time_ns: seq * SECOND_NS + mixed(*seq) % SECOND_NS,
            output: Output::Stdout,
            text: text.as_bytes(),
        })
        .collect::<Lines>();
    Append { identity: identity(container), lines: packed, cursor: first.to_le_bytes().to_vec() }
}

fn identity(container: u64) -> Identity {
    Identity::of_name("bench", &format!("service-{container}"))
}

/// One of a few shapes with much that varies, as an access log has it.
fn line(container: u64, seq: u64) -> String {
    let value = mixed(container << 32 | seq);
    let (host, item, time) = (value % 250, value >> 8 & 0xffff, value >> 24 & 0xfff);
    let text = match value >> 60 & 3 {
        0 => format!(
            "10.0.{container}.{host} - - \"GET /api/v1/items/{item} HTTP/1.1\" 200 {time} upstream=0.0{time}s hit"
        ),
        1 => format!(
            "10.0.{container}.{host} - - \"POST /api/v1/orders HTTP/1.1\" 201 {item} upstream=0.1{time}s cache=miss"
        ),
        2 => format!("level=info component=worker-{host} msg=\"job {item} finished\" queue=default duration_ms={time}"),
        _ => format!("level=debug component=session-{host} msg=\"token of user {item} refreshed\" elapsed_us={time}"),
    };
    format!("{text} request={value:016x} agent=\"curl/8.5.0 (x86_64-pc-linux-gnu)\"")
}

/// Steele's and Vigna's splitmix64: looks random, is the same each time.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
