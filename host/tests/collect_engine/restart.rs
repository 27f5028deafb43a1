//! An engine of our own that ends and comes back while containers are read.

use std::time::Duration;

use foghorn::collect::{Engine, LogFiles, ReadState, Settings};
use foghorn::identity::Identity;
use foghorn::line::Output;
use foghorn_test_servers::engine;

use crate::docker::HOST;
use crate::memory::Memory;
use crate::session::{self, Session};
use crate::{assert_same, needs_engine, numbers};

/// How long it is away.
const AWAY: Duration = Duration::from_secs(2);

/// Reads a container over two restarts of the engine, one after the other.
async fn is_read_on(log_files: LogFiles, rotation: &[&str]) {
    let mut own = match engine::Engine::start(&["lt/logsmith"]) {
        Ok(own) => own,
        Err(error) => return eprintln!("skipped: {error:#}"),
    };
    let args = ["run", "-d", "--network", "none", "--name", "steady", "--label", "foghorn.enable=true"];
    let logsmith = ["lt/logsmith", "--lines", "20000", "--rate", "1000", "--sleep-after", "60000"];
    own.docker(&[&args[..], rotation, &logsmith[..]].concat()).unwrap();
    let stream = Memory::new();
    let settings = Settings { log_files, ..session::labelled_only() };
    let session = Session::start_with(&stream, settings, Engine::new(Some(&own.endpoint())).unwrap());
    let identity = Identity::of_name(HOST, "steady");
    session.until_all(|| stream.count(&identity).min(3_000), 3_000).await;
    let own = tokio::task::spawn_blocking(move || {
        own.restart(AWAY).unwrap();
        std::thread::sleep(Duration::from_secs(3));
        own.restart(AWAY).unwrap();
        own
    });
    let own = own.await.unwrap();
    session.until_all(|| stream.count(&identity).min(20_000), 20_000).await;
    session.quiet().await;
    assert_same(&stream.numbers(&identity, Output::Stdout), &numbers(1, 20_000), "stdout");
    let kill = tokio::task::spawn_blocking(move || {
        own.docker(&["kill", "steady"]).unwrap();
        own
    });
    // The engine lives until the end is seen.
    let _own = kill.await.unwrap();
    session.until_named("steady", |state| *state == ReadState::Stopped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_outlives_its_engine_is_read_on_out_of_its_files() {
    needs_engine!();
    is_read_on(LogFiles::Auto, &["--log-opt", "max-size=1m", "--log-opt", "max-file=5"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_outlives_its_engine_is_read_on_through_it() {
    needs_engine!();
    is_read_on(LogFiles::Never, &[]).await;
}
