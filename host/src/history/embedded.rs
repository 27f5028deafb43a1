//! The history that needs no server: the embedded store. It shares its lines with the embedded stream: they are stored
//! once.

use super::{History, HistoryError, Step, Steps, TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::store::Store;
use crate::stream::Batch;

#[async_trait::async_trait]
impl History for Store {
    async fn lines(
        &self,
        identity: &Identity,
        from_seq: u64,
        end_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, HistoryError> {
        Ok(self.read_lines(identity, from_seq, end_seq, lines_max).await?)
    }

    async fn put_windows(&self, identity: &Identity, windows: Vec<WindowRecord>) -> Result<(), HistoryError> {
        Ok(self.store_windows(identity, windows).await?)
    }

    async fn windows(
        &self,
        identity: &Identity,
        from_ns: u64,
        until_ns: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        Ok(self.windows_between(identity, from_ns, until_ns, limit).await?)
    }

    async fn windows_from(
        &self,
        identity: &Identity,
        from_seq: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        Ok(self.windows_from_line(identity, from_seq, limit).await?)
    }

    async fn steps(&self, identity: &Identity, steps: Steps) -> Result<Vec<Step>, HistoryError> {
        Ok(Self::steps(self, identity, steps).await?)
    }

    async fn put_training(&self, identity: &Identity, run: TrainingRecord) -> Result<(), HistoryError> {
        Ok(self.store_training(identity, run).await?)
    }

    async fn trainings(&self, identity: &Identity, limit: usize) -> Result<Vec<TrainingRecord>, HistoryError> {
        Ok(self.newest_trainings(identity, limit).await?)
    }
}
