//! A Docker engine beside the machine's, with nothing in common with it: tests end it and start it again.
//!
//! Containers outlive it (`--live-restore`), as on a host whose engine is updated. They have no network.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

/// How long an engine may take to answer.
const START_MAX: Duration = Duration::from_secs(30);

/// A running `dockerd`. Containers still there when it is dropped are removed, and it ends.
#[derive(Debug)]
pub struct Engine {
    directory: TempDir,
    daemon: Child,
}

impl Engine {
    /// Starts one that has these images, taken from the machine's engine.
    pub fn start(images: &[&str]) -> anyhow::Result<Self> {
        let directory = TempDir::new()?;
        let daemon = spawn(&directory)?;
        let engine = Self { directory, daemon };
        engine.answers()?;
        let archive = engine.path("images.tar");
        run(Command::new("docker").arg("save").arg("--output").arg(&archive).args(images))?;
        run(engine.command().arg("load").arg("--input").arg(&archive))?;
        std::fs::remove_file(archive)?;
        Ok(engine)
    }

    /// As `DOCKER_HOST` takes it.
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.path("sock").display())
    }

    /// Runs `docker` on it and gives what it printed on both outputs.
    pub fn docker(&self, args: &[&str]) -> anyhow::Result<String> {
        run(self.command().args(args))
    }

    /// Ends it, lets it be away for a while, and starts it again. Containers go on.
    pub fn restart(&mut self, away: Duration) -> anyhow::Result<()> {
        self.end()?;
        thread::sleep(away);
        self.daemon = spawn(&self.directory)?;
        self.answers()
    }

    fn command(&self) -> Command {
        let mut docker = Command::new("docker");
        docker.arg("--host").arg(self.endpoint());
        docker
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn answers(&self) -> anyhow::Result<()> {
        let until = Instant::now() + START_MAX;
        while Instant::now() < until {
            if self.docker(&["version"]).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(200));
        }
        let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let end: Vec<_> = log.lines().rev().take(5).collect();
        bail!("a second engine does not start here: {}", end.join("\n"))
    }

    fn end(&mut self) -> anyhow::Result<()> {
        run(Command::new("kill").arg(self.daemon.id().to_string()))?;
        self.daemon.wait()?;
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let left = self.docker(&["ps", "--all", "--quiet"]).unwrap_or_default();
        if !left.is_empty() {
            let ids: Vec<&str> = left.split_whitespace().collect();
            let _ = self.docker(&[&["rm", "--force", "--volumes"][..], &ids].concat());
        }
        let _ = self.end();
    }
}

fn spawn(directory: &TempDir) -> anyhow::Result<Child> {
    let path = |name: &str| directory.path().join(name);
    let log = std::fs::File::options().create(true).append(true).open(path("log"))?;
    let mut daemon = Command::new("dockerd");
    daemon.arg("--data-root").arg(path("data")).arg("--exec-root").arg(path("exec")).arg("--pidfile").arg(path("pid"));
    daemon.arg("--host").arg(format!("unix://{}", path("sock").display()));
    daemon.args(["--bridge=none", "--iptables=false", "--ip-masq=false", "--live-restore"]);
    daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("dockerd cannot be started")
}

fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {command:?}"))?;
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    ensure!(output.status.success(), "{command:?} failed ({}): {}", output.status, text.trim());
    Ok(text.trim_end().to_owned())
}
