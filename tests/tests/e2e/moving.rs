//! Begun on the embedded store, moved to InfluxDB and Redis: nothing that was there is lost.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use foghorn_test_servers::influx::Influx;
use foghorn_test_servers::redis::Redis;
use foghorn_test_servers::{influx, redis};
use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::{self, Host};
use foghorn_tests::{exactly, kept, wait};
use xtask::{api, process};

use crate::kill::drain;

const SETTINGS: [&str; 1] = ["--window-age=1s"];
const LINES: u64 = 10_000;
const SEEN_LIMIT: Duration = Duration::from_secs(30);
/// A server that lost everything is noticed within a minute.
const ARRIVED_LIMIT: Duration = Duration::from_secs(150);

#[test]
fn what_was_kept_here_is_copied_and_goes_on_there() {
    if !cast::has_engine() || !redis::available() || !influx::available() {
        return;
    }
    let (redis, influx) = (Redis::start().unwrap(), Influx::start().unwrap());
    let (redis_url, influx_url, bucket) = (redis.url(), influx.url(), influx.database());
    let servers = ["--redis-url", &redis_url, "--influx-url", &influx_url, "--influx-bucket", bucket];
    let moved = [SETTINGS.as_slice(), &servers].concat();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let lines = LINES.to_string();
    let worker = Player::start("worker", &["--seed", "61", "--rate", "1000", "--lines", &lines, "--numbered"]).unwrap();

    let host = Host::start(&data, &SETTINGS).unwrap();
    let identity = identity_of(&host, worker.name());
    drain(&data, &identity, LINES);
    assert!(copy(&data, &moved).is_err(), "a running host has the data directory");
    host.stop().unwrap();
    let told = copy(&data, &moved).unwrap();
    assert!(told.contains("InfluxDB has all that is kept here") && told.contains("Redis has all"), "{told}");
    let again = copy(&data, &moved).unwrap();
    assert!(again.contains("0 lines were copied"), "it goes on where it stood: {again}");

    forget(&data, &moved, &identity);
    let windows = kept::windows(&data, &moved, &identity).unwrap();
    exactly::each_line_once(&kept::lines(&data, &moved, &identity).unwrap(), LINES);
    exactly::each_line_in_one_window(&windows, LINES);
}

#[test]
fn servers_that_were_wiped_are_filled_again() {
    if !cast::has_engine() || !redis::available() || !influx::available() {
        return;
    }
    let (mut redis, mut influx) = (Redis::start().unwrap(), Influx::start().unwrap());
    let (redis_url, influx_url, bucket) = (redis.url(), influx.url(), influx.database());
    let servers = ["--redis-url", &redis_url, "--influx-url", &influx_url, "--influx-bucket", bucket];
    let dir = tempfile::tempdir().unwrap();
    let worker = Player::start("worker", &["--seed", "62", "--rate", "100", "--numbered"]).unwrap();
    let host = Host::start(&dir.path().join("data"), &[SETTINGS.as_slice(), &servers].concat()).unwrap();
    let identity = identity_of(&host, worker.name());
    has_lines(&redis, &influx, &identity, 500);
    redis.wipe_and_start_again().unwrap();
    influx.wipe_and_start_again().unwrap();
    has_lines(&redis, &influx, &identity, 1_000);
    let first = influx.query(&format!("SELECT min(\"seq\") FROM foghorn_line WHERE container = '{identity}'")).unwrap();
    assert!(first.lines().any(|line| line.ends_with(",1")) || first.contains(",1]"), "from the first line on: {first}");
    let first = redis.cli(&["XRANGE", &key(&identity), "-", "+", "COUNT", "1"]).unwrap();
    assert!(first.starts_with("1-"), "from the first line on: {first:.80}");
    host.stop().unwrap();
}

fn identity_of(host: &Host, name: &str) -> String {
    wait::until("the container to be seen", SEEN_LIMIT, || {
        Ok(api::named(&host.containers()?, name).map(|card| card.identity.clone()))
    })
    .unwrap()
}

fn key(identity: &str) -> String {
    format!("foghorn:lines:{{{identity}}}")
}

/// Waits until both servers have lines up to number `count`, and all before it.
fn has_lines(redis: &Redis, influx: &Influx, identity: &str, count: u64) {
    let sql =
        format!("SELECT count(distinct(\"seq\")) FROM foghorn_line WHERE container = '{identity}' AND seq <= {count}");
    wait::until("InfluxDB to have the lines", ARRIVED_LIMIT, || {
        Ok(influx.query(&sql)?.contains(&count.to_string()).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error:#}: {}", influx.query(&sql).unwrap_or_default()));
    wait::until("Redis to have the lines", ARRIVED_LIMIT, || {
        let after = redis.cli(&["XRANGE", &key(identity), &count.to_string(), "+", "COUNT", "1"])?;
        Ok((!after.is_empty()).then_some(()))
    })
    .unwrap();
}

/// Runs with a retention so short that the data directory keeps no line: then only InfluxDB has them.
fn forget(data: &Path, settings: &[&str], identity: &str) {
    let host = Host::start(data, &[settings, &["--retention-age=1s"]].concat()).unwrap();
    wait::until("the data directory to hold no line", ARRIVED_LIMIT, || {
        Ok(kept::lines(data, &[], identity)?.is_empty().then_some(()))
    })
    .unwrap();
    host.stop().unwrap();
}

fn copy(data: &Path, settings: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(host::binary()?);
    process::text(command.args(["history", "copy", "--data-dir"]).arg(data).args(settings))
}
