//! The v2 API: buckets, tokens, Flux. For InfluxDB 2.x.
//!
//! Promises: those of `Dialect`. No answer of a server, whatever it holds, ends in a panic or in unbounded memory while
//! lines are sent or read. Left out: 3.x, which has no Flux, and 1.x, where this API is missing or switched off: both are
//! spoken to over v1.
//!
//! Parts: `admin` asks through the crate `influxdb2`, `http` is the thin client for what that crate does not do well
//! enough, `flux` writes questions, `csv` and `table` read answers, `verdict` reads statuses, `target` words errors.

mod admin;
mod csv;
mod flux;
mod http;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod verdict;

use url::Url;

use self::admin::Admin;
use self::csv::CsvReader;
use self::http::Http;
use self::target::Target;
use super::dialect::{Between, Dialect, Row, Select, WriteError};
use crate::spool::ServerError;

/// A body without a point: written only when points may be, and leaves none behind.
const NO_POINTS: &[u8] = b"# may points be written here?\n";

/// One bucket of one server.
#[derive(Debug)]
pub(super) struct V2 {
    admin: Admin,
    http: Http,
    target: Target,
}

impl V2 {
    /// Nothing is asked yet.
    pub(super) fn open(
        url: &Url,
        org: &str,
        bucket: &str,
        token: &str,
        ca_pem: Option<&[u8]>,
        gzip: bool,
    ) -> Result<Self, ServerError> {
        let target = Target::new(url, org, bucket)?;
        let token = token.trim();
        if token.is_empty() {
            return Err(target.refused("needs a token: put one into a file and name it by --influx-token-file"));
        }
        let http = Http::new(target.clone(), token, ca_pem, gzip)?;
        let admin = Admin::new(target.clone(), token, ca_pem)?;
        Ok(Self { admin, http, target })
    }

    /// Rows of a question whose answer has `select`'s limit.
    async fn ask(&self, flux: String, fields: &[&'static str], limit: usize) -> Result<Vec<Row>, ServerError> {
        let mut rows = self.http.query(flux, CsvReader::new(fields, limit)).await?;
        rows.sort_by_key(|row| row.time_ns);
        Ok(rows)
    }

    /// Points with a number in `between`: first where they are, then, when more of them is asked for, what they are.
    async fn select_between(&self, select: &Select<'_>, between: Between) -> Result<Vec<Row>, ServerError> {
        let flux = flux::numbers(&self.target.bucket, select, between);
        let numbers = self.ask(flux, &[flux::NUMBER], select.limit).await?;
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
            return Ok(numbers);
        };
        if select.fields == [between.field] {
            return Ok(numbers);
        }
        let (from_ns, until_ns) = (first.time_ns, last.time_ns.saturating_add(1));
        self.select_all(&Select { from_ns, until_ns, ..*select }).await
    }

    async fn select_all(&self, select: &Select<'_>) -> Result<Vec<Row>, ServerError> {
        self.ask(flux::points(&self.target.bucket, select), select.fields, select.limit).await
    }
}

#[async_trait::async_trait]
impl Dialect for V2 {
    async fn check(&self) -> Result<String, ServerError> {
        let version = self.admin.version().await?;
        let retention = self.admin.retention().await?;
        self.ask(flux::nothing(&self.target.bucket), &[], 1).await?;
        match self.http.write(NO_POINTS).await {
            // Whether a body without points is one is answered differently; who may not write is told so before that.
            Ok(()) | Err(WriteError::Points { .. }) => {}
            Err(WriteError::Server(error)) => return Err(error),
            Err(WriteError::TooLarge(text)) => return Err(ServerError::Refused(text)),
        }
        let Target { org, bucket, .. } = &self.target;
        Ok(format!("{} is {version}: bucket {bucket} of {org}, {retention}", self.target.name()))
    }

    async fn write(&self, body: &[u8]) -> Result<(), WriteError> {
        self.http.write(body).await
    }

    async fn select(&self, select: &Select<'_>) -> Result<Vec<Row>, ServerError> {
        if select.limit == 0 || select.from_ns >= select.until_ns {
            return Ok(Vec::new());
        }
        match select.between {
            None => self.select_all(select).await,
            Some(between) => self.select_between(select, between).await,
        }
    }
}
