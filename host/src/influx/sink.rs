//! InfluxDB as a sink of lines.

use super::Influx;
use super::lines::LineSeries;
use super::protocol::Body;
use super::stamp::Stamps;
use super::write::BODY_BYTES_MAX;
use crate::spool::{Place, PutError, ServerError, Sink};
use crate::stream::Batch;

/// Two requests at once keep a server busy; more only wait inside it.
const LANES: usize = 2;

#[async_trait::async_trait]
impl Sink for Influx {
    fn name(&self) -> &'static str {
        "InfluxDB"
    }

    async fn check(&self) -> Result<String, ServerError> {
        self.dialect().await?.check().await
    }

    async fn is_empty(&self) -> Result<bool, ServerError> {
        self.has_lost_everything().await
    }

    async fn put(&self, batches: &[(Batch, Place)]) -> Vec<Result<Place, PutError>> {
        let mut put = Put::new(self);
        for (batch, place) in batches {
            if let Err(error) = put.take(batch, place).await {
                return put.end(batches.len(), Err(error));
            }
        }
        let flushed = put.flush().await;
        put.end(batches.len(), flushed)
    }

    fn put_lines(&self) -> usize {
        self.batch_lines
    }

    fn lanes(&self) -> usize {
        LANES
    }

    fn set_aside(&self) -> u64 {
        self.rejected_points()
    }
}

/// One `put` under way.
struct Put<'a> {
    influx: &'a Influx,
    body: Body,
    /// The marker is in `body`.
    marks: bool,
    /// Places after the batches that are in a body.
    places: Vec<Place>,
    /// How many of them are stored as a whole.
    stored: usize,
}

impl<'a> Put<'a> {
    fn new(influx: &'a Influx) -> Self {
        Self { influx, body: Body::default(), marks: false, places: Vec::new(), stored: 0 }
    }

    async fn take(&mut self, batch: &Batch, place: &Place) -> Result<(), ServerError> {
        let mut stamps = Stamps::from_note(&place.note);
        let mut series = LineSeries::new(&batch.identity, &self.influx.store);
        for (line, seq) in batch.lines.iter().zip(batch.first_seq..) {
            // A line takes at most eight times the room of its text.
            let most = self.body.bytes() + 8 * line.text.len() + 4096;
            if self.body.points() >= self.influx.batch_lines || most > BODY_BYTES_MAX {
                self.flush().await?;
            }
            series.write(&mut self.body, seq, line, stamps.next(line.time_ns));
        }
        self.places.push(Place { next_seq: batch.end_seq(), note: stamps.to_note() });
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), ServerError> {
        if self.body.points() > 0 && !self.influx.marker.is_there() {
            self.influx.mark(&mut self.body);
            self.marks = true;
        }
        self.influx.write(&self.body).await?;
        self.body.clear();
        if std::mem::take(&mut self.marks) {
            self.influx.marker.set(true);
        }
        self.stored = self.places.len();
        Ok(())
    }

    /// The answers: what is stored is stored, also where the rest failed.
    fn end(self, batches: usize, result: Result<(), ServerError>) -> Vec<Result<Place, PutError>> {
        let mut answers: Vec<_> = self.places.into_iter().take(self.stored).map(Ok).collect();
        if let Err(error) = result {
            answers.resize(batches, Err(error.into()));
        }
        answers
    }
}
