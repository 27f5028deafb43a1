//! One Redis server.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use super::{Certificates, free_port};

/// How long a server may take to answer, also while it reads a large append-only file.
const START_MAX: Duration = Duration::from_secs(20);
/// How often a start is tried: another process may take the port that was free.
const STARTS_MAX: usize = 5;

/// How a server differs from a plain one.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `requirepass`.
    pub password: Option<String>,
    /// Lines of an ACL file, such as `user foghorn on >secret ~foghorn:* +xadd`.
    pub acl: Vec<String>,
    /// TLS only, with a certificate of its own.
    pub tls: bool,
    /// No append-only file: what it had is gone after a restart.
    pub forgetful: bool,
    /// Further arguments, such as `["--maxmemory", "10mb"]`.
    pub arguments: Vec<String>,
}

/// A running `redis-server`, killed when dropped.
#[derive(Debug)]
pub struct Redis {
    child: Option<Child>,
    directory: TempDir,
    port: u16,
    options: Options,
    certificates: Option<Certificates>,
}

impl Redis {
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(Options::default())
    }

    pub fn start_with(options: Options) -> anyhow::Result<Self> {
        let directory = TempDir::new()?;
        let certificates = options.tls.then(|| Certificates::make(directory.path())).transpose()?;
        let mut server = Self { child: None, directory, port: free_port()?, options, certificates };
        for _ in 1..STARTS_MAX {
            if server.start_again().is_ok() {
                return Ok(server);
            }
            server.port = free_port()?;
        }
        server.start_again()?;
        Ok(server)
    }

    /// `redis://127.0.0.1:PORT` or `rediss://…`, without user, password and database.
    pub fn url(&self) -> String {
        let scheme = if self.options.tls { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The certificate that signed the server's own, for servers with TLS.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.certificates.as_ref().map(|certificates| certificates.ca_file.clone())
    }

    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// `kill -9`; returns when the process is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM; returns when the process is gone.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.signal("TERM")?;
        if let Some(mut child) = self.child.take() {
            child.wait()?;
        }
        Ok(())
    }

    /// Sends a signal by its short name: `STOP` makes a server that hangs, `CONT` goes on.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let Some(pid) = self.pid() else { return Ok(()) };
        let status = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status()?;
        ensure!(status.success(), "kill -{name} {pid}: {status}");
        Ok(())
    }

    /// Starts on the same port with the data of before, and waits until it answers.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        self.kill();
        let log = std::fs::File::options().create(true).append(true).open(self.directory().join("log"))?;
        let child = Command::new("redis-server")
            .args(self.arguments()?)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("redis-server cannot be started")?;
        self.child = Some(child);
        self.wait_until_it_answers()
    }

    /// As if the disk had been lost: same port, no data.
    pub fn wipe_and_start_again(&mut self) -> anyhow::Result<()> {
        self.kill();
        for name in ["appendonlydir", "dump.rdb", "nodes.conf"] {
            let path = self.directory().join(name);
            if path.is_dir() {
                std::fs::remove_dir_all(path)?;
            } else if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        self.start_again()
    }

    /// What `redis-cli` answers to a command, without the final newline.
    pub fn cli(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Some(certificates) = &self.certificates {
            command.arg("--tls").arg("--cacert").arg(&certificates.ca_file);
        }
        if let Some(password) = &self.options.password {
            command.env("REDISCLI_AUTH", password);
        }
        let output = command.args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_string())
    }

    fn arguments(&self) -> anyhow::Result<Vec<String>> {
        let append_only = if self.options.forgetful { "no" } else { "yes" };
        let mut all = vec!["--bind".into(), "127.0.0.1".into(), "--dir".into()];
        all.push(self.directory().display().to_string());
        all.extend(["--save", "", "--appendonly", append_only, "--appendfsync", "everysec"].map(String::from));
        all.extend(["--maxmemory-policy", "noeviction"].map(String::from));
        let port = self.port.to_string();
        match &self.certificates {
            None => all.extend(["--port".into(), port]),
            Some(certificates) => {
                all.extend(["--port".into(), "0".into(), "--tls-port".into(), port]);
                all.extend(certificates.arguments());
            }
        }
        if let Some(password) = &self.options.password {
            all.extend(["--requirepass".into(), password.clone()]);
        }
        if !self.options.acl.is_empty() {
            let path = self.directory().join("users.acl");
            std::fs::write(&path, self.options.acl.join("\n") + "\n")?;
            all.extend(["--aclfile".into(), path.display().to_string()]);
        }
        all.extend(self.options.arguments.iter().cloned());
        Ok(all)
    }

    fn wait_until_it_answers(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START_MAX {
            if let Some(status) = self.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                self.child = None;
                let log = std::fs::read_to_string(self.directory().join("log")).unwrap_or_default();
                bail!("redis-server on port {} ended with {status}: {log}", self.port);
            }
            if self.answers() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("redis-server on port {} does not answer within {START_MAX:?}", self.port)
    }

    /// Whether it answers, and has read its data. A server with TLS is only asked to accept.
    fn answers(&self) -> bool {
        let Ok(mut socket) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else { return false };
        if self.options.tls {
            return true;
        }
        let mut answer = [0; 128];
        let asked = socket.set_read_timeout(Some(Duration::from_secs(1))).and_then(|()| socket.write_all(b"PING\r\n"));
        match asked.and_then(|()| socket.read(&mut answer)) {
            Ok(length) => ["+PONG", "-NOAUTH"].iter().any(|begin| answer[..length].starts_with(begin.as_bytes())),
            Err(_) => false,
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
