//! InfluxDB as history. Lines come in as to a sink; alerts are only written.

use super::find::LINES_MAX;
use super::pages::{Query, among};
use super::protocol::{Body, series};
use super::schema::{ALERT, TRAINING, WINDOW};
use super::write::BODY_BYTES_MAX;
use super::{Influx, alerts, key, lines, tag, trainings, windows};
use crate::history::{History, HistoryError, TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::spool::{Records as _, ServerError};
use crate::store::AlertRecord;
use crate::stream::Batch;

impl Influx {
    /// Writes the state of alerts, over what was written of them before.
    pub async fn put_alerts(&self, all: &[AlertRecord]) -> Result<(), ServerError> {
        let write = |body: &mut Body, alert: &AlertRecord| {
            alerts::write(body, &self.series(ALERT, &alert.identity), alert);
        };
        self.write_all(all, write).await
    }

    pub(super) fn series(&self, measurement: &str, identity: &Identity) -> String {
        let (container, host) = (tag::of_identity(identity), tag::of_host(identity));
        series(measurement, &[("container", &container), ("host", &host), ("store", &self.store)])
    }

    pub(super) async fn write_all<T>(&self, all: &[T], write: impl Fn(&mut Body, &T)) -> Result<(), ServerError> {
        let mut body = Body::default();
        for one in all {
            write(&mut body, one);
            if body.points() >= self.batch_lines || body.bytes() >= BODY_BYTES_MAX / 2 {
                self.write(&body).await?;
                body.clear();
            }
        }
        self.write(&body).await
    }
}

#[async_trait::async_trait]
impl History for Influx {
    async fn lines(
        &self,
        identity: &Identity,
        from_seq: u64,
        end_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, HistoryError> {
        let most = lines_max.min(LINES_MAX) as u64;
        if from_seq >= end_seq || most == 0 {
            return Ok(None);
        }
        let found = self.lines_of(identity, from_seq..end_seq, most).await?;
        Ok(lines::to_batch(identity, &found))
    }

    async fn put_windows(&self, identity: &Identity, all: Vec<WindowRecord>) -> Result<(), HistoryError> {
        Ok(self.take_windows(identity, &all).await?)
    }

    async fn windows(
        &self,
        identity: &Identity,
        from_ns: u64,
        until_ns: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        if from_ns >= until_ns || limit == 0 {
            return Ok(Vec::new());
        }
        let (begin, end) = key::range_ns(from_ns, until_ns);
        let query = Query {
            times: begin..end,
            between: Some(among("begin_ns", &(from_ns..until_ns))),
            newest: true,
            ..Query::of(identity, WINDOW, windows::FIELDS)
        };
        Ok(self.windows_by(query, limit).await?)
    }

    async fn windows_from(
        &self,
        identity: &Identity,
        from_seq: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        let between = Some(among("first_seq", &(from_seq..u64::MAX)));
        let query = Query { between, ..Query::of(identity, WINDOW, windows::FIELDS) };
        Ok(self.windows_by(query, limit).await?)
    }

    async fn put_training(&self, identity: &Identity, run: TrainingRecord) -> Result<(), HistoryError> {
        Ok(self.take_training(identity, &run).await?)
    }

    async fn trainings(&self, identity: &Identity, limit: usize) -> Result<Vec<TrainingRecord>, HistoryError> {
        let query = Query { newest: true, ..Query::of(identity, TRAINING, trainings::FIELDS) };
        Ok(self.pages(query, limit).await?.into_iter().filter_map(trainings::from_row).collect())
    }
}

impl Influx {
    async fn windows_by(&self, query: Query<'_>, limit: usize) -> Result<Vec<WindowRecord>, ServerError> {
        Ok(self.pages(query, limit).await?.into_iter().filter_map(windows::from_row).collect())
    }
}
