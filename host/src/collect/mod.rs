//! Collects the logs of the engine's containers into their streams.
//!
//! Why its own module: what the engine sends is not what a container wrote. Lines come in pieces, twice, out of order between
//! outputs, coloured, with secrets in them. Everything behind this module sees clean lines, each once.
//!
//! Promises:
//! - Every line of a container is appended once, in the order of its output, across our end (also `kill -9`), the engine's
//!   restart and a recreated container, as long as the engine gives it out: lines and cursor are saved in one write.
//! - Nothing is appended before secrets are masked (`secrets`) and the text is safe to show (`clean`).
//! - The engine and its files are only read (`engine`, `files`).
//! - Everything is bounded; a slow stream stops the reading of that container, and the engine's log is the buffer.
//!
//! Left out: Swarm's names.
//!
//! Pure and tested without an engine: `stamp`, `join`, `cursor`, `clean`, `trace`, `secrets`, `assemble`, `facts`. The rim:
//! `engine`, `files`, `pump`, `follow`, `write`, `ledger`, `watch`.

mod assemble;
mod backoff;
mod clean;
mod cursor;
mod engine;
mod facts;
mod files;
mod follow;
mod happening;
mod join;
mod ledger;
mod prepare;
mod pump;
mod secrets;
mod stamp;
mod trace;
mod watch;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::identity::Identity;
use crate::memory::Memory;
use crate::stream::Stream;
pub use clean::clean;
pub use engine::{API_VERSION_MIN, DEFAULT_ENDPOINT, Engine, EngineError, EngineInfo};
pub use files::{LogFiles, Way, record};
pub use happening::{Happening, What};
pub use prepare::prepare;
pub use secrets::mask;

/// A line, or a stack trace, is cut behind this.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// Notices that wait for the run loop; when it is full, containers wait.
const NOTICES_MAX: usize = 1024;

type NoticeSender = mpsc::Sender<Notice>;

/// What is read, and under which names.
#[derive(Debug, Clone)]
pub struct Settings {
    /// First part of every identity; the engine's host name when `None`.
    pub host: Option<String>,
    /// How far back the log of a container is read that was never read before. Default: 24 hours.
    pub range: Duration,
    /// Only containers labelled `foghorn.enable=true`. Default: no.
    pub labelled_only: bool,
    /// Names, or ids from 12 characters on, of containers that are not read.
    pub skipped: Vec<String>,
    /// Id of the container that this process runs in; found out when `None`.
    pub own_container: Option<String>,
    /// At most so many containers are read at once. Default: 1000.
    pub containers_max: usize,
    /// Where the engine's log files are looked for. Default: where it says that they are.
    pub log_files: LogFiles,
    /// Whom readings ask for room. Default: as much as there is.
    pub memory: Memory,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: None,
            range: Duration::from_secs(24 * 3600),
            labelled_only: false,
            skipped: Vec::new(),
            own_container: None,
            containers_max: 1000,
            log_files: LogFiles::default(),
            memory: Memory::default(),
        }
    }
}

/// What the run loop is told, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The engine answers, or why it does not. Sent when that changes.
    Engine(Result<EngineInfo, EngineError>),
    /// A container was seen, or its state has changed.
    Seen { identity: Identity, container: ContainerInfo },
    /// How its log is read from now on.
    Way { identity: Identity, way: Way },
    /// Something was written that could not be read: one sentence in lowercase.
    Gap { identity: Identity, text: String },
    /// The engine told of a container beside its log.
    Happened { identity: Identity, happening: Happening },
    /// Lines were appended (`caught_up` false), or the log that the engine had stored was read to its end (true; once for each
    /// container that is read, also when it has no lines).
    Collected {
        identity: Identity,
        /// One more than the number of the last line; `None` when this reading has appended nothing yet, or the stream did not
        /// say: then ask the stream.
        end_seq: Option<u64>,
        caught_up: bool,
    },
}

/// A container as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerInfo {
    pub id: String,
    pub name: String,
    pub image: String,
    /// The engine's id of that image.
    pub image_id: String,
    /// What must have happened to it, as far as its state tells.
    pub happened: Vec<Happening>,
    pub driver: String,
    pub tty: bool,
    pub state: ReadState,
    /// Labels that begin with `foghorn.`, and no others.
    pub labels: BTreeMap<String, String>,
}

/// Whether a container's log is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadState {
    Running,
    Stopped,
    /// Removed from the engine.
    Gone,
    /// Not wanted.
    Ignored {
        reason: String,
    },
    /// Wanted, and not possible until somebody does something.
    Unreadable {
        reason: String,
    },
}

/// Reads all wanted containers.
pub struct Collector {
    watch: watch::Watch,
}

impl Collector {
    /// The collector and what it tells. Notices must be received: when `NOTICES_MAX` wait, reading stops.
    pub fn new(settings: Settings, engine: Engine, stream: Arc<dyn Stream>) -> (Self, mpsc::Receiver<Notice>) {
        let (sender, notices) = mpsc::channel(NOTICES_MAX);
        (Self { watch: watch::Watch::new(settings, engine, stream, sender) }, notices)
    }

    /// Runs until `shutdown`. An engine that is not there, or goes away, is waited for. When this returns, nothing is in flight.
    pub async fn run(self, shutdown: CancellationToken) {
        self.watch.run(shutdown).await;
    }
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}
