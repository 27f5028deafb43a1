//! Logs that the engine rotates while they are read out of its files, and the change from one way of reading to the other.

use std::time::Duration;

use foghorn::collect::{LogFiles, ReadState, Way};
use foghorn::line::Output;

use crate::docker::Container;
use crate::memory::Memory;
use crate::session::Session;
use crate::{assert_same, needs_engine, numbers, of_output, resumes};

/// Whether the engine's files can be read here; where not, the test is about nothing.
async fn reads_files(session: &Session, container: &Container) -> bool {
    let way = session.way(container).await;
    if way != Way::Files {
        eprintln!("skipped: {way:?}");
    }
    way == Way::Files
}

/// Every line of both outputs once and in order.
fn assert_exact(stream: &Memory, container: &Container, lines: u64, stderr_every: u64) {
    for output in [Output::Stdout, Output::Stderr] {
        let seen = stream.numbers(&container.identity(), output);
        assert_same(&seen, &of_output(lines, stderr_every, output), &output.to_string());
    }
}

/// Writes while it is read, to the end.
async fn is_exact(name: &str, options: &[&str], lines: u64, rate: &[&str]) {
    let stream = Memory::fast();
    let session = Session::start(&stream);
    session.engine_answers().await;
    let count = lines.to_string();
    let own = ["lt/logsmith", "--lines", &count, "--stderr-every", "4", "--sleep-after", "60000"];
    let container = Container::run(name, &[options, &own[..], rate].concat());
    if !reads_files(&session, &container).await {
        return;
    }
    session.last_numbers(&container, lines, lines - 1).await;
    session.quiet().await;
    assert_exact(&stream, &container, lines, 4);
    assert_eq!(session.gaps(&container), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_repeated_while_three_files_of_5_mb_are_written_at_50_000_lines_a_second() {
    needs_engine!();
    let options = ["--log-opt", "max-size=5m", "--log-opt", "max-file=3"];
    is_exact("rotate-50k", &options, 300_000, &["--rate", "50000", "--burst", "100"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_where_files_of_1_mb_are_written_as_fast_as_the_engine_can() {
    needs_engine!();
    is_exact("rotate-flood", &["--log-opt", "max-size=1m", "--log-opt", "max-file=3"], 200_000, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_where_the_engine_packs_them() {
    needs_engine!();
    let options = ["--log-opt", "max-size=1m", "--log-opt", "max-file=4", "--log-opt", "compress=true"];
    is_exact("rotate-packed", &options, 60_000, &["--rate", "20000", "--burst", "50"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_where_the_only_file_is_cut() {
    needs_engine!();
    is_exact("rotate-one", &["--log-opt", "max-size=5m"], 100_000, &["--rate", "20000", "--burst", "50"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_rotating_files_broken_off_ten_times_is_exact() {
    needs_engine!();
    resumes("resume-rotate", &["--log-opt", "max-size=2m", "--log-opt", "max-file=3"], LogFiles::Auto).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_goes_on_where_the_other_was() {
    needs_engine!();
    let args = [
        "lt/logsmith",
        "--lines",
        "30000",
        "--rate",
        "5000",
        "--burst",
        "50",
        "--stderr-every",
        "4",
        "--sleep-after",
        "60000",
    ];
    let container = Container::run("ways", &args);
    let stream = Memory::new();
    for turn in 0..6_u64 {
        let session = Session::by(&stream, if turn % 2 == 0 { LogFiles::Never } else { LogFiles::Auto });
        tokio::time::sleep(Duration::from_millis(400 + 130 * turn)).await;
        session.kill().await;
    }
    let session = Session::start(&stream);
    if !reads_files(&session, &container).await {
        return;
    }
    session.last_numbers(&container, 30_000, 29_999).await;
    session.quiet().await;
    assert_exact(&stream, &container, 30_000, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_before_a_container_is_removed_is_read_to_the_end() {
    needs_engine!();
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.engine_answers().await;
    let args = [
        "--log-opt",
        "max-size=1m",
        "--log-opt",
        "max-file=2",
        "lt/logsmith",
        "--lines",
        "0",
        "--rate",
        "40000",
        "--burst",
        "100",
    ];
    let container = Container::run("removed", &args);
    if !reads_files(&session, &container).await {
        return;
    }
    session.lines(&container, 20_000).await;
    let last = container.last_number();
    container.docker(&["rm", "-f"]);
    // It has stopped before it was removed: whichever is seen last.
    session.until(&container, |state| matches!(state, ReadState::Stopped | ReadState::Gone)).await;
    let seen = stream.numbers(&container.identity(), Output::Stdout);
    assert_same(&seen, &numbers(1, seen.len() as u64), "stdout");
    assert!(seen.len() as u64 >= last, "{} of at least {last}", seen.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_the_engine_is_asked_is_told() {
    needs_engine!();
    let stream = Memory::new();
    let session = Session::by(&stream, LogFiles::In("/no/such/place".into()));
    let container = Container::run("unreadable", &["lt/logsmith", "--lines", "50", "--sleep-after", "60000"]);
    let Way::Engine { because } = session.way(&container).await else { panic!("there are no files") };
    assert!(because.contains("/no/such/place") && because.contains("cannot be read"), "{because}");
    session.lines(&container, 50).await;
}
