//! InfluxDB 1.x on loopback: the real `influxd`, alone in a directory of its own, that tests may kill, wipe and start again.
//!
//! It keeps its address through restarts. Its ports lie below those that the kernel gives to connections, so that nobody
//! takes them while it is down. Left out: InfluxDB 2 (`influx2` is a stand-in for that).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

/// User and password of those that are there with [`Options::auth`].
pub const ADMIN: (&str, &str) = ("admin", "admin's secret");
pub const READER: (&str, &str) = ("reader", "reader's secret");
pub const WRITER: (&str, &str) = ("writer", "writer's secret");

const DATABASE: &str = "foghorn";
const START_WITHIN: Duration = Duration::from_secs(30);

/// Whether `influxd` is installed. Says so where it is not, for the test that is then left out.
pub fn available() -> bool {
    let found = Command::new("influxd").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let available = found.is_ok_and(|status| status.success());
    if !available {
        println!("influxd is not installed: tests with a real InfluxDB 1.x are left out");
    }
    available
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Asks for user and password: [`ADMIN`] may do all, [`READER`] may only read, [`WRITER`] may only write.
    pub auth: bool,
    /// How long the database keeps points, such as `1h`; for ever where it is not given.
    pub retention: Option<String>,
    /// Largest body of a write, bytes; the server's default is 25 MB.
    pub body_bytes_max: Option<usize>,
    /// Answers over TLS alone, with a certificate of its own (`ca_file`). `query`, `write` and what starts anew are for plain
    /// servers.
    pub tls: bool,
}

/// A running server. Killed when it is dropped.
#[derive(Debug)]
pub struct Influx {
    dir: TempDir,
    options: Options,
    port: u16,
    rpc_port: u16,
    /// The database is made before.
    speaks_tls: bool,
    /// `None` while it is down.
    child: Option<Child>,
}

impl Influx {
    pub fn start() -> Result<Self> {
        Self::start_with(Options::default())
    }

    pub fn start_with(options: Options) -> Result<Self> {
        let (dir, port, rpc_port) = (TempDir::new()?, free_port()?, free_port()?);
        let mut server = Self { dir, options, port, rpc_port, speaks_tls: false, child: None };
        server.start_again()?;
        server.create()?;
        if server.options.tls {
            server.speak_tls()?;
        }
        Ok(server)
    }

