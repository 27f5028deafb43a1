//! A history that lives in a server, with the spool before it.
//!
//! What the spool holds is read there; what is older comes from the server. Writes go to the store, from where a
//! forwarder takes them. While the server is away, or takes longer than a reader has patience, what the spool holds is
//! given, and a warning is logged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::{History, HistoryError, Step, Steps, TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::spool::Health;
use crate::store::Store;
use crate::stream::Batch;

pub struct SpooledHistory {
    near: Store,
    far: Arc<dyn History>,
    patience: Patience,
}

/// What a reader does where the server does not answer.
#[derive(Debug, Clone)]
pub enum Patience {
    /// Waits for as long as the server's client does, and takes an error for an error.
    Strict,
    /// Takes what the spool holds: at once where the server is known to be away, else after some time.
    UpTo(Duration, watch::Receiver<Health>),
}

impl SpooledHistory {
    pub fn new(near: Store, far: Arc<dyn History>, patience: Patience) -> Self {
        Self { near, far, patience }
    }

    async fn oldest_near(&self, identity: &Identity) -> Result<Option<WindowRecord>, HistoryError> {
        Ok(self.near.windows_from(identity, 0, 1).await?.pop())
    }

    /// What the server gives; nothing where it is away and the reader is not strict.
    async fn ask_far<T: Default>(
        &self,
        identity: &Identity,
        asked: impl Future<Output = Result<T, HistoryError>> + Send,
    ) -> Result<T, HistoryError> {
        let Patience::UpTo(limit, health) = &self.patience else {
            return asked.await;
        };
        if matches!(*health.borrow(), Health::Down { .. }) {
            return Ok(T::default());
        }
        let error = match timeout(*limit, asked).await {
            Ok(Err(HistoryError::Server(error))) => error.to_string(),
            Ok(answer) => return answer,
            Err(_) => format!("no answer within {} s", limit.as_secs()),
        };
        tracing::warn!(container = %identity, error, "older history cannot be read");
        Ok(T::default())
    }
}

/// Both parts in order of their first lines; a window that is in both is taken from the spool.
fn joined(far: Vec<WindowRecord>, near: Vec<WindowRecord>) -> Vec<WindowRecord> {
    let all: BTreeMap<u64, WindowRecord> =
        far.into_iter().chain(near).map(|window| (window.first_seq, window)).collect();
    all.into_values().collect()
}

#[async_trait::async_trait]
impl History for SpooledHistory {
    async fn lines(
        &self,
        identity: &Identity,
        from_seq: u64,
        end_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, HistoryError> {
        let near = self.near.lines(identity, from_seq, end_seq, lines_max).await?;
        let near_from = near.as_ref().map_or(end_seq, |near| near.first_seq);
        if near_from <= from_seq.max(1) || end_seq <= from_seq || lines_max == 0 {
            return Ok(near);
        }
        let far = self.ask_far(identity, self.far.lines(identity, from_seq, near_from, lines_max)).await?;
        let Some(mut far) = far else {
            return Ok(near);
        };
        let room = lines_max.saturating_sub(far.lines.len());
        if let Some(near) = near.filter(|near| far.end_seq() == near.first_seq && room > 0) {
            far.lines.extend_from(&near.lines, 0..near.lines.len().min(room));
        }
        Ok(Some(far))
    }

    async fn put_windows(&self, identity: &Identity, windows: Vec<WindowRecord>) -> Result<(), HistoryError> {
        self.near.put_windows(identity, windows).await
    }

    async fn windows(
        &self,
        identity: &Identity,
        from_ns: u64,
        until_ns: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        let near = self.near.windows(identity, from_ns, until_ns, limit).await?;
        let oldest = self.oldest_near(identity).await?;
        if near.len() >= limit || from_ns >= until_ns || oldest.as_ref().is_some_and(|oldest| oldest.begin_ns < from_ns)
        {
            return Ok(near);
        }
        // Windows that begin at the same time as the oldest may have gone: those are asked for too.
        let far_until_ns = oldest.map_or(until_ns, |oldest| until_ns.min(oldest.begin_ns.saturating_add(1)));
        let far = self.ask_far(identity, self.far.windows(identity, from_ns, far_until_ns, limit)).await?;
        let all = joined(far, near);
        Ok(all[all.len().saturating_sub(limit)..].to_vec())
    }

    async fn windows_from(
        &self,
        identity: &Identity,
        from_seq: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        let near = self.near.windows_from(identity, from_seq, limit).await?;
        let kept_from = self.oldest_near(identity).await?.map(|oldest| oldest.first_seq);
        if kept_from.is_some_and(|kept_from| kept_from <= from_seq.max(1)) {
            return Ok(near);
        }
        let far = self.ask_far(identity, self.far.windows_from(identity, from_seq, limit)).await?;
        let mut all = joined(far, near);
        all.truncate(limit);
        Ok(all)
    }

    async fn steps(&self, identity: &Identity, steps: Steps) -> Result<Vec<Step>, HistoryError> {
        // What the spool holds all of is summed up where it is kept.
        match self.oldest_near(identity).await? {
            Some(oldest) if oldest.begin_ns < steps.from_ns => Ok(self.near.steps(identity, steps).await?),
            _ => steps.read(self, identity).await,
        }
    }

    async fn put_training(&self, identity: &Identity, run: TrainingRecord) -> Result<(), HistoryError> {
        self.near.put_training(identity, run).await
    }

    async fn trainings(&self, identity: &Identity, limit: usize) -> Result<Vec<TrainingRecord>, HistoryError> {
        let near = self.near.trainings(identity, limit).await?;
        if near.len() >= limit {
            return Ok(near);
        }
        let far = self.ask_far(identity, self.far.trainings(identity, limit)).await?;
        let older = far.into_iter().filter(|run| near.first().is_none_or(|first| run.begun_ns < first.begun_ns));
        let all: Vec<_> = older.chain(near.iter().cloned()).collect();
        Ok(all[all.len().saturating_sub(limit)..].to_vec())
    }
}

impl std::fmt::Debug for SpooledHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpooledHistory").finish_non_exhaustive()
    }
}
