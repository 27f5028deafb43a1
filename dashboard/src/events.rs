//! Live update: which parts of an open page are stale, as server-sent events.
//!
//! An event is a name out of a fixed list and nothing else; the page then fetches the part as HTML. So no log text is
//! ever framed as an event, and a forged `event:` line in a log has nothing to forge. Changes are gathered: a page gets at
//! most one event of a kind in its period, and listens to at most two kinds, however fast the host works. The first event of each kind
//! comes unasked, which mends what changed between page and stream, or while the stream was down.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::{Instant, sleep_until};

use crate::kept::Kept;
use crate::source::{Change, Source};

/// Between two events of a kind: alerts and lines are waited for, figures are only looked at. The first change of alerts after that long without
/// one is told at once.
const SOON: Duration = Duration::from_millis(250);
const PROMPT: Duration = Duration::from_secs(1);
const CALM: Duration = Duration::from_secs(4);
/// A comment line after this much silence, so that proxies and dead peers are noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The event that is not waited for.
const ALERTS: &str = "alerts";

/// Hands out streams, a bounded number at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Events {
    source: Arc<dyn Source>,
    /// The part that pages fetch when they are told of alerts.
    open_alerts: Kept,
    places: Arc<Semaphore>,
    epoch: Instant,
}

/// What an open page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Topic {
    Overview,
    Alerts,
    Container(String),
    Log(String),
    Plugins,
    System,
}

impl Topic {
    /// Everything the page may be told.
    fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Overview => &["alerts", "containers"],
            Self::Alerts => &["alerts"],
            Self::Container(_) => &["container"],
            Self::Log(_) => &["lines"],
            Self::Plugins => &["plugins"],
            Self::System => &["system"],
        }
    }

    /// The event that a change is to this page. A container's page shows its alerts too.
    fn name_of(&self, change: &Change) -> Option<&'static str> {
        match (self, change) {
            (Self::Overview | Self::Alerts, Change::Alerts) => Some("alerts"),
            (Self::Overview, Change::Containers | Change::Container(_)) => Some("containers"),
            (Self::Container(_), Change::Alerts | Change::Containers | Change::Plugins) => Some("container"),
            (Self::Container(own), Change::Container(identity)) => (**identity == **own).then_some("container"),
            (Self::Log(own), Change::Lines(identity)) => (**identity == **own).then_some("lines"),
            (Self::Plugins, Change::Plugins) => Some("plugins"),
            (Self::System, Change::Alerts | Change::Containers | Change::Container(_) | Change::Plugins) => {
                Some("system")
            }
            (_, Change::Lines(_))
            | (Self::Overview | Self::Alerts, Change::Plugins)
            | (Self::Alerts, Change::Containers | Change::Container(_))
            | (Self::Plugins | Self::Log(_), Change::Alerts | Change::Containers | Change::Container(_))
            | (Self::Log(_), Change::Plugins) => None,
        }
    }
}

/// Between two events of a kind. All pages are told at the same moments, multiples of it: what they then ask for is made once for all of
/// them (`kept`).
pub(crate) fn period(name: &str) -> Duration {
    match name {
        ALERTS => SOON,
        "containers" | "system" => CALM,
        _ => PROMPT,
    }
}

/// When an event of a kind may come next.
fn next_moment(epoch: Instant, now: Instant, name: &str) -> Instant {
    let period = period(name);
    let passed = (now - epoch).as_nanos() / period.as_nanos();
    // A process that runs for so long that this saturates tells at once.
    epoch + period.saturating_mul(u32::try_from(passed + 1).unwrap_or(0))
}

impl Events {
    pub(crate) fn new(source: Arc<dyn Source>, open_alerts: Kept, streams_max: usize) -> Self {
        Self { source, open_alerts, places: Arc::new(Semaphore::new(streams_max)), epoch: Instant::now() }
    }

    fn open(&self, topic: Topic) -> Response {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            tracing::warn!("event stream refused: all places are taken");
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "30")],
                "too many live pages are open; close some, or reload by hand\n",
            )
                .into_response();
        };
        let live = Live::new(self.source.subscribe(), topic, self.epoch, self.open_alerts.clone(), place);
        Sse::new(live.into_events()).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
    }
}

/// One open stream.
struct Live {
    changes: broadcast::Receiver<Change>,
    topic: Topic,
    epoch: Instant,
    /// What changed since it was told last, and when it is told.
    pending: BTreeMap<&'static str, Instant>,
    /// When it was told of alerts last.
    told_of_alerts: Instant,
    open_alerts: Kept,
    /// Given back when the browser leaves and the stream is dropped.
    _place: OwnedSemaphorePermit,
}

