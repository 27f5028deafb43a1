//! How it is noticed that a server has lost everything: by a marker, a point of `foghorn_store`.
//!
//! It comes with the first lines that are put, and with the first after a loss was told, and is written anew from time to
//! time so that it does not grow too old for a retention policy. Looking for lines alone would not do: new ones come at any
//! time. Whoever sent lines before this process began has to ask before more are put, or a loss in between is not noticed.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Influx;
use super::dialect::Select;
use super::protocol::{Body, series};
use super::schema::{SCHEMA_FORMAT, STORE, TIME_NS_MAX, integer};
use crate::clock::now_ns;
use crate::spool::ServerError;

/// A marker is written anew when it is older. The shortest retention is an hour.
const MARKER_AGE_NS: i64 = 600_000_000_000;

/// Whether the server is known to have the marker.
#[derive(Debug, Default)]
pub(super) struct Marker(AtomicBool);

impl Marker {
    pub(super) fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, is_there: bool) {
        self.0.store(is_there, Ordering::Relaxed);
    }
}

impl Influx {
    /// Told again and again until lines are put.
    pub(super) async fn has_lost_everything(&self) -> Result<bool, ServerError> {
        let written_ns = self.marker_ns().await?;
        if written_ns.is_some_and(|written_ns| written_ns + MARKER_AGE_NS < integer(now_ns())) {
            let mut body = Body::default();
            self.mark(&mut body);
            self.write(&body).await?;
        }
        self.marker.set(written_ns.is_some());
        Ok(written_ns.is_none())
    }

    async fn marker_ns(&self) -> Result<Option<i64>, ServerError> {
        let select = Select {
            measurement: STORE,
            store: &self.store,
            container: None,
            from_ns: 0,
            until_ns: TIME_NS_MAX,
            fields: &["format"],
            between: None,
            newest: true,
            limit: 1,
        };
        Ok(self.dialect().await?.select(&select).await?.first().map(|row| row.time_ns))
    }

    pub(super) fn mark(&self, body: &mut Body) {
        let point = body.point(&series(STORE, &[("store", &self.store)]));
        point.integer("format", SCHEMA_FORMAT).text("version", env!("CARGO_PKG_VERSION")).at(integer(now_ns()));
    }
}
