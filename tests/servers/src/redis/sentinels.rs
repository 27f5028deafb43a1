//! A master, a replica, and one sentinel that watches them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::bail;
use tempfile::TempDir;

use super::{Options, Redis, free_port};

const READY_MAX: Duration = Duration::from_secs(30);

/// The sentinel calls the master `main`, and takes it for dead after a second.
#[derive(Debug)]
pub struct Sentinels {
    pub master: Redis,
    pub replica: Redis,
    sentinel: Child,
    port: u16,
    _directory: TempDir,
}

impl Sentinels {
    pub fn start() -> anyhow::Result<Self> {
        let master = Redis::start()?;
        let of = ["--replicaof".to_string(), format!("127.0.0.1 {}", master.port())];
        let replica = Redis::start_with(Options { arguments: of.to_vec(), ..Options::default() })?;
        let directory = TempDir::new()?;
        let port = free_port()?;
        let sentinel = sentinel(directory.path(), port, master.port())?;
        let all = Self { master, replica, sentinel, port, _directory: directory };
        all.wait_until_the_replica_is_known()?;
        Ok(all)
    }

    /// `redis+sentinel://127.0.0.1:PORT/main`
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/main", self.port)
    }

    /// The port of the server that the sentinel takes for the master.
    pub fn master_port(&self) -> Option<u16> {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"])
            .output()
            .ok()?;
        String::from_utf8_lossy(&output.stdout).lines().nth(1)?.trim().parse().ok()
    }

    fn wait_until_the_replica_is_known(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < READY_MAX {
            let known = Command::new("redis-cli")
                .args(["-p", &self.port.to_string(), "SENTINEL", "REPLICAS", "main"])
                .output()
                .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("127.0.0.1"));
            let linked = self.replica.cli(&["INFO", "replication"])?.contains("master_link_status:up");
            if known && linked {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the sentinel does not know the replica within {READY_MAX:?}")
    }
}

fn sentinel(directory: &Path, port: u16, master_port: u16) -> anyhow::Result<Child> {
    let configuration = directory.join("sentinel.conf");
    std::fs::write(
        &configuration,
        format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor main 127.0.0.1 {master_port} 1\n\
             sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 3000\n",
            directory.display()
        ),
    )?;
    let log = std::fs::File::create(directory.join("log"))?;
    let mut command = Command::new("redis-server");
    command.arg(configuration).arg("--sentinel").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn()?)
}

impl Drop for Sentinels {
    fn drop(&mut self) {
        let _ = self.sentinel.kill();
        let _ = self.sentinel.wait();
    }
}
