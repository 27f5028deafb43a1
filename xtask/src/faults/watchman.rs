//! The Foghorn that is examined: the built binary with its own defaults, on a data directory that is removed afterwards.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use super::sighting::{Ledger, Sighting};
use super::stage::Service;
use crate::api::{self, AlertCard, State};
use crate::workspace::Workspace;
use crate::{http, process};

const LOOK: Duration = Duration::from_millis(400);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// The time as all of this run's times are told.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// A host that runs, and the thread that looks at its alerts.
#[derive(Debug)]
pub(super) struct Watchman {
    host: Child,
    binary: PathBuf,
    address: SocketAddr,
    data: PathBuf,
    ended: Arc<AtomicBool>,
    ledger: Arc<Mutex<Ledger>>,
    looking: Option<JoinHandle<()>>,
}

impl Watchman {
    /// Starts `foghorn run` with these flags beside those that say where.
    pub(super) fn start(workspace: &Workspace, flags: &[String]) -> Result<Self> {
        let (address, binary) = (http::free_address()?, workspace.host_binary());
        let data = std::env::temp_dir().join(format!("foghorn-faults-{}", std::process::id()));
        fs::create_dir(&data).with_context(|| format!("cannot make {}", data.display()))?;
        let path = workspace.target("faults.log");
        let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut run = Command::new(&binary);
        run.arg("run").arg(format!("--listen={address}")).arg("--data-dir").arg(&data).args(flags);
        run.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let host = run.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        eprintln!("xtask: the dashboard is at http://{address}/, Foghorn's own log is {}", path.display());
        let (ended, ledger) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Ledger::default())));
        let looking = Some(look(address, ended.clone(), ledger.clone()));
        Ok(Self { host, binary, address, data, ended, ledger, looking })
    }

    /// Waits until all services are watched.
    pub(super) fn wait_until_learned(&mut self, limit: Duration) -> Result<()> {
        let (end, mut told) = (Instant::now() + limit, String::new());
        loop {
            if let Some(status) = self.host.try_wait()? {
                bail!("foghorn ended ({status}); its log is target/faults.log");
            }
            let states = self.states();
            if states.len() == Service::ALL.len() && states.iter().all(|(_, state)| *state == State::Watching) {
                return Ok(());
            }
            let said = states.iter().map(|(service, state)| format!("{} {}", service.name(), short(state)));
            let said = said.collect::<Vec<_>>().join(", ");
            if said != told {
                eprintln!("faults: {said}");
                told = said;
            }
            if Instant::now() >= end {
                bail!("not all services are learned after {} s: {told}; give more --minutes-normal", limit.as_secs());
            }
            thread::sleep(Duration::from_secs(1));
        }
    }

    fn states(&self) -> Vec<(Service, State)> {
        let cards = api::containers(self.address).unwrap_or_default();
        let states = cards.into_iter().filter_map(|card| Some((Service::of_identity(&card.identity)?, card.state)));
        states.collect()
    }

    /// All alerts as they are now.
    pub(super) fn alerts(&self) -> Result<Vec<AlertCard>> {
        api::alerts(self.address)
    }

    /// What is stored of a service: `export` gives its lines, `windows` its windows.
    pub(super) fn history(&self, what: &str, service: Service) -> Result<String> {
        let mut history = Command::new(&self.binary);
        history.args(["history", what, "--container", &format!("faults/{}", service.container())]);
        process::text(history.arg("--data-dir").arg(&self.data).stderr(Stdio::null()))
    }

    /// Looks no longer; gives what was seen.
    pub(super) fn sightings(&mut self) -> Vec<Sighting> {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(looking) = self.looking.take() {
            let _ = looking.join();
        }
        self.ledger.lock().map(|mut ledger| std::mem::take(&mut *ledger)).unwrap_or_default().into_sightings()
    }
}

impl Drop for Watchman {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let stopped = process::run(Command::new("kill").arg(self.host.id().to_string()))
            .and_then(|()| process::wait_within(&mut self.host, STOP_LIMIT));
        if !matches!(stopped, Ok(Some(_))) {
            eprintln!("xtask: foghorn (process {}) did not stop", self.host.id());
        }
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn look(address: SocketAddr, ended: Arc<AtomicBool>, ledger: Arc<Mutex<Ledger>>) -> JoinHandle<()> {
    thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            // The host is still starting, or busy: both show in the next look.
            if let (Ok(alerts), Ok(mut ledger)) = (api::alerts(address), ledger.lock()) {
                for seen in ledger.look(now_ms(), &alerts).iter().filter(|seen| seen.is_new) {
                    let reason = seen.reason.escape_debug();
                    eprintln!("faults:   alert {} on {}: {reason}", seen.alert, seen.service.name());
                }
            }
            thread::sleep(LOOK);
        }
    })
}

fn short(state: &State) -> String {
    match state {
        State::Learning { done, needed } => format!("{done}/{needed}"),
        State::Watching => "learned".into(),
        State::Other(name) => name.clone(),
    }
}
