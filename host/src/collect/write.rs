//! Appends the batches of one container, one after the other, and tells the run loop.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::assemble::Batch;
use super::files::Way;
use super::ledger::{Ledger, Stored};
use super::{Notice, NoticeSender};

/// What the reader hands over.
#[derive(Debug)]
pub(super) enum Work {
    Append(Box<Batch>),
    /// The log that the engine had stored was read to its end.
    CaughtUp,
    /// From now on it is read this way.
    Way(Way),
    /// Something was written that could not be read: one sentence in lowercase.
    Gap(String),
}

pub(super) async fn write(
    ledger: Arc<Ledger>,
    mut queue: mpsc::Receiver<Work>,
    notices: NoticeSender,
    shutdown: CancellationToken,
) {
    let mut end_seq = None;
    let identity = ledger.identity();
    while let Some(work) = queue.recv().await {
        let caught_up = match work {
            Work::Way(way) => {
                let _ = notices.send(Notice::Way { identity: identity.clone(), way }).await;
                continue;
            }
            Work::Gap(text) => {
                let _ = notices.send(Notice::Gap { identity: identity.clone(), text }).await;
                continue;
            }
            Work::CaughtUp => true,
            Work::Append(batch) => {
                end_seq = match ledger.append(*batch, &shutdown).await {
                    Stored::Until(end) => Some(end),
                    Stored::Somewhere => None,
                    Stored::Cancelled => return,
                };
                false
            }
        };
        let notice = Notice::Collected { identity: identity.clone(), end_seq, caught_up };
        // Nobody listens any more only when the host ends.
        let _ = notices.send(notice).await;
    }
}
