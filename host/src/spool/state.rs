//! How a sink is doing, for the dashboard and for whoever waits for lines to arrive.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, timeout_at};

use crate::identity::Identity;

/// How a sink is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It was not asked yet.
    Unknown,
    /// It takes lines; what answers, in one sentence, and whose lines it does not take, where there are any.
    Up { detail: String, refused: Option<String> },
    /// It does not, since when, and why.
    Down { since_ns: u64, why: String },
}

/// Line numbers up to which something has come, per container, and a bell that rings when any of them moves.
#[derive(Debug, Default)]
pub struct Marks {
    seqs: Mutex<HashMap<Identity, u64>>,
    moved: Notify,
}

impl Marks {
    pub fn get(&self, identity: &Identity) -> u64 {
        self.seqs.lock().unwrap_or_else(PoisonError::into_inner).get(identity).copied().unwrap_or(1)
    }

    /// Never takes a mark back.
    pub fn raise(&self, marks: impl IntoIterator<Item = (Identity, u64)>) {
        let mut seqs = self.seqs.lock().unwrap_or_else(PoisonError::into_inner);
        for (identity, seq) in marks {
            let mark = seqs.entry(identity).or_insert(1);
            *mark = seq.max(*mark);
        }
        drop(seqs);
        self.moved.notify_waiters();
    }

    /// All marks, in no order.
    pub fn all(&self) -> Vec<(Identity, u64)> {
        let seqs = self.seqs.lock().unwrap_or_else(PoisonError::into_inner);
        seqs.iter().map(|(identity, &seq)| (identity.clone(), seq)).collect()
    }

    /// Waits until any mark moves after this call.
    pub fn moved(&self) -> Notified<'_> {
        self.moved.notified()
    }

    /// Waits until the mark of a container lies above `seq`, for some time at most. Says whether it does.
    pub async fn passes(&self, identity: &Identity, seq: u64, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        loop {
            // Asked to be told before looking, so that no move in between is missed.
            let moved = self.moved.notified();
            if self.get(identity) > seq {
                return true;
            }
            if timeout_at(until, moved).await.is_err() {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_mark_is_waited_for_and_never_goes_back() {
        let marks = Arc::new(Marks::default());
        let web = Identity::of_name("host", "web");
        let waiting = tokio::spawn({
            let (marks, web) = (Arc::clone(&marks), web.clone());
            async move { marks.passes(&web, 5, Duration::from_secs(30)).await }
        });
        tokio::task::yield_now().await;
        marks.raise([(web.clone(), 5)]);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "5 does not lie above 5");
        marks.raise([(web.clone(), 9)]);
        assert!(waiting.await.unwrap());
        marks.raise([(web.clone(), 3)]);
        assert_eq!(marks.get(&web), 9);
        assert!(!marks.passes(&web, 9, Duration::from_millis(1)).await);
    }
}
