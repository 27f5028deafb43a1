//! Live update: which parts of an open page are stale, as server-sent events.
//!
//! An event is a name out of a fixed list and nothing else; the page then fetches the part as HTML. So no log text is
//! ever framed as an event, and a forged `event:` line in a log has nothing to forge. Changes are gathered: a page gets at
//! most one event of a kind a second and listens to at most two kinds, however fast the host works. The first events come
//! at once, which also mends what changed between page and stream, or while the stream was down.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::{Instant, sleep_until};

use crate::source::{Change, Source};

/// Between two batches of one stream.
const PERIOD: Duration = Duration::from_secs(1);
/// A comment line after this much silence, so that proxies and dead peers are noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Hands out streams, a bounded number at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Events {
    source: Arc<dyn Source>,
    places: Arc<Semaphore>,
}

/// What an open page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Topic {
    Overview,
    Alerts,
    Container(String),
    Plugins,
}

impl Topic {
    /// Everything the page may be told.
    fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Overview => &["alerts", "containers"],
            Self::Alerts => &["alerts"],
            Self::Container(_) => &["container"],
            Self::Plugins => &["plugins"],
        }
    }

    /// The event that a change is to this page. A container's page shows its alerts too.
    fn name_of(&self, change: &Change) -> Option<&'static str> {
        match (self, change) {
            (Self::Overview | Self::Alerts, Change::Alerts) => Some("alerts"),
            (Self::Overview, Change::Containers | Change::Container(_)) => Some("containers"),
            (Self::Container(_), Change::Alerts | Change::Containers | Change::Plugins) => Some("container"),
            (Self::Container(own), Change::Container(identity)) => (**identity == **own).then_some("container"),
            (Self::Plugins, Change::Plugins) => Some("plugins"),
            (Self::Overview | Self::Alerts, Change::Plugins)
            | (Self::Alerts, Change::Containers | Change::Container(_))
            | (Self::Plugins, Change::Alerts | Change::Containers | Change::Container(_)) => None,
        }
    }
}

impl Events {
    pub(crate) fn new(source: Arc<dyn Source>, streams_max: usize) -> Self {
        Self { source, places: Arc::new(Semaphore::new(streams_max)) }
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
        let pending = topic.names().iter().copied().collect();
        let live = Live { changes: self.source.subscribe(), topic, pending, due: Instant::now(), _place: place };
        Sse::new(live.into_events()).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
    }
}

/// One open stream.
struct Live {
    changes: broadcast::Receiver<Change>,
    topic: Topic,
    /// What changed since the last batch.
    pending: BTreeSet<&'static str>,
    /// When the next batch may go.
    due: Instant,
    /// Given back when the browser leaves and the stream is dropped.
    _place: OwnedSemaphorePermit,
}

impl Live {
    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut live| async {
            let batch = live.next_batch().await?;
            Some((stream::iter(batch), live))
        })
        .flatten()
        .map(|name| Ok(Event::default().event(name).data("changed")))
    }

    /// The names of the next batch; `None` when the host is gone.
    async fn next_batch(&mut self) -> Option<BTreeSet<&'static str>> {
        loop {
            tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) => self.pending.extend(self.topic.name_of(&change)),
                    Err(broadcast::error::RecvError::Lagged(_)) => self.pending.extend(self.topic.names()),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                () = sleep_until(self.due), if !self.pending.is_empty() => {
                    self.due = Instant::now() + PERIOD;
                    return Some(std::mem::take(&mut self.pending));
                }
            }
        }
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
    }

    #[tokio::test]
    async fn a_stream_ends_when_the_host_lets_go_of_the_channel() {
        let (sender, changes) = broadcast::channel(1);
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let due = Instant::now();
        let live = Live { changes, topic: Topic::Alerts, pending: BTreeSet::new(), due, _place: place };
        drop(sender);
        assert_eq!(live.into_events().count().await, 0);
    }
}
