//! The host as a process of its own, killed when its guard is dropped.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use xtask::api::{self, AlertCard, ContainerCard};
use xtask::workspace::Workspace;
use xtask::{http, process};

use crate::wait;

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOG_SHOWN_BYTES: usize = 4_000;

/// The built binary: `FOGHORN_BIN`, else where `cargo xtask build` leaves it.
pub fn binary() -> Result<PathBuf> {
    let path = match std::env::var_os("FOGHORN_BIN") {
        Some(path) => path.into(),
        None => Workspace::find()?.host_binary(),
    };
    if !path.is_file() {
        bail!("{} is missing; run cargo xtask build", path.display());
    }
    Ok(path)
}

/// A running `foghorn run`.
#[derive(Debug)]
pub struct Host {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Host {
    /// Starts it on `data` and waits until its dashboard answers. It watches only containers labelled for it.
    pub fn start(data: &Path, settings: &[&str]) -> Result<Self> {
        let mut host = Self::launch(data, settings)?;
        wait::until("the dashboard to answer", START_LIMIT, || {
            if let Some(status) = host.child.try_wait()? {
                bail!("foghorn ended at once ({status}): {}", host.log_end());
            }
            Ok(host.containers().ok())
        })?;
        Ok(host)
    }

    /// Starts it on `data` and waits for nothing. Its log goes on in `foghorn.log` beside `data`.
    pub fn launch(data: &Path, settings: &[&str]) -> Result<Self> {
        let address = http::free_address()?;
        let log = data.with_extension("log");
        let file = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(binary()?);
        command.arg("run").arg(format!("--listen={address}")).arg("--data-dir").arg(data);
        command.args(["--only-enabled=true", "--host-name=test"]).args(settings);
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
        Ok(Self { child, address, log })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn containers(&self) -> Result<Vec<ContainerCard>> {
        api::containers(self.address)
    }

    /// The alerts of the container with this name, open and resolved, the newest first.
    pub fn alerts_of(&self, name: &str) -> Result<Vec<AlertCard>> {
        let mut alerts = api::alerts(self.address)?;
        alerts.retain(|alert| api::is_named(&alert.identity, name));
        Ok(alerts)
    }

    /// `kill -9`: it gets no chance to write anything.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it as an init system does, and expects a clean end.
    pub fn stop(mut self) -> Result<()> {
        process::run(Command::new("kill").arg(self.child.id().to_string()))?;
        match process::wait_within(&mut self.child, STOP_LIMIT)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("foghorn did not end well ({status}): {}", self.log_end()),
            None => bail!("foghorn still runs {} s after it was told to stop", STOP_LIMIT.as_secs()),
        }
    }

    /// Memory that it has now.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("it has ended")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().context("a strange /proc/PID/status")?;
        Ok(kib << 10)
    }

    /// Time that it has used on all cores, seconds. Linux counts in hundredths.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, which may hold anything, ends with the last parenthesis.
        let fields: Vec<&str> =
            stat.rsplit_once(')').context("a strange /proc/PID/stat")?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        Ok((ticks(11) + ticks(12)) / 100.0)
    }

    /// Whether it has logged this.
    pub fn log_holds(&self, text: &str) -> Result<bool> {
        let log = std::fs::read(&self.log).context("the host's log is gone")?;
        Ok(String::from_utf8_lossy(&log).contains(text))
    }

    /// The end of what it has logged.
    pub fn log_end(&self) -> String {
        let text = std::fs::read(&self.log).context("the host's log is gone").unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(LOG_SHOWN_BYTES)..]).into_owned()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the host's log ends with:\n{}", self.log_end());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
