//! Redis servers on loopback, alone, as a cluster, behind a sentinel, with TLS.
//!
//! Each server has a free port and a directory of its own, keeps an append-only file like a server that people care about,
//! and ends when it is dropped. Left out: reading and writing; tests bring a client, or ask `redis-cli` (`Redis::cli`).

mod certificates;
mod cluster;
mod proxy;
mod sentinels;
mod server;

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

pub use certificates::Certificates;
pub use cluster::Cluster;
pub use proxy::Proxy;
pub use sentinels::Sentinels;
pub use server::{Options, Redis};

/// Whether Redis is installed here. Tests that need it say so and pass where it is not.
pub fn available() -> bool {
    ["redis-server", "redis-cli"].iter().all(|program| {
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    })
}

/// A port that nobody listens on at the moment.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
