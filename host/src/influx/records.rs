//! InfluxDB as a sink of records.

use super::schema::{TRAINING, WINDOW};
use super::{Influx, trainings, windows};
use crate::history::{TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::spool::{Records, ServerError};
use crate::store::AlertRecord;

#[async_trait::async_trait]
impl Records for Influx {
    async fn take_windows(&self, identity: &Identity, all: &[WindowRecord]) -> Result<(), ServerError> {
        let series = self.series(WINDOW, identity);
        self.write_all(all, |body, window| windows::write(body, &series, window)).await
    }

    async fn take_training(&self, identity: &Identity, run: &TrainingRecord) -> Result<(), ServerError> {
        let series = self.series(TRAINING, identity);
        self.write_all(std::slice::from_ref(run), |body, run| trainings::write(body, &series, run)).await
    }

    async fn take_alerts(&self, all: &[AlertRecord]) -> Result<(), ServerError> {
        self.put_alerts(all).await
    }
}
