//! Measures what Foghorn gets into Redis and InfluxDB against what these servers take, in one run:
//! `cargo run --release -p foghorn --example servers_bench [redis] [influx] [spool] [reads]`; without a name, all parts..
//!
//! 40 containers, lines of 150 bytes. Every measurement has a fresh `redis-server` or `influxd` of its own on this machine; the
//! ways that are compared take turns, and figures are medians of several rounds. Ratios are medians too, each between two
//! measurements of one round. The data directory lies in the system's temporary directory.
//!
//! The limits send what was made before and look at nothing but whether it was taken: what a server takes in which shape is
//! tried out first, and the fastest is the limit.

mod forward;
mod influx;
mod load;
mod logs;
mod raw;
mod reads;
mod redis;
mod spool;
mod table;

use std::error::Error;
use std::path::Path;
use std::{env, fs, process};

use logs::{EACH, Log, TEXT_BYTES};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Lines of the container that is alone.
const ALONE: usize = 100_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome<()> {
    let dir = env::temp_dir().join(format!("foghorn-servers-bench-{}", process::id()));
    fs::create_dir_all(&dir)?;
    let outcome = measure(&dir).await;
    // Nothing may be left there when a round failed.
    let _ = fs::remove_dir_all(&dir);
    outcome
}

async fn measure(dir: &Path) -> Outcome<()> {
    let asked: Vec<_> = env::args().skip(1).collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|asked| asked == part);
    let redis = foghorn_test_servers::redis::available();
    let influx = foghorn_test_servers::influx::available();
    let many = spool::filled(&dir.join("many"), logs::logs()).await?;
    let one = spool::filled(&dir.join("one"), vec![Log::new(0, ALONE)]).await?;
    println!("{} containers of {EACH} lines of {TEXT_BYTES} bytes", many.logs.len());
    if redis && wanted("redis") {
        redis::measure(&many, &one).await?;
    }
    if influx && wanted("influx") {
        influx::measure(&many, &one).await?;
    }
    if redis && influx && wanted("spool") {
        spool::measure(&dir.join("written"), &many.logs).await?;
    }
    if influx && wanted("reads") {
        reads::measure().await?;
    }
    Ok(())
}
