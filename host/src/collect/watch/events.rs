//! The engine's events, in a task of their own: the request must be on its way before containers are listed, so that nothing falls
//! in between.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::mpsc;

use crate::collect::engine::{Engine, EngineError, Happened};

/// Events that wait while containers are examined. More are dropped; the next list makes up for it.
const EVENTS_MAX: usize = 1024;

/// Ends with the engine's stream of events; an error comes last.
pub(super) fn watch_events(engine: Arc<Engine>) -> mpsc::Receiver<Result<Happened, EngineError>> {
    let (sender, events) = mpsc::channel(EVENTS_MAX);
    tokio::spawn(async move {
        let stream = match engine.events() {
            Ok(stream) => stream,
            Err(error) => return drop(sender.send(Err(error)).await),
        };
        let mut stream = std::pin::pin!(stream);
        loop {
            let event = tokio::select! {
                () = sender.closed() => return,
                event = stream.next() => event,
            };
            let Some(event) = event else { return };
            if event.is_err() {
                return drop(sender.send(event).await);
            }
            if sender.try_send(event).is_err() {
                tracing::warn!("too many events of containers at once; the next list makes up for it");
            }
        }
    });
    events
}
