//! How the dashboard reads the host.
//!
//! The dashboard knows nothing of the host: it declares what it must be able to ask, and the host answers out of its store.
//! Each page is made from at most three calls, and each call is told how many rows the page can show, so that no read grows
//! with what is stored. What changes something is in `control`.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::view::{
    Alert, AlertCard, AlertQuery, Container, ContainerCard, Delivery, Listing, Log, LogPlace, ModelReport, ModelRow,
    Mute, Plugins, Status, System, Templates, Time, Trend, Window,
};

/// What the dashboard asks of the host.
///
/// Calls may block: the dashboard makes them on the blocking pool of tokio, a bounded number at once, and draws every row of the answer. `Ok(None)` means that there is no such thing, and becomes a page that says so.
pub trait Source: Send + Sync + 'static {
    /// How the host itself is doing. Cheap: health checks ask it every few seconds.
    fn status(&self) -> Result<Status, ReadError>;

    /// Alerts that are open, the worst severity first and the newest first within it.
    fn open_alerts(&self, limit: usize) -> Result<Listing<AlertCard>, ReadError>;

    /// The alerts that are asked for, the highest id first. Ids rise with time.
    /// The total counts all of them, those from `before` on too.
    fn alerts(&self, query: &AlertQuery, limit: usize) -> Result<Listing<AlertCard>, ReadError>;

    /// One alert with all that is known of it, at most `lines_limit` lines of its window.
    fn alert(&self, id: u64, lines_limit: usize) -> Result<Option<Alert>, ReadError>;

    /// Every container known, by identity.
    fn containers(&self, limit: usize) -> Result<Listing<ContainerCard>, ReadError>;

    /// One container; at most `limit` of each of its windows, cycles, open alerts and others, the newest first.
    fn container(&self, identity: &str, limit: usize) -> Result<Option<Container>, ReadError>;

    /// One window of a container, at most `lines_limit` lines of it.
    fn window(&self, identity: &str, id: u64, lines_limit: usize) -> Result<Option<Window>, ReadError>;

    /// The scores and lines of a container over a span of time, in at most `steps` steps.
    fn trend(&self, identity: &str, from: Time, until: Time, steps: usize) -> Result<Option<Trend>, ReadError>;

    /// At most `limit` lines of a container; those that hold `search`, whatever their case, where it is not empty.
    fn log(&self, identity: &str, place: LogPlace, search: &str, limit: usize) -> Result<Option<Log>, ReadError>;

    /// What a container says, grouped by template, at most `limit` of them.
    fn templates(&self, identity: &str, limit: usize) -> Result<Option<Templates>, ReadError>;

    /// The models of all containers, by identity.
    fn models(&self, limit: usize) -> Result<Listing<ModelRow>, ReadError>;

    /// The models of one container. Reads many windows and lines: not for a page that is reloaded often.
    fn model(&self, identity: &str) -> Result<Option<ModelReport>, ReadError>;

    /// What the host runs on, in figures.
    fn system(&self) -> Result<System, ReadError>;

    /// All plugins, and who uses which; at most `limit` containers, which is 0 where only the plugins are wanted.
    fn plugins(&self, limit: usize) -> Result<Plugins, ReadError>;

    /// Notices of all alerts, the newest first.
    fn deliveries(&self, limit: usize) -> Result<Vec<Delivery>, ReadError>;

    /// Silence that people asked for and that lasts.
    fn mutes(&self) -> Result<Vec<Mute>, ReadError>;

    /// The figures of the host in the text format of Prometheus or, ending in `# EOF`, in that of OpenMetrics: base units,
    /// containers by identity.
    fn metrics(&self) -> Result<String, ReadError>;

    /// Tells of every change from now on. A receiver that falls behind may miss some: the dashboard then takes
    /// everything as changed. Dropping the sender ends all event streams, which a graceful end of the server waits for.
    fn subscribe(&self) -> broadcast::Receiver<Change>;
}

/// Something that a page may show has changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// An alert was opened, updated or resolved.
    Alerts,
    /// A container came, went, or changed its state.
    Containers,
    /// This container has a new window, score or cycle.
    Container(Arc<str>),
    /// This container wrote lines.
    Lines(Arc<str>),
    /// A plugin came, went or was quarantined, another one serves somewhere, or a candidate has scored.
    Plugins,
}

/// A read that failed. Its text goes to the log; the browser sees a sentence without details.
#[derive(Debug, thiserror::Error)]
#[error("{context}: {cause}")]
pub struct ReadError {
    context: &'static str,
    #[source]
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl ReadError {
    /// `context` says what was being read, in lowercase: `reading open alerts`.
    pub fn new(context: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { context, cause: cause.into() }
    }
}
