//! A registry on loopback: the real `docker-registry` (CNCF Distribution), alone in a directory of its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

const START_WITHIN: Duration = Duration::from_secs(20);
/// Another process may take the port that was free.
const STARTS_MAX: usize = 5;

/// Whether `docker-registry` is installed. Says so where it is not, for the test that is then left out.
pub fn available() -> bool {
    let found = Command::new("docker-registry").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let available = found.is_ok_and(|status| status.success());
    if !available {
        println!("skipped: docker-registry is not installed (Debian: docker-registry)");
    }
    available
}

/// User and password of a registry with a login, and their line for `htpasswd`: Distribution takes bcrypt alone.
pub const LOGIN: (&str, &str) = ("me", "secret");
const HTPASSWD: &str = "me:$2b$04$JDzy2CuiyZ3Rd8OwRAE9o.bP91vxPrFJdftXYojBn31DOo5kIQYPS\n";

/// A running registry. Killed when it is dropped.
#[derive(Debug)]
pub struct Registry {
    child: Child,
    port: u16,
    dir: TempDir,
}

impl Registry {
    /// With `login`, only [`LOGIN`] may read and write.
    pub fn start(login: bool) -> Result<Self> {
        for _ in 1..STARTS_MAX {
            if let Ok(registry) = Self::try_start(login) {
                return Ok(registry);
            }
        }
        Self::try_start(login)
    }

    /// `127.0.0.1:PORT`, as references are written.
    pub fn name(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn try_start(login: bool) -> Result<Self> {
        let dir = TempDir::new()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let (root, htpasswd) = (dir.path().join("data"), dir.path().join("htpasswd"));
        fs::write(&htpasswd, HTPASSWD)?;
        let auth = match login {
            true => format!("auth: {{htpasswd: {{realm: test, path: '{}'}}}}\n", htpasswd.display()),
            false => String::new(),
        };
        let config = dir.path().join("config.yml");
        fs::write(
            &config,
            format!(
                "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: '{}'}}}}\n\
                 http: {{addr: '127.0.0.1:{port}'}}\n{auth}",
                root.display()
            ),
        )?;
        let log = File::create(dir.path().join("log"))?;
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("docker-registry cannot be started")?;
        let mut registry = Self { child, port, dir };
        registry.wait_until_it_answers()?;
        Ok(registry)
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
                bail!("docker-registry ended with {status}: {log}");
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(10));
        }
        bail!("docker-registry does not answer within {START_WITHIN:?}")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