    pub fn url(&self) -> String {
        let scheme = if self.speaks_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address())
    }

    /// Whom to trust for [`Options::tls`].
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("certificate.pem")
    }

    pub fn database(&self) -> &'static str {
        DATABASE
    }

    /// The process, for measurements.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// SIGKILL: what it was writing stays half done.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// SIGTERM, and waits until it is gone.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            Command::new("kill").arg(child.id().to_string()).status()?;
            child.wait()?;
        }
        Ok(())
    }

    /// At the same address, with what it had.
    pub fn start_again(&mut self) -> Result<()> {
        self.kill()?;
        let config = self.dir.path().join("influxd.conf");
        fs::write(&config, self.config())?;
        let log = fs::File::options().create(true).append(true).open(self.dir.path().join("influxd.log"))?;
        let mut influxd = Command::new("influxd");
        influxd.arg("-config").arg(&config).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(influxd.spawn().context("influxd cannot be started")?);
        self.wait()
    }

    /// At the same address, with an empty database.
    pub fn wipe_and_start_again(&mut self) -> Result<()> {
        self.kill()?;
        fs::remove_dir_all(self.dir.path().join("data"))?;
        self.start_again()?;
        self.create()
    }

    /// Runs InfluxQL as administrator; the answer as CSV with times in nanoseconds.
    pub fn query(&self, influxql: &str) -> Result<String> {
        let path = format!("/query?db={DATABASE}&epoch=ns&q={}", encoded(influxql));
        let (status, body) = self.post(&path, b"")?;
        ensure!(status == 200, "influxd answers {status} to {influxql}: {body}");
        Ok(body)
    }

    /// Writes line protocol as administrator.
    pub fn write(&self, body: &[u8]) -> Result<()> {
        let (status, answer) = self.post(&format!("/write?db={DATABASE}&precision=ns"), body)?;
        ensure!(status == 204, "influxd answers {status}: {answer}");
        Ok(())
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn config(&self) -> String {
        let data = self.dir.path().join("data");
        let at = |part: &str| data.join(part).display().to_string();
        let body_bytes_max = self.options.body_bytes_max.map(|max| format!("max-body-size = {max}\n"));
        format!(
            "reporting-enabled = false\nbind-address = \"127.0.0.1:{}\"\n[meta]\ndir = {:?}\n[data]\ndir = {:?}\n\
             wal-dir = {:?}\nquery-log-enabled = false\n[monitor]\nstore-enabled = false\n[http]\n\
             bind-address = \"{}\"\nlog-enabled = false\nauth-enabled = {}\nhttps-enabled = {}\n\
             https-certificate = {:?}\nhttps-private-key = {:?}\n{}",
            self.rpc_port,
            at("meta"),
            at("data"),
            at("wal"),
            self.address(),
            self.options.auth,
            self.speaks_tls,
            self.ca_file(),
            self.key_file(),
            body_bytes_max.unwrap_or_default(),
        )
    }

    fn key_file(&self) -> PathBuf {
        self.dir.path().join("key.pem")
    }

    fn speak_tls(&mut self) -> Result<()> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        fs::write(self.ca_file(), made.cert.pem())?;
        fs::write(self.key_file(), made.signing_key.serialize_pem())?;
        self.speaks_tls = true;
        self.start_again()
    }

    fn wait(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_WITHIN;
        while !self.answers() {
            if let Some(status) = self.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                bail!("influxd ended with {status}: {}", tail(&self.dir.path().join("influxd.log")));
            }
            ensure!(Instant::now() < deadline, "influxd does not answer within {START_WITHIN:?}");
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn answers(&self) -> bool {
        if self.speaks_tls {
            return TcpStream::connect(self.address()).is_ok();
        }
        request(&self.address(), "GET", "/ping", None, b"").is_ok()
    }

    /// Users and database. The first user is made without being asked for a password.
    fn create(&self) -> Result<()> {
        let user = |(name, password): (&str, &str)| format!("CREATE USER {name} WITH PASSWORD {}", quoted(password));
        if self.options.auth {
            self.query(&format!("{} WITH ALL PRIVILEGES", user(ADMIN)))?;
        }
        let duration = self.options.retention.as_ref().map(|retention| format!(" WITH DURATION {retention}"));
        self.query(&format!("CREATE DATABASE {DATABASE}{}", duration.unwrap_or_default()))?;
        if self.options.auth {
            for (who, right) in [(READER, "READ"), (WRITER, "WRITE")] {
                self.query(&user(who))?;
                self.query(&format!("GRANT {right} ON {DATABASE} TO {}", who.0))?;
            }
        }
        Ok(())
    }

    fn post(&self, path: &str, body: &[u8]) -> Result<(u16, String)> {
        let login = self.options.auth.then_some(ADMIN);
        let path = match login {
            Some((name, password)) => format!("{path}&u={name}&p={}", encoded(password)),
            None => path.to_owned(),
        };
        request(&self.address(), "POST", &path, Some("application/csv"), body)
    }
}

impl Drop for Influx {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// A string in InfluxQL.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

/// One request over HTTP/1.0, so that the answer is one piece that ends with the connection.
fn request(address: &str, method: &str, path: &str, accept: Option<&str>, body: &[u8]) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let accept = accept.map(|accept| format!("Accept: {accept}\r\n")).unwrap_or_default();
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {address}\r\n{accept}Content-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no end of its head")?;
    let status = head.split(' ').nth(1).context("the answer has no status")?;
    Ok((status.parse()?, body.to_owned()))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A port on which nobody listens now. Each call of a process tries others, and processes begin far from each other.
fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    for _ in 0..COUNT {
        let turn = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + (std::process::id().wrapping_mul(257) % COUNT + turn) % COUNT;
        let port = u16::try_from(port).context("ports end at 65535")?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().rev().take(3).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_its_points_through_a_kill_and_loses_them_when_wiped() {
        if !available() {
            return;
        }
        let mut server = Influx::start().unwrap();
        let url = server.url();
        server.write(b"m,tag=a value=7i 1\n").unwrap();
        server.kill().unwrap();
        assert!(server.query("SELECT value FROM m").is_err(), "it is down");
        server.start_again().unwrap();
        assert_eq!(server.query("SELECT value FROM m").unwrap().lines().nth(1), Some("m,,1,7"));
        server.stop().unwrap();
        server.wipe_and_start_again().unwrap();
        assert_eq!(server.query("SELECT value FROM m").unwrap(), "");
        assert_eq!(server.url(), url);
    }

    #[test]
    fn users_and_retention_are_as_asked_for() {
        if !available() {
            return;
        }
        let options = Options { auth: true, retention: Some("1h".into()), ..Options::default() };
        let server = Influx::start_with(options).unwrap();
        let users = server.query("SHOW USERS").unwrap();
        assert!(users.contains("admin,true") && users.contains("reader,false") && users.contains("writer,false"));
        let refused = server.write(b"m value=7i 1\n").unwrap_err().to_string();
        assert!(refused.contains("beyond retention policy"), "{refused}");
    }
}
