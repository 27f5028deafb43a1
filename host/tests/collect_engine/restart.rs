//! An engine of our own that ends and comes back while containers are read.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use foghorn::collect::{Engine, LogFiles, ReadState, Settings};
use foghorn::identity::Identity;
use foghorn::line::Output;
use tempfile::TempDir;

use crate::docker::HOST;
use crate::memory::Memory;
use crate::session::{self, Session};
use crate::{assert_same, needs_engine, numbers};

/// A `dockerd` beside the machine's, with nothing in common with it.
struct Own {
    dir: TempDir,
    daemon: Child,
}

impl Own {
    /// `None`, after saying so, where none can be started here.
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let daemon = spawn(&dir)?;
        let own = Self { dir, daemon };
        if !own.answers() {
            eprintln!("skipped: a second engine does not start here: {}", own.log());
            return None;
        }
        let image = own.path("image.tar");
        assert!(Command::new("docker").args(["save", "-o"]).arg(&image).arg("lt/logsmith").status().unwrap().success());
        own.docker(&["load", "-i", image.to_str().unwrap()]);
        Some(own)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn endpoint(&self) -> String {
        format!("unix://{}", self.path("sock").display())
    }

    fn docker(&self, args: &[&str]) {
        let output = Command::new("docker").arg("-H").arg(self.endpoint()).args(args).output().unwrap();
        assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn answers(&self) -> bool {
        (0..150).any(|_| {
            std::thread::sleep(Duration::from_millis(200));
            let mut version = Command::new("docker");
            version.arg("-H").arg(self.endpoint()).arg("version").stdout(Stdio::null()).stderr(Stdio::null());
            version.status().is_ok_and(|status| status.success())
        })
    }

    fn end(&mut self) {
        let _ = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let _ = self.daemon.wait();
    }

    fn restart(&mut self) {
        self.end();
        std::thread::sleep(Duration::from_secs(2));
        self.daemon = spawn(&self.dir).unwrap();
        assert!(self.answers(), "{}", self.log());
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().rev().take(5).collect::<Vec<_>>().join("\n")
    }
}

fn spawn(dir: &TempDir) -> Option<Child> {
    let path = |name: &str| dir.path().join(name);
    let log = std::fs::File::options().create(true).append(true).open(path("log")).unwrap();
    let mut daemon = Command::new("dockerd");
    daemon.arg("--data-root").arg(path("data")).arg("--exec-root").arg(path("exec")).arg("--pidfile").arg(path("pid"));
    daemon.arg("--host").arg(format!("unix://{}", path("sock").display()));
    daemon.args(["--bridge=none", "--iptables=false", "--ip-masq=false", "--live-restore"]);
    let begun = daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
    begun.inspect_err(|error| eprintln!("skipped: dockerd cannot be started: {error}")).ok()
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut remove = Command::new("docker");
        remove.arg("-H").arg(self.endpoint()).args(["rm", "-f", "steady"]).stdout(Stdio::null()).stderr(Stdio::null());
        let _ = remove.status();
        self.end();
    }
}

/// Reads a container over two restarts of the engine, one after the other.
async fn is_read_on(log_files: LogFiles, rotation: &[&str]) {
    let Some(mut own) = Own::start() else { return };
    let args = ["run", "-d", "--network", "none", "--name", "steady", "--label", "foghorn.enable=true"];
    let logsmith = ["lt/logsmith", "--lines", "20000", "--rate", "1000", "--sleep-after", "60000"];
    own.docker(&[&args[..], rotation, &logsmith[..]].concat());
    let stream = Memory::new();
    let settings = Settings { log_files, ..session::labelled_only() };
    let session = Session::start_with(&stream, settings, Engine::new(Some(&own.endpoint())).unwrap());
    let identity = Identity::of_name(HOST, "steady");
    session.until_all(|| stream.count(&identity).min(3_000), 3_000).await;
    let own = tokio::task::spawn_blocking(move || {
        own.restart();
        std::thread::sleep(Duration::from_secs(3));
        own.restart();
        own
    });
    let own = own.await.unwrap();
    session.until_all(|| stream.count(&identity).min(20_000), 20_000).await;
    session.quiet().await;
    assert_same(&stream.numbers(&identity, Output::Stdout), &numbers(1, 20_000), "stdout");
    let kill = tokio::task::spawn_blocking(move || {
        own.docker(&["kill", "steady"]);
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
