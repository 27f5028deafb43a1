//! How it is noticed that a server has lost everything: by a marker, a point of `foghorn_store`.
//!
//! It is written together with the first lines after a loss was told, and written anew from time to time so that it does not
//! grow too old for a retention policy. Looking for lines alone would not do: new ones come at any time. What cannot be told:
//! that a server was wiped while this process was down, if lines are put before anybody asked.

use std::sync::{Mutex, PoisonError};

use super::Influx;
use super::dialect::Select;
use super::protocol::{Body, series};
use super::schema::{LINE, SCHEMA_FORMAT, STORE, TIME_NS_MAX, integer};
use crate::clock::now_ns;
use crate::spool::ServerError;

/// A marker is written anew when it is older. The shortest retention is an hour.
const MARKER_AGE_NS: i64 = 600_000_000_000;

/// What is known of the marker.
#[derive(Debug, Default)]
pub(super) struct Standing(Mutex<Marker>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Marker {
    /// Nobody asked yet.
    #[default]
    Unknown,
    Present,
    /// The server has nothing of ours, and that was told: the next lines bring the marker with them.
    Owed,
}

impl Standing {
    pub(super) fn get(&self) -> Marker {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, marker: Marker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = marker;
    }
}

impl Influx {
    /// Told again and again until lines are put.
    pub(super) async fn has_lost_everything(&self) -> Result<bool, ServerError> {
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

    pub(super) fn mark(&self, body: &mut Body) {
        let point = body.point(&series(STORE, &[("store", &self.store)]));
        point.integer("format", SCHEMA_FORMAT).text("version", env!("CARGO_PKG_VERSION")).at(integer(now_ns()));
    }
}
