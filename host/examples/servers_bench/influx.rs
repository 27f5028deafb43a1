//! InfluxDB 1.x: `put` and the whole way against connections that post the very bodies that Foghorn sends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foghorn::influx::Influx;
use foghorn::settings::servers::{InfluxApi, InfluxSettings};
use foghorn::settings::units::Span;
use foghorn::spool::Forwarder;
use foghorn::store::Store;
use foghorn_test_servers::influx;

use crate::Outcome;
use crate::forward::{begin_again, forward_all};
use crate::load::put_all;
use crate::logs::{Log, lines};
use crate::raw::{self, Request};
use crate::spool::Filled;
use crate::table::{Row, heading};

/// The default of `--influx-batch-lines`.
const BATCH_LINES: usize = 5_000;
const ROUNDS: usize = 5;
/// Lines of one container in one `put`: two lanes of twenty containers.
const LINES_EACH: usize = BATCH_LINES / 20;
/// The default of `--influx-flush-interval`.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// How the limit sends: so many of our bodies in one, on so many connections.
#[derive(Debug, Clone, Copy)]
struct Shape {
    bodies: usize,
    connections: usize,
}

pub(crate) async fn measure(many: &Filled, one: &Filled) -> Outcome<()> {
    println!("\nInfluxDB 1.x; {ROUNDS} rounds");
    let bodies = bodies(&many.logs).await?;
    let shape = fastest(&bodies, &many.logs)?;
    let mut rows = ["put", "the whole way", "the whole way, one container alone", "/write of our bodies"].map(Row::new);
    for round in 0..ROUNDS {
        for turn in 0..rows.len() {
            let way = (round + turn) % rows.len();
            rows[way].add(match way {
                0 => put(&many.logs).await?,
                1 => whole(many).await?,
                2 => whole(one).await?,
                _ => limit(&bodies, shape, &many.logs)?,
            });
        }
    }
    let [ours @ .., limit] = &rows;
    heading(&["our bodies"]);
    ours.iter().for_each(|row| row.print(&[limit]));
    limit.print(&[]);
    Ok(())
}

pub(crate) fn open(url: String) -> Outcome<Arc<Influx>> {
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
        batch_lines: u32::try_from(BATCH_LINES)?,
        flush_interval: Span::from_secs(LINGER.as_secs()),
    };
    Ok(Arc::new(Influx::open(&settings, 1, &std::env::temp_dir())?))
}

/// As the host makes it.
pub(crate) fn forwarder(store: &Store, sink: &Arc<Influx>, appended: Arc<foghorn::spool::Marks>) -> Forwarder {
    Forwarder::new(store.clone(), sink.clone(), appended).with_records(sink.clone()).with_linger(LINGER)
}

async fn put(logs: &[Log]) -> Outcome<f64> {
    let server = influx::Influx::start()?;
    let rate = put_all(open(server.url())?, logs, LINES_EACH).await?;
    all_are_there(&server, logs)?;
    Ok(rate)
}

async fn whole(Filled { store, logs }: &Filled) -> Outcome<f64> {
    let server = influx::Influx::start()?;
    let sink = open(server.url())?;
    begin_again(store, &*sink, true).await?;
    let rate = forward_all(forwarder(store, &sink, Arc::default()), logs).await?;
    all_are_there(&server, logs)?;
    Ok(rate)
}

pub(crate) fn all_are_there(server: &influx::Influx, logs: &[Log]) -> Outcome<()> {
    let counted = server.query("SELECT count(seq) FROM foghorn_line")?;
    let count = counted.lines().nth(1).and_then(|row| row.rsplit(',').next());
    let expected = lines(logs).to_string();
    if count == Some(&*expected) { Ok(()) } else { Err(format!("{counted}, not {expected}").into()) }
}

/// What Foghorn sends for these lines, caught by a server that only listens.
async fn bodies(logs: &[Log]) -> Outcome<Vec<Vec<u8>>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let sink = open(format!("http://{}", listener.local_addr()?))?;
    let caught = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&caught);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || catch(&stream, &seen).ok());
        }
    });
    put_all(sink, logs, LINES_EACH).await?;
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

/// Tries each shape.
fn fastest(bodies: &[Vec<u8>], logs: &[Log]) -> Outcome<Shape> {
    let mut best: Option<(f64, Shape)> = None;
    for shape in [(1, 2), (1, 4), (2, 2), (2, 4)].map(|(bodies, connections)| Shape { bodies, connections }) {
        let rate = limit(bodies, shape, logs)?;
        let (lines, connections) = (shape.bodies * BATCH_LINES, shape.connections);
        println!("tried: /write, {lines} lines a body, connections: {connections}: {rate:.0} lines/s");
        if best.is_none_or(|(before, _)| rate > before) {
            best = Some((rate, shape));
        }
    }
    Ok(best.ok_or("no shape was tried")?.1)
}

/// Lines per second of connections that do nothing but post.
fn limit(bodies: &[Vec<u8>], shape: Shape, logs: &[Log]) -> Outcome<f64> {
    let server = influx::Influx::start()?;
    let url = server.url();
    let address = url.trim_start_matches("http://");
    let post = |bodies: &[Vec<u8>]| {
        let length: usize = bodies.iter().map(Vec::len).sum();
        let head = format!(
            "POST /write?db=foghorn&precision=ns HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n"
        );
        Request { bytes: [head.as_bytes(), &bodies.concat()].concat(), answers: 1 }
    };
    let queue = bodies.chunks(shape.bodies).map(post).collect();
    let rate = lines(logs) as f64 / raw::send(address, shape.connections, &[queue], raw::no_content)?;
    all_are_there(&server, logs)?;
    Ok(rate)
}
