//! The collector against a real engine. Where none answers, or the test images cannot be made, each test says so and passes.

mod docker;
mod many;
mod memory;
mod proxy;
mod restart;
mod rotation;
mod session;

use std::time::{Duration, Instant};

use docker::Container;
use foghorn::collect::{Engine, LogFiles, ReadState, Settings};
use foghorn::line::Output;
use memory::Memory;
use proxy::Proxy;
use session::Session;

/// Ends the test when there is nothing to test with.
macro_rules! needs_engine {
    () => {
        if let Err(reason) = $crate::docker::prepare() {
            eprintln!("skipped: {reason}");
            return;
        }
    };
}
use needs_engine;

fn numbers(from: u64, to: u64) -> Vec<u64> {
    (from..=to).collect()
}

/// Each number once and in order. Says where they begin to differ, not all of them.
fn assert_same(seen: &[u64], sent: &[u64], what: &str) {
    let first_wrong = seen.iter().zip(sent).position(|(seen, sent)| seen != sent);
    let around = first_wrong.map(|at| (&seen[at..seen.len().min(at + 3)], &sent[at..sent.len().min(at + 3)]));
    assert!(seen == sent, "{what}: {} of {} lines, first wrong {first_wrong:?}: {around:?}", seen.len(), sent.len());
}

const BOTH_WAYS: [LogFiles; 2] = [LogFiles::Auto, LogFiles::Never];

