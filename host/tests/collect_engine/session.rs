//! A collector that runs, and what it has told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use foghorn::collect::{Collector, Engine, LogFiles, Notice, ReadState, Settings, Way};
use foghorn::line::Output;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::docker::{Container, HOST};
use crate::memory::Memory;

const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Session {
    stream: Arc<Memory>,
    notices: Arc<Mutex<Vec<Notice>>>,
    shutdown: CancellationToken,
    collector: JoinHandle<()>,
}

/// Only containers that ask for it, so that others on the machine do not disturb.
pub(crate) fn labelled_only() -> Settings {
    Settings { labelled_only: true, ..Settings::default() }
}

impl Session {
    pub(crate) fn start(stream: &Arc<Memory>) -> Self {
        Self::start_with(stream, labelled_only(), Engine::new(None).unwrap())
    }

    /// With the log files at this place.
    pub(crate) fn by(stream: &Arc<Memory>, log_files: LogFiles) -> Self {
        Self::start_with(stream, Settings { log_files, ..labelled_only() }, Engine::new(None).unwrap())
    }

    pub(crate) fn start_with(stream: &Arc<Memory>, settings: Settings, engine: Engine) -> Self {
        let settings = Settings { host: Some(HOST.to_owned()), ..settings };
        let (collector, mut received) = Collector::new(settings, engine, stream.clone());
        let (shutdown, notices) = (CancellationToken::new(), Arc::new(Mutex::new(Vec::new())));
        let told = notices.clone();
        tokio::spawn(async move {
            while let Some(notice) = received.recv().await {
                told.lock().unwrap().push(notice);
            }
        });
        let collector = tokio::spawn(collector.run(shutdown.clone()));
        Self { stream: stream.clone(), notices, shutdown, collector }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.collector).await.expect("ends soon").unwrap();
    }

    /// Drops everything where it stands.
    pub(crate) async fn kill(self) {
        self.collector.abort();
        let _ = self.collector.await;
        // Tasks that were dropped with it end at their next step.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// Until a container's stream has so many lines.
    pub(crate) async fn lines(&self, container: &Container, count: usize) {
        let found = || self.stream.count(&container.identity());
        wait(|| found() >= count, || format!("{} of {count} lines", found())).await;
    }

    /// Until the last numbers of stdout and stderr have come, in whichever order they are given.
    pub(crate) async fn last_numbers(&self, container: &Container, one: u64, other: u64) {
        let last = || {
            [Output::Stdout, Output::Stderr]
                .map(|output| self.stream.numbers(&container.identity(), output).last().copied())
        };
        let is_there = || [one, other].iter().all(|number| last().contains(&Some(*number)));
        wait(is_there, || format!("{:?} instead of {one} and {other}", last())).await;
    }

    /// Long enough for repeated lines to come, if there are any.
    pub(crate) async fn quiet(&self) {
        tokio::time::sleep(Duration::from_millis(900)).await;
    }

    pub(crate) fn states(&self, container: &Container) -> Vec<ReadState> {
        self.states_of(&container.name)
    }

    fn states_of(&self, name: &str) -> Vec<ReadState> {
        let notices = self.notices.lock().unwrap();
        let states = notices.iter().filter_map(|notice| match notice {
            Notice::Seen { container: seen, .. } if seen.name == name => Some(seen.state.clone()),
            _ => None,
        });
        states.collect()
    }

    pub(crate) async fn state(&self, container: &Container) -> ReadState {
        self.until(container, |_| true).await;
        self.states(container).pop().unwrap()
    }

    pub(crate) async fn until(&self, container: &Container, is_it: impl Fn(&ReadState) -> bool) {
        self.until_named(&container.name, is_it).await;
    }

    pub(crate) async fn until_named(&self, name: &str, is_it: impl Fn(&ReadState) -> bool) {
        let states = || self.states_of(name);
        wait(|| states().last().is_some_and(&is_it), || format!("{:?}", states())).await;
    }

    /// Until `found` has come to `all`.
    pub(crate) async fn until_all(&self, found: impl Fn() -> usize, all: usize) {
        wait(|| found() >= all, || format!("{} of {all}", found())).await;
    }

    pub(crate) async fn caught_up(&self, container: &Container) {
        let identity = container.identity();
        let is_it = |notice: &Notice| matches!(notice, Notice::Collected { identity: of, caught_up: true, .. } if *of == identity);
        wait(|| self.notices.lock().unwrap().iter().any(is_it), || "not caught up".to_owned()).await;
    }

    /// How the container's log is read.
    pub(crate) async fn way(&self, container: &Container) -> Way {
        let identity = container.identity();
        let found = || {
            let notices = self.notices.lock().unwrap();
            notices.iter().rev().find_map(|notice| match notice {
                Notice::Way { identity: of, way } if *of == identity => Some(way.clone()),
                _ => None,
            })
        };
        wait(|| found().is_some(), || "nobody reads it".to_owned()).await;
        found().unwrap()
    }

    pub(crate) fn gaps(&self, container: &Container) -> Vec<String> {
        let identity = container.identity();
        let notices = self.notices.lock().unwrap();
        let gaps = notices.iter().filter_map(|notice| match notice {
            Notice::Gap { identity: of, text } if *of == identity => Some(text.clone()),
            _ => None,
        });
        gaps.collect()
    }

    pub(crate) async fn engine_answers(&self) {
        let is_it = |notice: &Notice| matches!(notice, Notice::Engine(Ok(_)));
        wait(|| self.notices.lock().unwrap().iter().any(is_it), || "no engine".to_owned()).await;
    }
}

async fn wait(is_done: impl Fn() -> bool, found: impl Fn() -> String) {
    let began = Instant::now();
    while !is_done() {
        assert!(began.elapsed() < PATIENCE, "{}", found());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
