//! Frames from the engine to the reader, in a task of its own.
//!
//! The client hands out one frame at a time and holds the next one back until it was taken: a reader that works between two frames
//! halves the rate. So a task does nothing but take frames, and the reader takes them from it in handfuls.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::engine::{Engine, EngineError, Frame};

/// Frames that wait for the reader: at most 8 MiB, usually 100 KiB.
const WAITING_MAX: usize = 512;
/// Frames given out at once.
pub(super) const HANDFUL: usize = 256;

pub(super) type Frames = Vec<Result<Frame, EngineError>>;

/// One read of a log.
#[derive(Debug)]
pub(super) struct Pump {
    waiting: mpsc::Receiver<Result<Frame, EngineError>>,
    _task: AbortOnDropHandle<()>,
}

impl Pump {
    pub(super) fn start(engine: Arc<Engine>, id: String, since_s: i32, follow: bool) -> Self {
        let (sender, waiting) = mpsc::channel(WAITING_MAX);
        let task = tokio::spawn(async move { pump(&engine, &id, since_s, follow, &sender).await });
        Self { waiting, _task: AbortOnDropHandle::new(task) }
    }

    /// Fills `frames`; leaves it empty at the end of the read.
    pub(super) async fn next(&mut self, frames: &mut Frames) {
        self.waiting.recv_many(frames, HANDFUL).await;
    }
}

async fn pump(
    engine: &Engine,
    id: &str,
    since_s: i32,
    follow: bool,
    sender: &mpsc::Sender<Result<Frame, EngineError>>,
) {
    let mut frames = match engine.logs(id, since_s, follow) {
        Ok(frames) => frames,
        // Nobody listens any more only when the read was given up.
        Err(error) => return drop(sender.send(Err(error)).await),
    };
    while let Some(frame) = frames.next().await {
        let is_end = frame.is_err();
        if sender.send(frame).await.is_err() || is_end {
            return;
        }
    }
}
