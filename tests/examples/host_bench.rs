//! Measures the running host: the last rows of `cargo xtask bench [--write]`. Takes the file where they go.
//!
//! A crowd of small containers is learned. Then: how much memory that takes; how long an alert takes to be told to an open page, counted from the
//! last line of the window that raised it; how soon after its start a host that knows them has stored a new line; and how a backlog is worked off,
//! with and without scoring.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, thread};

use anyhow::{Context, Result, bail};
use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::Host;
use foghorn_tests::wait;
use jiff::Timestamp;
use serde_json::Value;
use xtask::api::State;
use xtask::http;

const CROWD: usize = 200;
/// Containers that go wrong, one after the other.
const SICK: usize = 40;
const STARTS: usize = 9;
const BETWEEN: Duration = Duration::from_millis(1_700);
const LEARN_LIMIT: Duration = Duration::from_secs(420);
const ALERT_LIMIT: Duration = Duration::from_secs(20);
/// Windows are closed by count, so that one has a last line.
const SETTINGS: [&str; 7] = [
    "--window-age=60s",
    "--window-lines=10",
    "--train-interval=15s",
    "--train-windows-min=8",
    "--retrain-interval=1h",
    "--alert-canary=off",
    "--set=thresholds.alerts_per_week=0.01",
];

fn main() -> Result<()> {
    if !cast::has_engine() {
        bail!("there is nothing to collect from without an engine");
    }
    let rows = env::args().skip_while(|word| word != "--rows").nth(1).map(PathBuf::from).context("--rows FILE")?;
    Ok(std::fs::write(rows, measure()?)?)
}

