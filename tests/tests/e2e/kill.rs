//! `kill -9` in mid-stream: every line is kept exactly once and scored exactly once.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::Host;
use foghorn_tests::{kept, wait};
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
    drain(&data, &identity);
    host.stop().unwrap();

    let windows = kept::windows(&data, &identity).unwrap();
    each_line_once(&kept::lines(&data, &identity).unwrap());
    each_line_in_one_window(&windows);
    scored_from_one_window_on(&windows);
}

/// Waits until the container is watched; gives its identity.
fn learned(host: &Host, name: &str) -> String {
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

/// Waits until the windows hold all lines.
fn drain(data: &Path, identity: &str) {
    wait::until("all lines to be in windows", DRAINED_LIMIT, || {
        let windows = kept::windows(data, identity)?;
        Ok((windows.iter().map(|window| window.lines).sum::<u64>() >= LINES).then_some(()))
    })
    .unwrap();
}

fn each_line_once(lines: &[kept::Line]) {
    let mut seen = BTreeMap::new();
    for line in lines {
        let number = line.line.rsplit_once("seq=").and_then(|(_, number)| number.parse::<u64>().ok());
        *seen.entry(number.unwrap_or_else(|| panic!("no number in {line:?}"))).or_insert(0u32) += 1;
    }
    let missing: Vec<_> = (1..=LINES).filter(|number| !seen.contains_key(number)).collect();
    let repeated: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(missing.is_empty(), "lines lost: {missing:?}");
    assert!(repeated.is_empty(), "lines kept more than once: {repeated:?}");
    assert_eq!(lines.len() as u64, LINES);
    assert!(lines.is_sorted_by(|a, b| a.seq < b.seq), "history is out of order");
}

fn each_line_in_one_window(windows: &[kept::Window]) {
    for pair in windows.windows(2) {
        let end = pair[0].first_seq + pair[0].lines;
        assert_eq!(pair[1].first_seq, end, "a window must begin where the one before it ends: {pair:?}");
    }
    assert_eq!(windows.iter().map(|window| window.lines).sum::<u64>(), LINES);
}

/// Before the fifth cycle no window is scored, from then on each is.
fn scored_from_one_window_on(windows: &[kept::Window]) {
    let learning = windows.iter().take_while(|window| window.score.is_none()).count();
    assert!(learning > 0, "the first windows came before the fifth cycle");
    assert!(windows.len() - learning > 10, "most windows came after the fifth cycle: {learning} of {}", windows.len());
    let missed: Vec<_> = windows[learning..].iter().filter(|window| window.score.is_none()).collect();
    assert!(missed.is_empty(), "windows that were never scored: {missed:?}");
}
