//! What the tests need beside cargo: installed or started where that asks nobody, told otherwise.
//!
//! A need that cannot be met is no failure here: the tests that have it say that they were skipped.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, os::unix::process::CommandExt};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{apt, docker, process};

/// Programs and files that the tests need, each with the Debian packages that bring it.
const NEEDS: [(&str, &[&str]); 13] = [
    ("cc", &["gcc", "libc6-dev"]),
    ("make", &["make"]),
    ("docker", &["docker.io", "iptables"]),
    ("chromium", &["chromium"]),
    ("chromedriver", &["chromium-driver"]),
    ("tar", &["tar"]),
    ("redis-server", &["redis-server"]),
    ("influxd", &["influxdb"]),
    ("docker-compose", &["docker-compose"]),
    ("docker-registry", &["docker-registry"]),
    ("python3", &["python3-venv", "python3-pip"]),
    ("node", &["nodejs"]),
    ("npm", &["npm"]),
];

const RUSTUP_LIMIT: Duration = Duration::from_secs(120);
const REGISTRY_LIMIT: Duration = Duration::from_secs(30);
const ENGINE_START_LIMIT: Duration = Duration::from_secs(30);
const ENGINE_STOP_LIMIT: Duration = Duration::from_secs(20);
const ENGINE_TRIES: u32 = 3;
const ENGINE_REST: Duration = Duration::from_secs(4);

/// Installs what is missing; gives one sentence for each thing that stays missing.
pub fn install_programs() -> Vec<String> {
    let missing: Vec<_> = NEEDS.iter().filter(|(program, _)| !on_path(program)).collect();
    let packages: Vec<&str> = missing.iter().flat_map(|(_, packages)| packages.iter().copied()).collect();
    if !packages.is_empty()
        && apt::may_install()
        && let Err(error) = apt::install(&packages)
    {
        eprintln!("xtask: {error:#}");
    }
    let still = missing.iter().filter(|(program, _)| !on_path(program));
    still.map(|(program, packages)| format!("{program} is missing (Debian: {})", packages.join(" "))).collect()
}

/// True when cargo has the command, after asking rustup for it.
pub fn cargo_has(workspace: &Workspace, command: &str) -> bool {
    let has = || process::succeeds(workspace.cargo().args([command, "--version"]));
    if !has() && on_path("rustup") {
        let component = if command == "fmt" { "rustfmt" } else { command };
        if let Err(error) =
            process::run_within(Command::new("rustup").args(["component", "add", component]), RUSTUP_LIMIT)
        {
            eprintln!("xtask: {error:#}");
        }
    }
    has()
}

/// True when a folder of the path holds `program`.
pub fn on_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Whether plugins in JavaScript can be built here; else why not.
pub fn npm() -> Result<(), String> {
    if !on_path("node") || !on_path("npm") {
        return Err("node or npm is missing (Debian: nodejs npm)".to_owned());
    }
    reaches("npm", &["view", "componentize-qjs", "name"])
}

/// Whether plugins in Python can be built here; else why not.
pub fn pip() -> Result<(), String> {
    if !process::succeeds(Command::new("python3").args(["-c", "import ensurepip, pip, venv"])) {
        return Err("python3 with venv and pip is missing (Debian: python3-venv python3-pip)".to_owned());
    }
    reaches("python3", &["-m", "pip", "index", "versions", "componentize-py"])
}

fn reaches(program: &str, args: &[&str]) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let asked = process::run_within(&mut command, REGISTRY_LIMIT);
    asked.map_err(|error| format!("its package registry cannot be reached from here: {error:#}"))
}

/// An engine that we started; it is stopped when this is dropped.
#[derive(Debug)]
pub struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let ended = process::run(Command::new("kill").arg(self.0.id().to_string()))
            .and_then(|()| process::wait_within(&mut self.0, ENGINE_STOP_LIMIT));
        if !matches!(ended, Ok(Some(_))) {
            eprintln!("xtask: the docker engine that was started for the tests (process {}) did not stop", self.0.id());
        }
    }
}

/// As [`start_engine`], and installs one before when none answers and none is on this machine.
pub fn bring_engine(workspace: &Workspace) -> Result<Option<Engine>> {
    if docker::require_engine().is_err() && !on_path("dockerd") && apt::may_install() {
        apt::install(&["docker.io", "iptables"])?;
    }
    start_engine(workspace)
}

/// Starts an engine when none answers and we are root. `Ok(None)`: one answers already.
pub fn start_engine(workspace: &Workspace) -> Result<Option<Engine>> {
    let Err(none) = docker::require_engine() else { return Ok(None) };
    if !apt::is_root() || !on_path("dockerd") {
        return Err(none);
    }
    let log = workspace.target("dockerd.log");
    eprintln!("xtask: starting a docker engine; its log is {}", log.display());
    let mut started = spawn_engine(&log);
    for _ in 1..ENGINE_TRIES {
        let Err(error) = &started else { break };
        // What a killed engine left behind, its containerd first of all, takes seconds to go.
        eprintln!("xtask: {error:#}; trying again");
        thread::sleep(ENGINE_REST);
        started = spawn_engine(&log);
    }
    started.map(Some)
}

fn spawn_engine(log: &Path) -> Result<Engine> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut dockerd = Command::new("dockerd");
    dockerd.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
    let mut engine = Engine(dockerd.spawn().context("cannot start dockerd")?);
    wait_for(&mut engine, log)?;
    Ok(engine)
}

fn wait_for(engine: &mut Engine, log: &Path) -> Result<()> {
    let end = Instant::now() + ENGINE_START_LIMIT;
    while docker::require_engine().is_err() {
        if let Some(status) = engine.0.try_wait()? {
            bail!("dockerd ended ({status}); its log is {}", log.display());
        }
        if Instant::now() >= end {
            bail!("dockerd does not answer after {} s; its log is {}", ENGINE_START_LIMIT.as_secs(), log.display());
        }
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}
