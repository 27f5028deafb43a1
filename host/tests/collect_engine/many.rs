//! Many containers that start and die while others are read.

use std::process::{Command, Stdio};
use std::thread;

use foghorn::identity::Identity;
use foghorn::line::Output;

use crate::docker::{Container, HOST};
use crate::memory::Memory;
use crate::session::Session;
use crate::{assert_same, needs_engine, numbers};

const CONTAINERS: usize = 200;
const LINES: u64 = 50;
/// Started at once: an engine takes a good second for each.
const HANDS: usize = 4;

/// Removes them all, also when the test fails.
struct Crowd(Vec<String>);

impl Crowd {
    fn start() -> Self {
        let names: Vec<String> =
            (0..CONTAINERS).map(|number| format!("foghorn-test-{}-crowd-{number}", std::process::id())).collect();
        let crowd = Self(names);
        thread::scope(|scope| {
            for hand in 0..HANDS {
                let names = crowd.0.iter().skip(hand).step_by(HANDS);
                scope.spawn(move || names.for_each(|name| run(name)));
            }
        });
        crowd
    }
}

/// It writes and is gone within a tenth of a second.
fn run(name: &str) {
    let lines = LINES.to_string();
    let mut docker = Command::new("docker");
    docker.args(["run", "-d", "--network", "none", "--label", "foghorn.enable=true", "--name", name]);
    let output = docker.args(["lt/logsmith", "--lines", &lines]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for some in self.0.chunks(50) {
            let _ = Command::new("docker")
                .args(["rm", "-f"])
                .args(some)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_two_hundred_that_start_and_die_is_read() {
    needs_engine!();
    let stream = Memory::new();
    let session = Session::start(&stream);
    session.engine_answers().await;
    let crowd = tokio::task::spawn_blocking(Crowd::start).await.unwrap();
    let identity = |name: &str| Identity::of_name(HOST, name);
    let read = || crowd.0.iter().filter(|name| stream.count(&identity(name)) >= LINES as usize).count();
    session.until_all(read, CONTAINERS).await;
    session.quiet().await;
    for name in &crowd.0 {
        assert_same(&stream.numbers(&identity(name), Output::Stdout), &numbers(1, LINES), name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_do_not_wait_for_one_with_a_thousand_times_as_many_lines() {
    needs_engine!();
    let (flood, few) = (400_000, 400);
    let writes = |name: &str, lines: u64| {
        let lines = lines.to_string();
        Container::run(name, &["lt/logsmith", "--lines", &lines, "--sleep-after", "60000"])
    };
    // Listed before the others: what is read first has the best chance to be in the way.
    let greedy = writes("greedy", flood);
    let modest: Vec<Container> = (0..5).map(|number| writes(&format!("modest-{number}"), few)).collect();
    greedy.wait_for_log(&format!("seq={flood:010}"));
    let stream = Memory::new();
    let session = Session::start(&stream);
    let are_done = || modest.iter().filter(|container| stream.count(&container.identity()) as u64 >= few).count();
    session.until_all(are_done, modest.len()).await;
    let read = stream.count(&greedy.identity()) as u64;
    assert!(read < flood, "all {read} lines of the greedy one came first");
    session.lines(&greedy, flood as usize).await;
    assert_same(&stream.numbers(&greedy.identity(), Output::Stdout), &numbers(1, flood), "greedy");
}
