//! Measures the dashboard over many stored windows: `cargo xtask bench dashboard`. Takes the directory of a filled store, and with `--write` the page
//! whose section it replaces.
//!
//! The first page as it goes over the wire and as a browser sees it; what a chart of a week takes; what 100 open pages cost while nothing
//! happens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use foghorn_tests::host::Host;
use foghorn_tests::webdriver::{Browser, Look};
use xtask::page;

const ROUNDS: usize = 15;
const PAGES: usize = 100;
const IDLE: Duration = Duration::from_secs(20);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let data = PathBuf::from(arguments.next().context("name the directory of a filled store")?);
    let page = arguments.skip_while(|word| word != "--write").nth(1).map(PathBuf::from);
    let table = measure(&data)?;
    println!("{table}");
    page.map_or(Ok(()), |page| page::replace(&page, "bench dashboard", &table))
}

fn measure(data: &Path) -> Result<String> {
    let host = Host::start(data, &[])?;
    let address = host.address();
    let mut rows = Vec::new();
    let mut row = |what: &str, aim: &str, found: String| rows.push(format!("| {what} | {aim} | {found} |"));
    let first = median_of(|| fetched(address, "/"))?;
    row("first page over the wire, gzip", "under 100 kB", format!("{:.1} kB", first.bytes as f64 / 1e3));
    let assets = assets(address)?;
    row("with all its files, first visit", "–", format!("{:.1} kB", (first.bytes + assets) as f64 / 1e3));
    row("first page, made and sent", "–", ms(first.took));
    for (what, path) in [
        ("grid of containers, the live part", "/fragments/containers"),
        ("trend of a week, 5,000 windows", "/fragments/trend/bench/fleet/worker-007?range=7d"),
        ("model page, 5,000 windows", "/models/bench/fleet/worker-007"),
        ("system page, 1,000,000 windows", "/system"),
    ] {
        let found = median_of(|| fetched(address, path))?;
        row(what, "–", format!("{}, {:.1} kB", ms(found.took), found.bytes as f64 / 1e3));
    }
    match usable(&format!("http://{address}/"))? {
        Some((first, warm)) => {
            row("usable in a browser, files cached", "under 200 ms", ms(warm));
            row("the same, first visit", "–", ms(first));
        }
        None => row("usable in a browser", "under 200 ms", "no chromium with its driver here".into()),
    }
    let share = idle(&host, address)?;
    row("100 open pages at idle, of one core", "a few %", format!("{:.1} %", share * 100.0));
    host.stop()?;
    Ok(format!(
        "200 containers, 1,000,000 stored windows; medians of {ROUNDS}.\n\n| what | aim | found |\n|---|---|---|\n{}\n",
        rows.join("\n")
    ))
}

#[derive(Debug, Clone, Copy)]
struct Fetched {
    bytes: usize,
    took: Duration,
}

fn median_of(mut one: impl FnMut() -> Result<Fetched>) -> Result<Fetched> {
    let mut all = (0..ROUNDS).map(|_| one()).collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|fetched| fetched.took);
    Ok(all[ROUNDS / 2])
}

/// One GET as browsers ask, to the last byte.
fn fetched(address: SocketAddr, path: &str) -> Result<Fetched> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    let ask = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        bail!("{path} answered {}", String::from_utf8_lossy(&answer[..answer.len().min(200)]));
    }
    Ok(Fetched { bytes: answer.len(), took: begun.elapsed() })
}

/// Bytes of the files that the first page links to.
fn assets(address: SocketAddr) -> Result<usize> {
    let page = xtask::http::text(address, "/")?;
    let mut files: Vec<&str> = page.split('"').filter(|part| part.starts_with("/static/")).collect();
    files.sort_unstable();
    files.dedup();
    files.into_iter().map(|file| Ok(fetched(address, file)?.bytes)).sum()
}

/// From the click to a page whose scripts have run: the first visit, and the median of those after it.
fn usable(url: &str) -> Result<Option<(Duration, Duration)>> {
    let Some(browser) = Browser::start(Look::DESKTOP)? else { return Ok(None) };
    let visit = || -> Result<Duration> {
        browser.open(url)?;
        let ended = "const [visit] = performance.getEntriesByType('navigation'); return visit.domContentLoadedEventEnd";
        let ms = browser.run(ended, &[])?.as_f64().context("the browser tells no time")?;
        Ok(Duration::from_secs_f64(ms / 1e3))
    };
    let first = visit()?;
    let mut later = (0..ROUNDS).map(|_| visit()).collect::<Result<Vec<_>>>()?;
    later.sort();
    Ok(Some((first, later[ROUNDS / 2])))
}

/// The share of a core that the host uses while many pages are open and nothing happens.
fn idle(host: &Host, address: SocketAddr) -> Result<f64> {
    let pages = (0..PAGES).map(|_| open_page(address)).collect::<Result<Vec<_>>>()?;
    // What pages fetch once when they are opened.
    thread::sleep(Duration::from_secs(6));
    let before = host.cpu_seconds()?;
    thread::sleep(IDLE);
    let used = host.cpu_seconds()? - before;
    drop(pages);
    Ok(used / IDLE.as_secs_f64())
}

/// A page that does what an open one does: listens, and fetches a part whenever it is told of it.
fn open_page(address: SocketAddr) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("GET /events/overview HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let events = BufReader::new(stream.try_clone()?);
    thread::spawn(move || {
        for line in events.lines().map_while(Result::ok) {
            if let Some(name) = line.strip_prefix("event: ") {
                // What cannot be fetched is not what is measured here.
                let _ = fetched(address, &format!("/fragments/{name}"));
            }
        }
    });
    Ok(stream)
}

fn ms(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1e3)
}
