//! Redis and InfluxDB come and go while a container logs: every line is in history exactly once and scored exactly once.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use foghorn_test_servers::influx::Influx;
use foghorn_test_servers::redis::Redis;
use foghorn_test_servers::{influx, redis};
use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::Host;
use foghorn_tests::{exactly, kept, wait};

use crate::kill::{drain, learned};

const SETTINGS: [&str; 4] =
    ["--window-age=1s", "--train-interval=3s", "--train-windows-min=3", "--retrain-interval=20s"];
const LINES: u64 = 100_000;
const RATE: &str = "1500";
const STOPS: usize = 10;
const ARRIVED_LIMIT: Duration = Duration::from_secs(180);

#[test]
fn servers_that_come_and_go_lose_nothing_and_repeat_nothing() {
    if !cast::has_engine() || !redis::available() || !influx::available() {
        return;
    }
    let (redis, influx) = (Redis::start().unwrap(), Influx::start().unwrap());
    let (redis_url, influx_url, bucket) = (redis.url(), influx.url(), influx.database());
    let servers = ["--redis-url", &redis_url, "--influx-url", &influx_url, "--influx-bucket", bucket];
    let settings = [SETTINGS.as_slice(), &servers].concat();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let lines = LINES.to_string();
    let worker = Player::start("worker", &["--seed", "31", "--rate", RATE, "--lines", &lines, "--numbered"]).unwrap();

    let host = Host::start(&data, &settings).unwrap();
    let (redis, influx) = thread::scope(|scope| {
        let redis = scope.spawn(|| come_and_go(redis, 1));
        let influx = scope.spawn(|| come_and_go(influx, 2));
        (redis.join().unwrap(), influx.join().unwrap())
    });
    let identity = learned(&host, worker.name());
    drain(&data, &identity, LINES);
    arrived(&influx, &redis, &identity);
    host.stop().unwrap();

    let windows = kept::windows(&data, &settings, &identity).unwrap();
    exactly::each_line_once(&kept::lines(&data, &settings, &identity).unwrap(), LINES);
    exactly::each_line_in_one_window(&windows, LINES);
    exactly::scored_from_one_window_on(&windows);
    let rejected = std::fs::read_to_string(data.join("influxdb-rejected.jsonl")).unwrap_or_default();
    assert_eq!(rejected, "", "InfluxDB refused nothing");
}

/// A server that can be taken away.
trait Fickle {
    fn leave(&mut self, kill: bool);
    fn come_back(&mut self);
}

impl Fickle for Redis {
    fn leave(&mut self, kill: bool) {
        if kill { self.kill() } else { self.stop().unwrap() }
    }

    fn come_back(&mut self) {
        self.start_again().unwrap();
    }
}

impl Fickle for Influx {
    fn leave(&mut self, kill: bool) {
        if kill { self.kill().unwrap() } else { self.stop().unwrap() }
    }

    fn come_back(&mut self) {
        self.start_again().unwrap();
    }
}

/// Takes a server away ten times, killed or stopped, for a random while. The times are printed, so that a failure can be
/// tried again.
fn come_and_go<S: Fickle>(mut server: S, seed: u64) -> S {
    let mut state = seed ^ SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    let mut random = |most: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % most
    };
    for stop in 0..STOPS {
        let (up, down, kill) = (500 + random(3_500), 200 + random(2_500), random(2) == 0);
        eprintln!("server {seed}, stop {stop}: after {up} ms for {down} ms, killed: {kill}");
        thread::sleep(Duration::from_millis(up));
        server.leave(kill);
        thread::sleep(Duration::from_millis(down));
        server.come_back();
    }
    server
}

/// Waits until both servers have the last line, and looks that InfluxDB has each once.
fn arrived(influx: &Influx, redis: &Redis, identity: &str) {
    let tag = identity.replace('\'', "\\'");
    let count = format!("SELECT count(distinct(\"seq\")), count(\"seq\") FROM foghorn_line WHERE container = '{tag}'");
    wait::until("InfluxDB to have all lines, each once", ARRIVED_LIMIT, || {
        let answer = influx.query(&count)?;
        Ok((answer.matches(&LINES.to_string()).count() == 2).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error:#}: {}", influx.query(&count).unwrap_or_default()));
    let key = format!("foghorn:lines:{{{identity}}}");
    wait::until("Redis to have the last line", ARRIVED_LIMIT, || {
        let last = redis.cli(&["XREVRANGE", &key, "+", "-", "COUNT", "1"])?;
        Ok(last.contains(&format!("seq={LINES}")).then_some(()))
    })
    .unwrap();
    wait::until("all entries to be acknowledged", ARRIVED_LIMIT, || {
        let pending = redis.cli(&["XPENDING", &key, "foghorn"])?;
        Ok((pending.lines().next() == Some("0")).then_some(()))
    })
    .unwrap();
}
