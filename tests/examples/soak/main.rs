//! Lets the host run for a long time while everything around it, and it itself, is restarted at random: `cargo xtask soak --minutes N [--write]`.
//!
//! An engine, a Redis and an InfluxDB of its own; containers of different character, each of whose lines is numbered. In the first third of the time
//! the host is killed and stopped too; after that it runs through, so that what it keeps in memory can be seen to grow or not. At the end all
//! writing stops, the host works off what there is, and each container's history must hold each line of each of its lives once.

mod cast;
mod fate;
mod picture;
mod proof;
mod record;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context, Result, bail};
use foghorn_test_servers::engine::Engine;
use foghorn_test_servers::influx::Influx;
use foghorn_test_servers::redis::Redis;
use foghorn_tests::host::Host;
use foghorn_tests::wait;
use xtask::demo_image;
use xtask::http;
use xtask::page;
use xtask::workspace::Workspace;

use cast::Cast;
use fate::{Chance, Fate};
use record::{Record, Seat};

const SETTINGS: [&str; 6] = [
    "--window-age=5s",
    "--train-interval=20s",
    "--train-windows-min=3",
    "--retrain-interval=2m",
    "--alert-canary=off",
    "--log-files=auto",
];
/// Between two strokes of fate.
const PAUSE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(20));
/// How long all may take that was written before the end.
const DRAIN_LIMIT: Duration = Duration::from_secs(600);

fn main() -> Result<()> {
    let args: Vec<String> = env::args().collect();
    let after = |flag: &str| args.iter().skip_while(|word| *word != flag).nth(1);
    let minutes: f64 = after("--minutes").context("how long? --minutes N")?.parse()?;
    let found = soak(Duration::from_secs_f64(minutes * 60.0))?;
    println!("{}", found.table);
    if let Some(root) = after("--write").map(PathBuf::from) {
        std::fs::write(root.join("docs/pages/soak.svg"), &found.picture)?;
        page::replace(&root.join("docs/BENCHMARKS.md"), "soak", &found.table)?;
    }
    match found.complaint {
        Some(complaint) => bail!("{complaint}"),
        None => Ok(()),
    }
}

struct Found {
    table: String,
    picture: String,
    complaint: Option<String>,
}

/// All that the host works with.
struct World {
    engine: Engine,
    redis: Redis,
    influx: Influx,
    cast: Cast,
    host: Seat,
    data: PathBuf,
    settings: Vec<String>,
}

impl World {
    fn start(dir: &Path) -> Result<Self> {
        let image = demo_image::ensure(&Workspace::find()?)?;
        let (engine, redis, influx) = (Engine::start(&[&image])?, Redis::start()?, Influx::start()?);
        let cast = Cast::start(&engine, &image)?;
        let own = [
            format!("--engine={}", engine.endpoint()),
            format!("--redis-url={}", redis.url()),
            format!("--influx-url={}", influx.url()),
            format!("--influx-bucket={}", influx.database()),
        ];
        let settings = SETTINGS.iter().map(|word| (*word).to_owned()).chain(own).collect();
        let mut world = Self { engine, redis, influx, cast, host: Seat::default(), data: dir.join("data"), settings };
        world.start_host()?;
        Ok(world)
    }

    fn start_host(&mut self) -> Result<()> {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        let host = Host::start(&self.data, &settings)?;
        *self.host.lock().expect("no sampling panics") = Some(host);
        Ok(())
    }

    fn take_host(&mut self) -> Result<Host> {
        self.host.lock().expect("no sampling panics").take().context("the host runs")
    }
}

fn soak(time: Duration) -> Result<Found> {
    let dir = tempfile::tempdir()?;
    let mut world = World::start(dir.path())?;
    let record = Arc::new(Mutex::new(Record::begin()));
    let sampling = record::sample(Arc::clone(&record), Arc::clone(&world.host));
    let mut chance = Chance::new();
    let begun = Instant::now();
    while begun.elapsed() < time {
        thread::sleep(chance.between(PAUSE));
        let fate = Fate::draw(&mut chance, begun.elapsed() < time / 3);
        record.lock().expect("no sampling panics").strike(fate);
        fate.strike(&mut world, &mut chance).with_context(|| format!("{fate:?} could not be done"))?;
    }
    // From here on the newest line grows old.
    sampling.stop();
    let ends = world.cast.stop(&world.engine)?;
    let drained = drain(&world);
    world.take_host()?.stop()?;
    let settings: Vec<&str> = world.settings.iter().map(String::as_str).collect();
    let proof = proof::of(&world.data, &settings, &ends)?;
    let record = record.lock().expect("no sampling panics");
    let complaint = drained.err().map(|error| format!("{error:#}")).or_else(|| proof.complaint());
    Ok(Found { table: record.table(&proof, time), picture: picture::draw(&record), complaint })
}

/// Waits until all that was written is judged and with the servers.
fn drain(world: &World) -> Result<()> {
    wait::until("all lines to be stored and judged", DRAIN_LIMIT, || {
        let host = world.host.lock().expect("no sampling panics");
        let address = host.as_ref().context("the host runs")?.address();
        let system = http::get(address, "/api/v1/system")?;
        let waits = |value: &serde_json::Value| value["lines_waiting"].as_u64().unwrap_or(u64::MAX);
        let servers = system["servers"].as_array().into_iter().flatten().map(waits).sum::<u64>();
        Ok((waits(&system) == 0 && servers == 0).then_some(()))
    })
}
