//! A source and a control in memory, for the tests and for the preview.

use std::sync::Arc;

use foghorn_dashboard::view::*;
use foghorn_dashboard::{Change, ReadError, Source};
use tokio::sync::broadcast;

mod control;
mod history;
mod models;
mod plugins;
mod shop;

pub(crate) use control::FakeControl;
use history::trend_of;
use models::{model_row, redis};

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;

/// Answers with whatever it holds.
pub(crate) struct Fake {
    pub(crate) now: Time,
    pub(crate) host: String,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) containers: Vec<Container>,
    pub(crate) checks: Vec<Check>,
    pub(crate) servers: Vec<ServerFigures>,
    pub(crate) windows: Vec<(String, Window)>,
    /// Without the choices, which the containers hold.
    pub(crate) plugins: Plugins,
    pub(crate) metrics: String,
    pub(crate) mutes: Vec<Mute>,
    pub(crate) is_broken: bool,
    pub(crate) changes: broadcast::Sender<Change>,
}

impl Fake {
    pub(crate) fn empty() -> Self {
        Self {
            now: Time::now(),
            host: "harbor".into(),
            alerts: Vec::new(),
            containers: Vec::new(),
            checks: vec![check("docker engine", true, "API 1.41")],
            servers: vec![redis()],
            windows: Vec::new(),
            plugins: Plugins::default(),
            metrics: "# EOF\n".into(),
            mutes: Vec::new(),
            is_broken: false,
            changes: broadcast::channel(64).0,
        }
    }

    /// A notice of an alert that has arrived.
    fn delivery(&self, alert: u64) -> Delivery {
        Delivery {
            id: alert,
            alert,
            say: "opened".into(),
            sink: "phone".into(),
            made: self.ago(12 * MINUTE),
            state: "delivered".into(),
            attempts: 1,
            answer: "200 OK".into(),
        }
    }

    /// The time `ns` nanoseconds before now.
    fn ago(&self, ns: u64) -> Time {
        Time(self.now.0 - ns)
    }
}

fn check(name: &str, good: bool, detail: &str) -> Check {
    Check { name: name.into(), good, detail: detail.into() }
}

/// What a store would answer.
fn is_wanted(query: &AlertQuery, card: &AlertCard) -> bool {
    let holds = |text: &str| text.to_ascii_lowercase().contains(&query.text.to_ascii_lowercase());
    query.before.is_none_or(|before| card.id < before)
        && query.open.is_none_or(|open| card.resolved.is_none() == open)
        && query.severity.is_none_or(|severity| card.severity >= severity)
        && query.label.is_none_or(|label| card.label == label)
        && (holds(&card.identity) || holds(&card.reason))
}

impl Source for Fake {
    fn status(&self) -> Result<Status, ReadError> {
        Ok(Status {
            host: self.host.clone(),
            host_version: "0.1.0".into(),
            started: self.ago(300 * MINUTE),
            checks: self.checks.clone(),
        })
    }

    fn open_alerts(&self, limit: usize) -> Result<Listing<AlertCard>, ReadError> {
        if self.is_broken {
            return Err(ReadError::new("reading open alerts", "disk image /secret/path is malformed"));
        }
        let open: Vec<_> =
            self.alerts.iter().map(|alert| &alert.card).filter(|card| card.resolved.is_none()).cloned().collect();
        Ok(Listing { total: open.len() as u64, rows: open.into_iter().take(limit).collect() })
    }

    fn alerts(&self, query: &AlertQuery, limit: usize) -> Result<Listing<AlertCard>, ReadError> {
        let all = AlertQuery { before: None, ..query.clone() };
        let mut cards: Vec<_> = self.alerts.iter().map(|alert| alert.card.clone()).collect();
        cards.retain(|card| is_wanted(&all, card));
        cards.sort_by_key(|card| std::cmp::Reverse(card.id));
        let total = cards.len() as u64;
        let rows = cards.into_iter().filter(|card| is_wanted(query, card)).take(limit).collect();
        Ok(Listing { total, rows })
    }

    fn alert(&self, id: u64, _lines_limit: usize) -> Result<Option<Alert>, ReadError> {
        Ok(self.alerts.iter().find(|alert| alert.card.id == id).cloned())
    }

    fn containers(&self, limit: usize) -> Result<Listing<ContainerCard>, ReadError> {
        let rows: Vec<_> = self.containers.iter().map(|container| container.card.clone()).take(limit).collect();
        Ok(Listing { total: self.containers.len() as u64, rows })
    }

    fn container(&self, identity: &str, _limit: usize) -> Result<Option<Container>, ReadError> {
        Ok(self.containers.iter().find(|container| container.card.identity == identity).cloned())
    }

    fn window(&self, identity: &str, id: u64, lines_limit: usize) -> Result<Option<Window>, ReadError> {
        let found = self.windows.iter().find(|(owner, window)| owner == identity && window.row.id == id);
        Ok(found.map(|(_, window)| Window {
            lines: window.lines.iter().take(lines_limit).cloned().collect(),
            ..window.clone()
        }))
    }

    fn trend(&self, identity: &str, from: Time, until: Time, steps: usize) -> Result<Option<Trend>, ReadError> {
        Ok(self.container(identity, 0)?.map(|container| trend_of(&container, from, until, steps)))
    }

    fn log(&self, identity: &str, place: LogPlace, search: &str, limit: usize) -> Result<Option<Log>, ReadError> {
        Ok(self.container(identity, 0)?.map(|_| self.log_of(identity, place, search, limit)))
    }

    fn templates(&self, identity: &str, limit: usize) -> Result<Option<Templates>, ReadError> {
        Ok(self.container(identity, 0)?.map(|_| self.templates_of(identity, limit)))
    }

    fn models(&self, limit: usize) -> Result<Listing<ModelRow>, ReadError> {
        let rows = self.containers.iter().take(limit).map(model_row).collect();
        Ok(Listing { rows, total: self.containers.len() as u64 })
    }

    fn model(&self, identity: &str) -> Result<Option<ModelReport>, ReadError> {
        Ok(self.container(identity, 0)?.map(|container| self.model_report(&container)))
    }

    fn system(&self) -> Result<System, ReadError> {
        Ok(self.system_figures())
    }

    fn plugins(&self, limit: usize) -> Result<Plugins, ReadError> {
        let rows = self.containers.iter().map(|container| container.pipeline.plugins.clone()).take(limit).collect();
        Ok(Plugins { choices: Listing { rows, total: self.containers.len() as u64 }, ..self.plugins.clone() })
    }

    fn deliveries(&self, limit: usize) -> Result<Vec<Delivery>, ReadError> {
        Ok(self.alerts.iter().flat_map(|alert| alert.deliveries.clone()).take(limit).collect())
    }

    fn mutes(&self) -> Result<Vec<Mute>, ReadError> {
        Ok(self.mutes.clone())
    }

    fn metrics(&self) -> Result<String, ReadError> {
        Ok(self.metrics.clone())
    }

    fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

/// Behind the pointer that the router takes.
pub(crate) fn shared(fake: Fake) -> Arc<dyn Source> {
    Arc::new(fake)
}
