//! InfluxDB: lines, windows, alerts and cycles as measurements, over the v1 and the v2 API. The only home of its clients.
//!
//! Promises:
//! - No two lines are ever one point, and the same line is always the same point, however often it is sent (`stamp`).
//! - What a server refuses for good is kept in a file with the reason (`rejected`), and the rest of its body is stored
//!   (`bisect`).
//! - A server that is away is told from one that refuses, and an error names the cure; no error holds a secret (`http`).
//! - Bounds: a body 8 MiB, an answer 64 MiB, a request a minute, refused points 128 MiB.
//!
//! `schema` has the names, docs/INFLUXDB.md explains them. `protocol` writes points; `lines`, `windows`, `trainings` and
//! `alerts` say how each kind is one. A `Dialect` is one API. `sink` and `history` are what Foghorn sees.
//!
//! Left out: making databases and users, deleting, retention (the server's own is better), and reading alerts back.

mod alerts;
mod bisect;
mod detect;
mod dialect;
mod find;
mod history;
mod http;
mod key;
mod lines;
mod marker;
mod open;
mod pages;
mod protocol;
mod records;
mod rejected;
mod schema;
mod sink;
mod stamp;
mod tag;
mod text;
mod trainings;
mod v1;
mod v2;
mod windows;
mod write;

#[cfg(test)]
mod tests;

use tokio::sync::OnceCell;

use dialect::Dialect;
use marker::Marker;
use open::Access;
use rejected::Rejected;

/// One server and one database or bucket in it.
#[derive(Debug)]
pub struct Influx {
    access: Access,
    /// Found out at first use.
    dialect: OnceCell<Box<dyn Dialect>>,
    /// Tag `store`.
    store: String,
    batch_lines: usize,
    marker: Marker,
    rejected: Rejected,
}

impl Influx {
    /// Points that the server refused since the start, and that were set aside.
    pub fn rejected_points(&self) -> u64 {
        self.rejected.points()
    }
}
