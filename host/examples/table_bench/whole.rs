//! The whole host on a backlog of a container that it knows: from the first new line to the last that is judged, beside the collector alone.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::Outcome;
use crate::collect::into_store;
use crate::race::race;
use crate::table::Table;

/// As the host has learned with.
const SETTINGS: [&str; 5] =
    ["--only-enabled=true", "--host-name=bench", "--window-age=10s", "--retrain-interval=1h", "--alert-canary=off"];
const LIMIT: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(5);
/// The window that is still open need not be judged.
const OPEN_LINES: u64 = 1_000;

pub(crate) fn measure(
    host: &Path,
    learned: &Path,
    name: &str,
    lines: usize,
    work: &Path,
    table: &mut Table,
) -> Outcome<()> {
    let runtime = Runtime::new()?;
    let data = work.join("whole");
    let ours = || {
        copy(learned, &data)?;
        let mut child = Guard(None);
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(host);
        command.arg("run").arg(format!("--listen={address}")).arg("--data-dir").arg(&data).args(SETTINGS);
        child.0 = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        judged(address, &format!("bench/{name}"), lines as u64)
    };
    let times = race(ours, || into_store(&runtime, lines, work))?;
    let what = "the whole host on a backlog of one container: collected, stored, judged, scores stored";
    table.add(what, "the collector alone, into the embedded stream", (lines, "lines"), 0.7, &times);
    Ok(())
}

/// From when the host has stored none of the new lines to when it has judged them.
fn judged(address: SocketAddr, identity: &str, lines: u64) -> Outcome<Duration> {
    let (until, mut begun, mut before) = (Instant::now() + LIMIT, None, None);
    while Instant::now() < until {
        if let Some((stored, waiting)) = figures(address, identity) {
            let before = *before.get_or_insert(stored);
            if stored > before {
                begun.get_or_insert_with(Instant::now);
            }
            if let Some(begun) = begun.filter(|_| stored - before + OPEN_LINES >= lines && waiting <= OPEN_LINES) {
                return Ok(Instant::elapsed(&begun));
            }
        }
        thread::sleep(LOOK);
    }
    Err(format!("the host has not judged {lines} lines within {} s", LIMIT.as_secs()).into())
}

/// Lines that were ever stored, and those that wait to be judged.
fn figures(address: SocketAddr, identity: &str) -> Option<(u64, u64)> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let figure = |name: &str| {
        let head = format!("{name}{{container=\"{identity}\"}} ");
        let value = answer.lines().find_map(|line| line.strip_prefix(&head))?;
        value.parse::<f64>().ok().map(|value| value as u64)
    };
    Some((figure("foghorn_lines_collected_total")?, figure("foghorn_lines_waiting")?))
}

/// Killed: what it has stored is thrown away.
struct Guard(Option<Child>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status()?;
    status.success().then_some(()).ok_or_else(|| "the learned data cannot be copied".into())
}