fn measure() -> Result<String> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    eprintln!("{CROWD} containers are started");
    let crowd = crowd()?;
    let host = Host::start(&data, &SETTINGS)?;
    learned(&host, CROWD)?;
    let mut rows = Vec::new();
    let mut row = |what: &str, aim: &str, is_met: bool, found: String| {
        let missed = if is_met { "" } else { " **missed**" };
        rows.push(format!("| {what} | – | {found} | – | – | {aim}{missed} |"));
        eprintln!("{}", rows[rows.len() - 1]);
    };
    // What training took is given back meanwhile.
    thread::sleep(Duration::from_secs(30));
    let system = http::get(host.address(), "/api/v1/system")?;
    let memory = system["memory_bytes"].as_f64().context("the host does not say how much memory it has")?;
    let what = format!("resident memory, {CROWD} containers learned");
    row(&what, "under 300 MB", memory < 300e6, format!("{:.0} MB", memory / 1e6));
    let before = host.cpu_seconds()?;
    thread::sleep(Duration::from_secs(20));
    let share = (host.cpu_seconds()? - before) / 20.0;
    let rate = system["lines_per_second"].as_f64().unwrap_or_default();
    row("the same, of one core", "–", true, format!("{:.0} % at {rate:.0} lines/s", share * 100.0));

    let mut told = latencies(&host, &crowd)?;
    told.sort();
    let at = |share: f64| told[((told.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    let found = format!("{:.0} ms · {:.0} ms", at(0.5), at(0.99));
    let what = format!("last line of a window → its alert is told to an open page, {} alerts: p50 · p99", told.len());
    row(&what, "under 100 ms · 250 ms", at(0.5) < 100.0 && at(0.99) < 250.0, found);

    host.stop()?;
    let mut starts =
        (0..STARTS).map(|start| first_line(&data, &crowd[start * CROWD / STARTS])).collect::<Result<Vec<_>>>()?;
    starts.sort();
    let what =
        format!("start → a new line of a container is stored, components cached, {STARTS} starts: median · most");
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    let (median, most) = (ms(starts[STARTS / 2]), ms(starts[STARTS - 1]));
    row(&what, "under 300 ms", median < 300.0, format!("{median:.0} ms · {most:.0} ms"));
    Ok(rows.join("\n") + "\n")
}

/// Started by several hands: an engine takes its time for each.
fn crowd() -> Result<Vec<Player>> {
    const HANDS: usize = 4;
    thread::scope(|scope| {
        let start = |hand: usize| {
            let numbers = (hand..CROWD).step_by(HANDS);
            numbers
                .map(|n| Player::start("web", &["--seed", &n.to_string(), "--rate", "8"]))
                .collect::<Result<Vec<_>>>()
        };
        let hands: Vec<_> = (0..HANDS).map(|hand| scope.spawn(move || start(hand))).collect();
        let mut crowd = Vec::new();
        for hand in hands {
            crowd.extend(hand.join().expect("starting containers does not panic")?);
        }
        Ok(crowd)
    })
}

fn learned(host: &Host, count: usize) -> Result<()> {
    wait::until("all containers to be learned", LEARN_LIMIT, || {
        let watched = host.containers()?.iter().filter(|card| card.state == State::Watching && card.scores > 3).count();
        Ok((watched >= count).then_some(()))
    })
}

/// From the end of a window to the event that says that there is an alert: one container after the other goes wrong.
fn latencies(host: &Host, crowd: &[Player]) -> Result<Vec<Duration>> {
    let mut known: BTreeSet<u64> = alert_ids(host.address())?;
    let events = listen(host.address())?;
    let mut found = Vec::new();
    for player in &crowd[..SICK] {
        // What was told before is about others.
        while events.try_recv().is_ok() {}
        known.extend(alert_ids(host.address())?);
        player.trouble("database", 2)?;
        let until = Instant::now() + ALERT_LIMIT;
        while Instant::now() < until {
            let Ok(told) = events.recv_timeout(ALERT_LIMIT) else { break };
            let new: Vec<u64> = alert_ids(host.address())?.difference(&known).copied().collect();
            known.extend(&new);
            for id in &new {
                let alert = http::get(host.address(), &format!("/api/v1/alerts/{id}"))?;
                found.extend(window_end(&alert).map(|end| told.saturating_sub(end)));
            }
            if !new.is_empty() {
                break;
            }
        }
        // Alerts of one second are told together.
        thread::sleep(BETWEEN);
    }
    if found.len() < SICK / 2 {
        bail!("only {} of {SICK} troubles were told", found.len());
    }
    Ok(found)
}

fn alert_ids(address: SocketAddr) -> Result<BTreeSet<u64>> {
    Ok(xtask::api::alerts(address)?.iter().map(|alert| alert.id).collect())
}

/// Since the Unix epoch.
fn window_end(alert: &Value) -> Option<Duration> {
    let end: Timestamp = alert["receipt"]["window_end"].as_str()?.parse().ok()?;
    Duration::try_from(end.duration_since(Timestamp::UNIX_EPOCH)).ok()
}

/// When an open page was told of alerts, since the Unix epoch.
fn listen(address: SocketAddr) -> Result<std::sync::mpsc::Receiver<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("GET /events/overview HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if line == "event: alerts" && sender.send(now()).is_err() {
                return;
            }
        }
    });
    // The first one comes unasked.
    receiver.recv_timeout(Duration::from_secs(5)).context("the stream of events says nothing")?;
    Ok(receiver)
}

/// From the start of the process until a line that this container wrote after it is stored.
fn first_line(data: &Path, player: &Player) -> Result<Duration> {
    let begun = (Instant::now(), now());
    let host = Host::launch(data, &SETTINGS)?;
    let until = begun.0 + Duration::from_secs(30);
    while Instant::now() < until {
        if newest_line(host.address(), player.name()).is_some_and(|newest| newest > begun.1) {
            let took = begun.0.elapsed();
            host.stop()?;
            return Ok(took);
        }
        thread::sleep(Duration::from_millis(2));
    }
    bail!("no line was stored within 30 s of the start: {}", host.log_end())
}

/// The engine's time of its newest line, since the Unix epoch. To ask for lines costs the host less than to ask for containers.
fn newest_line(address: SocketAddr, name: &str) -> Option<Duration> {
    let log = http::get(address, &format!("/api/v1/logs/test/{name}")).ok()?;
    let newest: Timestamp = log["lines"].as_array()?.last()?["time"].as_str()?.parse().ok()?;
    Duration::try_from(newest.duration_since(Timestamp::UNIX_EPOCH)).ok()
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