impl Live {
    fn new(
        changes: broadcast::Receiver<Change>,
        topic: Topic,
        epoch: Instant,
        open_alerts: Kept,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let (pending, told_of_alerts) = (BTreeMap::new(), Instant::now());
        let mut live = Self { changes, topic, epoch, pending, told_of_alerts, open_alerts, _place: place };
        live.all_changed();
        live
    }

    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut live| async {
            let name = live.next().await?;
            Some((Ok(Event::default().event(name).data("changed")), live))
        })
    }

    /// The next kind to be told of; `None` when the host is gone.
    async fn next(&mut self) -> Option<&'static str> {
        loop {
            let next = self.pending.iter().map(|(name, due)| (*due, *name)).min();
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) => {
                        if change == Change::Alerts {
                            self.open_alerts.has_changed();
                        }
                        self.topic.name_of(&change).into_iter().for_each(|name| self.changed(name));
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => self.all_changed(),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                name = due(next), if next.is_some() => {
                    self.pending.remove(name);
                    if name == ALERTS {
                        self.told_of_alerts = Instant::now();
                    }
                    return Some(name);
                }
            }
        }
    }

    fn changed(&mut self, name: &'static str) {
        let now = Instant::now();
        let is_first = name == ALERTS && now - self.told_of_alerts >= SOON;
        let due = if is_first { now } else { next_moment(self.epoch, now, name) };
        self.pending.entry(name).or_insert(due);
    }

    fn all_changed(&mut self) {
        self.topic.names().iter().for_each(|name| self.changed(name));
    }
}

/// Waits until a kind may be told of; for ever where there is none.
async fn due(next: Option<(Instant, &'static str)>) -> &'static str {
    match next {
        Some((due, name)) => {
            sleep_until(due).await;
            name
        }
        None => std::future::pending().await,
    }
}

pub(crate) async fn overview(State(events): State<Events>) -> Response {
    events.open(Topic::Overview)
}

pub(crate) async fn alerts(State(events): State<Events>) -> Response {
    events.open(Topic::Alerts)
}

pub(crate) async fn container(State(events): State<Events>, Path(identity): Path<String>) -> Response {
    events.open(Topic::Container(identity))
}

pub(crate) async fn log(State(events): State<Events>, Path(identity): Path<String>) -> Response {
    events.open(Topic::Log(identity))
}

pub(crate) async fn system(State(events): State<Events>) -> Response {
    events.open(Topic::System)
}

pub(crate) async fn plugins(State(events): State<Events>) -> Response {
    events.open(Topic::Plugins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_only_of_what_it_shows() {
        let own = Topic::Container("h/api".into());
        assert_eq!(own.name_of(&Change::Container("h/api".into())), Some("container"));
        assert_eq!(own.name_of(&Change::Container("h/db".into())), None);
        assert_eq!(Topic::Alerts.name_of(&Change::Containers), None);
        assert_eq!(own.name_of(&Change::Plugins), Some("container"));
        assert_eq!(Topic::Plugins.name_of(&Change::Container("h/api".into())), None);
        assert_eq!(Topic::Plugins.name_of(&Change::Plugins), Some("plugins"));
        assert_eq!(Topic::Overview.name_of(&Change::Container("h/db".into())), Some("containers"));
        assert_eq!(Topic::Log("h/api".into()).name_of(&Change::Lines("h/api".into())), Some("lines"));
        assert_eq!(Topic::Log("h/api".into()).name_of(&Change::Lines("h/db".into())), None);
        assert_eq!(own.name_of(&Change::Lines("h/api".into())), None, "a page is not drawn again for each line");
        assert_eq!(Topic::System.name_of(&Change::Containers), Some("system"));
    }

    #[tokio::test]
    async fn a_stream_ends_when_the_host_lets_go_of_the_channel() {
        let (sender, changes) = broadcast::channel(1);
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let mut live = Live::new(changes, Topic::Alerts, Instant::now(), Kept::default(), place);
        drop(sender);
        assert_eq!(live.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn kinds_are_told_in_their_own_periods() {
        let (sender, changes) = broadcast::channel(8);
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let begun = Instant::now();
        let mut live = Live::new(changes, Topic::Overview, begun, Kept::default(), place);
        let mut told = async || (live.next().await.unwrap(), begun.elapsed().as_millis());
        assert_eq!([told().await, told().await], [("alerts", 250), ("containers", 4_000)]);
        let changed = [Change::Containers, Change::Alerts, Change::Container("h/a".into())];
        changed.into_iter().for_each(|change| drop(sender.send(change)));
        assert_eq!([told().await, told().await], [("alerts", 4_000), ("containers", 8_000)]);
    }

    #[tokio::test(start_paused = true)]
    async fn alerts_are_told_at_once_and_then_a_few_times_a_second() {
        let (sender, changes) = broadcast::channel(8);
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let begun = Instant::now();
        let mut live = Live::new(changes, Topic::Alerts, begun, Kept::default(), place);
        assert_eq!((live.next().await, begun.elapsed()), (Some("alerts"), SOON));
        tokio::time::advance(Duration::from_millis(1_300)).await;
        for moment_ms in [1_550, 1_750, 2_000] {
            sender.send(Change::Alerts).unwrap();
            assert_eq!((live.next().await, begun.elapsed().as_millis()), (Some("alerts"), moment_ms));
        }
    }
}
