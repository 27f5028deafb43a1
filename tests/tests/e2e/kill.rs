//! `kill -9` in mid-stream: every line is kept exactly once and scored exactly once.

use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::Host;
use foghorn_tests::{exactly, kept, wait};
use xtask::api::{self, State};

const SETTINGS: [&str; 4] =
    ["--window-age=1s", "--train-interval=3s", "--train-windows-min=3", "--retrain-interval=5s"];
const LINES: u64 = 16_000;
const RATE: &str = "200";
const KILLS: usize = 8;
const LEARNED_LIMIT: Duration = Duration::from_secs(240);
const DRAINED_LIMIT: Duration = Duration::from_secs(180);

#[test]
fn killing_the_host_in_mid_stream_loses_nothing_and_repeats_nothing() {
    if !cast::has_engine() {
        return;
    }
    let lines = LINES.to_string();
    let worker = Player::start("worker", &["--seed", "21", "--rate", RATE, "--lines", &lines, "--numbered"]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");

    let host = Host::start(&data, &SETTINGS).unwrap();
    let identity = learned(&host, worker.name());
    host.kill().unwrap();
    kill_at_random(&data);
    let host = Host::start(&data, &SETTINGS).unwrap();
    drain(&data, &identity, LINES);
    host.stop().unwrap();

    let windows = kept::windows(&data, &[], &identity).unwrap();
    exactly::each_line_once(&kept::lines(&data, &[], &identity).unwrap(), LINES);
    exactly::each_line_in_one_window(&windows, LINES);
    exactly::scored_from_one_window_on(&windows);
}

/// Waits until the container is watched; gives its identity.
pub(crate) fn learned(host: &Host, name: &str) -> String {
    wait::until("the container to be learned", LEARNED_LIMIT, || {
        let cards = host.containers()?;
        let watched = api::named(&cards, name).filter(|card| card.state == State::Watching);
        Ok(watched.map(|card| card.identity.clone()))
    })
    .unwrap_or_else(|error| panic!("{error:#}\n{}", host.log_end()))
}

/// Lets the host run for 0.2 to 3.2 s at a time. The delays are printed, so that a failure can be tried again.
fn kill_at_random(data: &Path) {
    let mut state = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    for _ in 0..KILLS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let delay = Duration::from_millis(200 + state % 3_000);
        eprintln!("kill after {} ms", delay.as_millis());
        let host = Host::launch(data, &SETTINGS).unwrap();
        thread::sleep(delay);
        host.kill().unwrap();
    }
}

/// Waits until the windows hold `count` lines.
pub(crate) fn drain(data: &Path, identity: &str, count: u64) {
    wait::until("all lines to be in windows", DRAINED_LIMIT, || {
        let windows = kept::windows(data, &[], identity)?;
        Ok((windows.iter().map(|window| window.lines).sum::<u64>() >= count).then_some(()))
    })
    .unwrap();
}
