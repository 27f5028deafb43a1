//! Measures InfluxDB as a sink and as history: `cargo run --release -p foghorn --example influx_bench`.
//!
//! 40 containers, lines of about 150 bytes. The limit it is compared with is a loop of two connections that posts the very
//! bodies that Foghorn sends, made before. Both sides write to a fresh `influxd` of their own, in turns; figures are medians
//! of five rounds. Needs `influxd` 1.x.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use foghorn::history::{History as _, WindowRecord};
use foghorn::identity::Identity;
use foghorn::influx::Influx;
use foghorn::line::{Line, Lines, Output};
use foghorn::settings::servers::{InfluxApi, InfluxSettings};
use foghorn::settings::units::Span;
use foghorn::spool::{Place, Sink as _};
use foghorn::stream::Batch;
use foghorn_test_servers::influx;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CONTAINERS: u64 = 40;
const LINES: u64 = 600_000;
/// Lines of one container in one `put`; all containers together make one request.
const BATCH: u64 = 125;
const ROUNDS: usize = 5;
const LANES: usize = 2;
const BEGIN_NS: u64 = 1_700_000_000_000_000_000;
/// One container logs a hundred lines a second.
const STEP_NS: u64 = 10_000_000;

/// What one `put` is given.
type Work = Vec<(Batch, Place)>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome<()> {
    if !influx::available() {
        return Ok(());
    }
    let work = Arc::new(work());
    let bodies = Arc::new(bodies(&work).await?);
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    let text = text(1, 1).len();
    println!(
        "{LINES} lines of {text} bytes, {CONTAINERS} containers, {} requests, {} MB",
        bodies.len(),
        bytes / 1_000_000
    );
    println!("\n{:<12}{:>14}{:>14}{:>10}", "write", "ours, lines/s", "raw, lines/s", "ratio");
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (one, other) = if round % 2 == 0 {
            let other = raw_round(&bodies).await?;
            (our_round(&work).await?, other)
        } else {
            (our_round(&work).await?, raw_round(&bodies).await?)
        };
        println!("round {round:<6}{one:>14.0}{other:>14.0}{:>10.2}", one / other);
        ours.push(one);
        raw.push(other);
    }
    let (ours, raw) = (median(ours), median(raw));
    println!("{:<12}{ours:>14.0}{raw:>14.0}{:>10.2}", "median", ours / raw);
    reads().await
}

/// In order; a `put` holds the next lines of every container.
fn work() -> Vec<Work> {
    (0..LINES / CONTAINERS / BATCH)
        .map(|turn| (0..CONTAINERS).map(|number| (batch(number, turn * BATCH + 1, BATCH), Place::default())).collect())
        .collect()
}

fn batch(number: u64, first_seq: u64, count: u64) -> Batch {
    let texts: Vec<_> = (first_seq..first_seq + count).map(|seq| text(number, seq)).collect();
    let mut lines = Lines::default();
    for (text, seq) in texts.iter().zip(first_seq..) {
        let output = if seq % 10 == 0 { Output::Stderr } else { Output::Stdout };
        lines.push(Line { time_ns: BEGIN_NS + seq * STEP_NS + number, output, text: text.as_bytes() });
    }
    Batch { identity: identity(number), first_seq, lines }
}

fn identity(number: u64) -> Identity {
    Identity::of_service("bench-host", "shop", &format!("service-{number}"))
}

fn text(number: u64, seq: u64) -> String {
    let hash = (seq * 40 + number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    format!(
        "{:02}:{:02}:{:02}.{:03} INFO [worker-{}] request {hash:011x} GET /api/v1/items/{} status=200 bytes={} duration_ms={} \
         upstream=10.1.{}.{}:8080 cache=miss",
        seq / 3_600 % 24,
        seq / 60 % 60,
        seq % 60,
        hash % 1_000,
        hash % 8,
        100_000 + hash % 800_000,
        1_000 + hash % 9_000,
        10 + hash % 90,
        hash % 200,
        hash % 250
    )
}

fn open(url: String) -> Outcome<Arc<Influx>> {
    let settings = InfluxSettings {
        url,
        api: InfluxApi::V1,
        bucket: "foghorn".into(),
        org: None,
        token_file: None,
        user: None,
        password_file: None,
        ca_file: None,
        gzip: false,
        batch_lines: u32::try_from(CONTAINERS * BATCH)?,
        flush_interval: Span::from_secs(1),
    };
    Ok(Arc::new(Influx::open(&settings, 1, &std::env::temp_dir())?))
}

/// What Foghorn sends for this work, caught by a server that only listens.
async fn bodies(work: &[Work]) -> Outcome<Vec<Vec<u8>>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let influx = open(format!("http://{}", listener.local_addr()?))?;
    let caught = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&caught);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || catch(&stream, &seen).ok());
        }
    });
    for put in work {
        for stored in influx.put(put).await {
            stored?;
        }
    }
    Ok(std::mem::take(&mut *caught.lock().map_err(|_| "a listener panicked")?))
}

