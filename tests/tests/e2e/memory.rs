//! `--memory-limit`: under a flood the process stays within it, by reading more slowly, and nothing is lost.

use std::thread;
use std::time::{Duration, Instant};

use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::Host;
use foghorn_tests::{exactly, kept};

/// The least that is allowed: what the flood takes without a limit is well above it.
const LIMIT_BYTES: u64 = 64 << 20;
const SETTINGS: [&str; 5] =
    ["--memory-limit=64MiB", "--window-age=1s", "--train-interval=3s", "--train-windows-min=3", "--alert-canary=off"];
const WRITERS: usize = 6;
const LINES: u64 = 40_000;
const ARRIVED_LIMIT: Duration = Duration::from_secs(240);

#[test]
fn a_flood_is_read_within_the_limit_of_memory_and_nothing_is_lost() {
    if !cast::has_engine() {
        return;
    }
    let lines = LINES.to_string();
    let flood = ["--rate", "1000000", "--lines", &lines, "--numbered"];
    let writers: Vec<_> = (0..WRITERS).map(|_| Player::start("worker", &flood).unwrap()).collect();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let host = Host::start(&data, &SETTINGS).unwrap();
    let (until, mut most) = (Instant::now() + ARRIVED_LIMIT, 0);
    while !has_all(&host) {
        most = most.max(host.resident_bytes().unwrap());
        assert!(Instant::now() < until, "not all lines were read in time: {}", host.log_end());
        thread::sleep(Duration::from_millis(100));
    }
    // What is on its way when memory becomes short still comes.
    assert!(most < LIMIT_BYTES * 5 / 4, "{} MiB resident", most >> 20);
    assert!(
        host.log_holds("memory is near its limit").unwrap(),
        "the flood is too small to show anything: {} MiB",
        most >> 20
    );
    host.stop().unwrap();
    for writer in &writers {
        let identity = format!("test/{}", writer.name());
        exactly::each_line_once(&kept::lines(&data, &[], &identity).unwrap(), LINES);
    }
}

fn has_all(host: &Host) -> bool {
    let system = xtask::http::get(host.address(), "/api/v1/system").unwrap();
    system["store"]["lines"].as_u64() == Some(WRITERS as u64 * LINES)
}