/// Of `1..=lines`, those that `--stderr-every every` sends to the given output.
fn of_output(lines: u64, every: u64, output: Output) -> Vec<u64> {
    (1..=lines).filter(|number| (number % every == 0) == (output == Output::Stderr)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_container_is_read_on() {
    needs_engine!();
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.engine_answers().await;
    let container = Container::run("restart", &["lt/logsmith", "--lines", "500", "--sleep-after", "300"]);
    session.lines(&container, 500).await;
    for run in 2..=3 {
        container.docker(&["restart", "-t", "0"]);
        session.lines(&container, 500 * run).await;
    }
    session.quiet().await;
    let seen = stream.numbers(&container.identity(), Output::Stdout);
    assert_eq!(seen, [numbers(1, 500), numbers(1, 500), numbers(1, 500)].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recreated_container_goes_on_in_the_same_stream() {
    needs_engine!();
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.engine_answers().await;
    // It ends at once: it may be over before anybody can look at it.
    let first = Container::run("recreate", &["lt/logsmith", "--lines", "400"]);
    session.lines(&first, 400).await;
    first.docker(&["start"]);
    session.lines(&first, 800).await;
    session.stop().await;
    let second = first.recreate(&["lt/logsmith", "--lines", "300", "--start", "401", "--sleep-after", "60000"]);
    let session = Session::start(&stream);
    session.lines(&second, 1100).await;
    session.quiet().await;
    let seen = stream.numbers(&second.identity(), Output::Stdout);
    assert_eq!(seen, [numbers(1, 400), numbers(1, 400), numbers(401, 700)].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_written_while_nobody_looked_are_read_even_when_the_container_has_stopped() {
    needs_engine!();
    let args = ["lt/logsmith", "--lines", "2000", "--pause-after", "1000", "--pause", "2500", "--no-final-newline"];
    let container = Container::run("asleep", &args);
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.lines(&container, 900).await;
    session.stop().await;
    container.wait();
    let session = Session::start(&stream);
    session.lines(&container, 2000).await;
    session.quiet().await;
    assert_eq!(stream.numbers(&container.identity(), Output::Stdout), numbers(1, 2000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_is_read_both_ways() {
    needs_engine!();
    let args = ["-t", "lt/logsmith", "--lines", "600", "--long-every", "100", "--ascii", "--sleep-after", "60000"];
    let container = Container::run("tty", &args);
    for log_files in BOTH_WAYS {
        let stream = Memory::new();
        let session = Session::by(&stream, log_files);
        session.lines(&container, 600).await;
        session.quiet().await;
        assert_eq!(stream.numbers(&container.identity(), Output::Stdout), numbers(1, 600));
        let texts = stream.texts(&container.identity(), Output::Stdout);
        assert!(texts.iter().all(|text| !text.contains('\r') && !text.contains('␍')));
        assert_eq!(texts.iter().filter(|text| text.len() == 40_000).count(), 6, "long lines are whole");
        session.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_of_a_megabyte_are_cut_alike_both_ways() {
    needs_engine!();
    let args = [
        "lt/logsmith",
        "--lines",
        "30",
        "--long-every",
        "5",
        "--long-len",
        "1000000",
        "--ascii",
        "--sleep-after",
        "60000",
    ];
    let container = Container::run("megabyte", &args);
    let mut found = Vec::new();
    for log_files in BOTH_WAYS {
        let stream = Memory::new();
        let session = Session::by(&stream, log_files);
        session.lines(&container, 30).await;
        session.quiet().await;
        assert_eq!(stream.numbers(&container.identity(), Output::Stdout), numbers(1, 30));
        found.push(stream.texts(&container.identity(), Output::Stdout));
        session.stop().await;
    }
    assert_eq!(found[0].iter().filter(|text| text.ends_with("…[cut, 1000000 bytes]")).count(), 6);
    assert!(found[0] == found[1], "both ways give the same text");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_binary_and_empty_lines_and_traces_of_two_outputs_come_whole() {
    needs_engine!();
    let args = [
        "lt/logsmith",
        "--lines",
        "3000",
        "--stderr-every",
        "3",
        "--long-every",
        "50",
        "--binary-every",
        "7",
        "--nul-every",
        "11",
        "--empty-every",
        "13",
        "--trace-every",
        "17",
        "--sleep-after",
        "60000",
        "--ascii",
    ];
    let container = Container::run("mixed", &args);
    for log_files in BOTH_WAYS {
        let stream = Memory::new();
        let session = Session::by(&stream, log_files);
        session.last_numbers(&container, 3000, 2999).await;
        session.quiet().await;
        for output in [Output::Stdout, Output::Stderr] {
            assert_eq!(stream.numbers(&container.identity(), output), of_output(3000, 3, output), "{output}");
            let texts = stream.texts(&container.identity(), output);
            assert!(texts.iter().all(|text| !text.chars().any(|char| char.is_control() && !"\t\n".contains(char))));
            assert!(texts.iter().any(|text| text.len() >= 39_990), "long lines are whole");
        }
        session.stop().await;
    }
}

/// The heart of it: broken off at ten random points, every line is there once, in the order of its output.
async fn resumes(name: &str, options: &[&str], log_files: LogFiles) {
    let lines = 30_000;
    let mut args = options.to_vec();
    args.extend([
        "lt/logsmith",
        "--lines",
        "30000",
        "--rate",
        "5000",
        "--burst",
        "50",
        "--stderr-every",
        "4",
        "--long-every",
        "500",
        "--ascii",
        "--sleep-after",
        "60000",
    ]);
    let container = Container::run(name, &args);
    let stream = Memory::new();
    let mut seed = u64::from(std::process::id());
    for _ in 0..10 {
        let session = Session::by(&stream, log_files.clone());
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(150 + (seed >> 33) % 500)).await;
        session.kill().await;
    }
    let session = Session::by(&stream, log_files);
    session.last_numbers(&container, lines, lines - 1).await;
    session.quiet().await;
    for output in [Output::Stdout, Output::Stderr] {
        let seen = stream.numbers(&container.identity(), output);
        assert_same(&seen, &of_output(lines, 4, output), &output.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_broken_off_ten_times_is_exact() {
    needs_engine!();
    resumes("resume", &[], LogFiles::Auto).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_through_the_engine_broken_off_ten_times_is_exact() {
    needs_engine!();
    resumes("resume-engine", &[], LogFiles::Never).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_the_local_driver_broken_off_ten_times_is_exact() {
    needs_engine!();
    resumes("resume-local", &["--log-driver", "local"], LogFiles::Auto).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_container_is_left_alone() {
    needs_engine!();
    let args = ["--label", "foghorn.enable=false", "lt/logsmith", "--lines", "10", "--sleep-after", "60000"];
    let container = Container::run("disabled", &args);
    let stream = Memory::new();
    let session = Session::start_with(&stream, Settings::default(), Engine::new(None).unwrap());
    let state = session.state(&container).await;
    assert!(matches!(&state, ReadState::Ignored { reason } if reason.contains("foghorn.enable")), "{state:?}");
    session.quiet().await;
    assert!(stream.texts(&container.identity(), Output::Stdout).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_without_a_log_is_told_once() {
    needs_engine!();
    let args = ["--log-driver", "none", "lt/logsmith", "--lines", "10", "--sleep-after", "60000"];
    let container = Container::run("none", &args);
    let stream = Memory::new();
    let session = Session::start(&stream);
    let state = session.state(&container).await;
    assert!(matches!(&state, ReadState::Unreadable { reason } if reason.contains("json-file")), "{state:?}");
    session.quiet().await;
    assert_eq!(session.states(&container).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stored_lines_are_there_when_it_says_caught_up() {
    needs_engine!();
    let container = Container::run("stored", &["lt/logsmith", "--lines", "5000", "--sleep-after", "60000"]);
    container.wait_for_log("seq=0000005000");
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.caught_up(&container).await;
    assert_eq!(stream.numbers(&container.identity(), Output::Stdout), numbers(1, 5000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_starts_later_is_read_at_once() {
    needs_engine!();
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.engine_answers().await;
    let began = Instant::now();
    let container = Container::run("later", &["lt/logsmith", "--lines", "5", "--sleep-after", "60000"]);
    session.lines(&container, 5).await;
    assert!(began.elapsed() < Duration::from_secs(8), "by an event, not by the next list");
    container.docker(&["kill"]);
    session.until(&container, |state| *state == ReadState::Stopped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_container_is_read_on_under_its_new_name() {
    needs_engine!();
    let args = ["lt/logsmith", "--lines", "3000", "--rate", "1000", "--sleep-after", "60000"];
    let mut container = Container::run("rename", &args);
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.lines(&container, 500).await;
    let old = container.identity();
    container.rename("renamed");
    session.last_numbers(&container, 3000, 3000).await;
    let mut seen = stream.numbers(&old, Output::Stdout);
    seen.extend(stream.numbers(&container.identity(), Output::Stdout));
    assert_eq!(seen, numbers(1, 3000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_goes_away_is_waited_for_and_only_read() {
    needs_engine!();
    let args = ["lt/logsmith", "--lines", "8000", "--rate", "1000", "--stderr-every", "5", "--sleep-after", "60000"];
    let container = Container::run("away", &args);
    let proxy = Proxy::start().await;
    let stream = Memory::new();
    let session = Session::start_with(&stream, session::labelled_only(), Engine::new(Some(proxy.endpoint())).unwrap());
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1000)).await;
        proxy.interrupt(Duration::from_millis(300)).await;
    }
    session.last_numbers(&container, 7999, 8000).await;
    session.quiet().await;
    for output in [Output::Stdout, Output::Stderr] {
        assert_eq!(stream.numbers(&container.identity(), output), of_output(8000, 5, output), "{output}");
    }
    for request in proxy.requests() {
        let path = request.strip_prefix("GET ").unwrap_or_else(|| panic!("only GET is allowed: {request}"));
        let path = path.split(['?', ' ']).next().unwrap();
        let is_allowed = matches!(path, "/_ping" | "/version" | "/info" | "/events" | "/containers/json")
            || (path.starts_with("/containers/") && (path.ends_with("/json") || path.ends_with("/logs")));
        assert!(is_allowed, "{request}");
    }
}