fn catch(mut stream: &TcpStream, seen: &Mutex<Vec<Vec<u8>>>) -> Outcome<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(bytes) = line.to_lowercase().strip_prefix("content-length: ") {
                length = bytes.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        seen.lock().map_err(|_| "a listener panicked")?.push(body);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    }
}

/// Lines per second with two `put` at once.
async fn our_round(work: &Arc<Vec<Work>>) -> Outcome<f64> {
    let server = influx::Influx::start()?;
    let influx = open(server.url())?;
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut lanes = tokio::task::JoinSet::new();
    for _ in 0..LANES {
        let (influx, work, next) = (Arc::clone(&influx), Arc::clone(work), Arc::clone(&next));
        lanes.spawn(async move {
            while let Some(put) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                for stored in influx.put(put).await {
                    stored?;
                }
            }
            Outcome::Ok(())
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    let rate = LINES as f64 / begun.elapsed().as_secs_f64();
    all_are_there(&server)?;
    Ok(rate)
}

/// Lines per second of two connections that do nothing but post.
async fn raw_round(bodies: &Arc<Vec<Vec<u8>>>) -> Outcome<f64> {
    let bodies = Arc::clone(bodies);
    tokio::task::spawn_blocking(move || {
        let server = influx::Influx::start()?;
        let address = server.url().trim_start_matches("http://").to_owned();
        let next = AtomicUsize::new(0);
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let lanes = [(); LANES].map(|()| scope.spawn(|| raw_lane(&address, &bodies, &next)));
            lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| "a lane panicked")?)
        })?;
        let rate = LINES as f64 / begun.elapsed().as_secs_f64();
        all_are_there(&server)?;
        Ok(rate)
    })
    .await?
}

fn raw_lane(address: &str, bodies: &[Vec<u8>], next: &AtomicUsize) -> Outcome<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
        let length = body.len();
        let head = format!(
            "POST /write?db=foghorn&precision=ns HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut status = String::new();
        reader.read_line(&mut status)?;
        if !status.contains("204") {
            return Err(status.into());
        }
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            line.clear();
        }
    }
    Ok(())
}

fn all_are_there(server: &influx::Influx) -> Outcome<()> {
    let counted = server.query("SELECT count(seq) FROM foghorn_line")?;
    let count = counted.lines().nth(1).and_then(|row| row.rsplit(',').next());
    if count == Some(&*LINES.to_string()) { Ok(()) } else { Err(format!("{counted}, not {LINES}").into()) }
}

/// One container of a million lines with its windows.
async fn reads() -> Outcome<()> {
    const MANY: u64 = 1_000_000;
    let server = influx::Influx::start()?;
    let influx = open(server.url())?;
    for first_seq in (1..MANY).step_by(5_000) {
        for stored in influx.put(&[(batch(0, first_seq, 5_000), Place::default())]).await {
            stored?;
        }
    }
    // Thirty seconds each.
    let (lines, window_ns) = (3_000, 3_000 * STEP_NS);
    let window = |number: u64| WindowRecord {
        first_seq: number * lines + 1,
        end_seq: (number + 1) * lines + 1,
        begin_ns: BEGIN_NS + number * window_ns,
        end_ns: BEGIN_NS + (number + 1) * window_ns,
        stderr_lines: 0,
        verdict: None,
        in_alert: false,
    };
    influx.put_windows(&identity(0), (0..MANY / lines).map(window).collect()).await?;
    println!("\nread from one container of {MANY} lines, median of {ROUNDS}");
    for (what, from_seq, end_seq) in [
        ("a window of 3000 lines in the middle, ms", 501_001, 504_001),
        ("10000 lines from the first, ms", 1, 10_001),
        ("the newest 500 lines and those to come, ms", MANY - 499, u64::MAX),
        ("lines that are not there, ms", MANY + 1, u64::MAX),
    ] {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            influx.lines(&identity(0), from_seq, end_seq, 10_000).await?;
            times.push(begun.elapsed());
        }
        println!("{what:<46}{:>10.1}", median(times.iter().map(Duration::as_secs_f64).collect()) * 1e3);
    }
    let begun = Instant::now();
    let (mut from_seq, mut read) = (1, 0);
    while let Some(batch) = influx.lines(&identity(0), from_seq, u64::MAX, usize::MAX).await? {
        (from_seq, read) = (batch.end_seq(), read + batch.lines.len());
    }
    println!("{:<46}{:>10.0}", "all of it, lines/s", read as f64 / begun.elapsed().as_secs_f64());
    if read as u64 == MANY { Ok(()) } else { Err(format!("{read} lines were read of {MANY}").into()) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
