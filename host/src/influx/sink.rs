//! InfluxDB as a sink of lines.
//!
//! Whether a server lost everything is told by a marker, a point of `foghorn_store`: it is written once the loss was told and
//! lines come again, and written anew from time to time so that it does not grow too old for a retention policy. Looking for
//! lines alone would not do, for new ones come at any time.

use std::sync::{Mutex, PoisonError};

use super::Influx;
use super::dialect::Select;
use super::lines::LineSeries;
use super::protocol::{Body, series};
use super::schema::{LINE, SCHEMA_FORMAT, STORE, TIME_NS_MAX, integer};
use super::stamp::Stamps;
use super::write::BODY_BYTES_MAX;
use crate::clock::now_ns;
use crate::spool::{Place, PutError, ServerError, Sink};
use crate::stream::Batch;

/// Two requests at once keep a server busy; more only wait inside it.
const LANES: usize = 2;

/// A marker is written anew when it is older. The shortest retention is an hour.
const MARKER_AGE_NS: i64 = 600_000_000_000;

/// What is known of the marker.
#[derive(Debug, Default)]
pub(super) struct Standing(Mutex<Marker>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Marker {
    /// Nobody asked yet.
    #[default]
    Unknown,
    Present,
    /// The server has nothing of ours, and that was told: the next lines bring the marker with them.
    Owed,
}

impl Standing {
    fn get(&self) -> Marker {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, marker: Marker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = marker;
    }
}

#[async_trait::async_trait]
impl Sink for Influx {
    fn name(&self) -> &'static str {
        "InfluxDB"
    }

    async fn check(&self) -> Result<String, ServerError> {
        self.dialect().await?.check().await
    }

    async fn is_empty(&self) -> Result<bool, ServerError> {
        if let Some(time_ns) = self.newest(STORE).await? {
            if time_ns + MARKER_AGE_NS < integer(now_ns()) {
                self.write_marker().await?;
            }
            self.standing.set(Marker::Present);
            return Ok(false);
        }
        // Lines without a marker: this process, or one before it, ended before it was written.
        if self.standing.get() == Marker::Unknown && self.newest(LINE).await?.is_some() {
            self.write_marker().await?;
            self.standing.set(Marker::Present);
            return Ok(false);
        }
        self.standing.set(Marker::Owed);
        Ok(true)
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
        if self.body.points() > 0 && self.influx.standing.get() == Marker::Owed {
            self.influx.mark(&mut self.body);
            self.marks = true;
        }
        self.influx.write(&self.body).await?;
        self.body.clear();
        if std::mem::take(&mut self.marks) {
            self.influx.standing.set(Marker::Present);
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

impl Influx {
    /// The time of the newest point of a measurement of this store.
    async fn newest(&self, measurement: &'static str) -> Result<Option<i64>, ServerError> {
        let select = Select {
            measurement,
            store: &self.store,
            container: None,
            from_ns: 0,
            until_ns: TIME_NS_MAX,
            fields: if measurement == STORE { &["format"] } else { &["seq"] },
            between: None,
            newest: measurement == STORE,
            limit: 1,
        };
        Ok(self.dialect().await?.select(&select).await?.first().map(|row| row.time_ns))
    }

    async fn write_marker(&self) -> Result<(), ServerError> {
        let mut body = Body::default();
        self.mark(&mut body);
        self.write(&body).await
    }

    fn mark(&self, body: &mut Body) {
        let point = body.point(&series(STORE, &[("store", &self.store)]));
        point.integer("format", SCHEMA_FORMAT).text("version", env!("CARGO_PKG_VERSION")).at(integer(now_ns()));
    }
}
