//! What a real installation does to its services all the time, fault or not: they are monitored, and nginx reloads its certificates.
//!
//! So a local session on the database or a reload is nothing new to Foghorn when a fault comes with one.

use std::process::Stdio;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::stage::Service;
use crate::docker::docker;
use crate::process;

const TURN: Duration = Duration::from_secs(13);
/// A reload each so many turns.
const RELOAD_TURNS: u32 = 7;
const LIMIT: Duration = Duration::from_secs(5);
const MONITOR_SQL: &str = "SELECT count(*) FROM pg_stat_activity";

/// Upkeep that goes on until this is dropped.
#[derive(Debug)]
pub(super) struct Upkeep {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    pub(super) fn start() -> Self {
        let (end, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            for turn in 1_u32.. {
                if ended.recv_timeout(TURN) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                go_round(turn);
            }
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What fails, fails because of a fault: it is left to the next turn.
fn go_round(turn: u32) {
    let psql = ["psql", "-h", "/tmp", "-U", "postgres", "-q", "-c", MONITOR_SQL];
    quietly(docker().args(["exec", &Service::Database.container()]).args(psql));
    quietly(docker().args(["exec", &Service::Cache.container(), "redis-cli", "info", "memory"]));
    if turn.is_multiple_of(RELOAD_TURNS) {
        quietly(docker().args(["kill", "--signal", "HUP", &Service::Web.container()]));
    }
}

fn quietly(command: &mut std::process::Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = process::run_within(command, LIMIT);
}
