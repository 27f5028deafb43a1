//! Writing a body so that each of its points is stored, or set aside with a reason.

use super::Influx;
use super::bisect::{Bisect, Said, dropped};
use super::dialect::{Dialect, WriteError};
use super::protocol::Body;
use crate::spool::ServerError;

/// A body stays below this: 2.x and 3.x take 10 MB and more, 1.x 25 MB.
pub(super) const BODY_BYTES_MAX: usize = 8 << 20;

impl Influx {
    /// `Ok` when nothing of the body is left to do.
    pub(super) async fn write(&self, body: &Body) -> Result<(), ServerError> {
        let dialect = self.dialect().await?;
        let mut bisect = Bisect::new(body.points());
        let mut refused = 0;
        let mut last_reason = String::new();
        while let Some(range) = bisect.next() {
            let (said, reason) = attempt(dialect, body.slice(range)).await?;
            if let Some(poison) = bisect.answer(&said) {
                refused += poison.len();
                let points = poison.map(|point| body.slice(point..point + 1));
                self.rejected.set_aside(points, &reason).map_err(|error| self.cannot_set_aside(&error))?;
                last_reason = reason;
            }
        }
        if refused > 0 {
            let (reason, file) = (last_reason, self.rejected.path().display());
            tracing::error!(points = refused, reason, %file, "InfluxDB refuses points for what they are; they are set aside");
        }
        Ok(())
    }

    /// The points are not lost: they are sent again, and set aside when there is room.
    fn cannot_set_aside(&self, error: &std::io::Error) -> ServerError {
        let file = self.rejected.path().display();
        ServerError::Away(format!(
            "InfluxDB refuses points, and {file}, where these are kept, cannot be written: {error}"
        ))
    }
}

/// What the server says of these points, and why.
async fn attempt(dialect: &dyn Dialect, points: &[u8]) -> Result<(Said, String), ServerError> {
    match dialect.write(points).await {
        Ok(()) => Ok((Said::Stored, String::new())),
        Err(WriteError::Server(error)) => Err(error),
        Err(WriteError::Points { reason }) => Ok((Said::Refused { dropped: dropped(&reason) }, reason)),
        Err(WriteError::TooLarge(reason)) => Ok((Said::TooLarge, reason)),
    }
}
