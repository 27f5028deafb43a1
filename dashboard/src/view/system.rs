//! What the host runs on, and how much it has to do.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Status, Time};

/// The host in figures.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct System {
    pub status: Status,
    /// Resident memory of the process; `None` where the system does not tell.
    pub memory_bytes: Option<u64>,
    /// Most that it is to take; `None` where there is no limit.
    pub memory_limit_bytes: Option<u64>,
    /// Whether it is so near the limit that reading waits.
    pub memory_is_short: bool,
    /// Linear memory of all plugin instances, which is part of it.
    pub plugin_memory_bytes: u64,
    pub store: StoreFigures,
    /// Redis and InfluxDB, where they are configured.
    pub servers: Vec<ServerFigures>,
    pub containers: u64,
    /// Lines a second, over the last minutes.
    pub lines_per_second: f64,
    /// Lines that are collected and not scored yet; those of containers that still learn are not waited for.
    pub lines_waiting: u64,
    /// The container that is behind the most, and since when its oldest line waits.
    pub furthest_behind: Option<Behind>,
    /// Lines that had to go before they were scored.
    pub lines_dropped: u64,
    /// Notices that wait to be sent, and those that were given up.
    pub notices_waiting: u64,
    pub notices_failed: u64,
    pub alerts_open: u64,
}

/// The embedded store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct StoreFigures {
    pub lines: u64,
    pub windows: u64,
    pub used_bytes: u64,
    /// Most bytes of lines that are kept.
    pub lines_bytes_max: u64,
    /// Free space of its file system; `None` where the system does not tell.
    pub disk_free_bytes: Option<u64>,
}

/// A server that is fed from the spool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServerFigures {
    pub name: String,
    pub good: bool,
    pub detail: String,
    /// What waits for it.
    pub lines_waiting: u64,
    /// Lines that had to go before it could take them, ever.
    pub lines_missed: u64,
}

/// A container whose lines wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Behind {
    pub identity: String,
    pub lines: u64,
    pub last_line: Time,
}
