//! The thin client: the two calls for which the crate `influxdb2` is not enough, on `reqwest`.
//!
//! - Writing: the crate's write neither compresses nor tells the status apart from its text.
//! - Asking: the crate reads the whole answer into one string and its CSV parser panics (`unwrap`) on a number that is
//!   missing, which is no fault but a field that a point lacks.
//!
//! Promises: time limits on everything, bounded reading, no redirects (they would carry the token elsewhere), the token in
//! no text.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};

use super::csv::CsvReader;
use super::target::Target;
use super::verdict::{self, Answer};
use crate::influx::dialect::{ANSWER_BYTES_MAX, Row, WriteError};
use crate::influx::http::{client_builder, gzip};
use crate::spool::ServerError;

const WRITE_TIME_MAX: Duration = Duration::from_secs(30);
const QUERY_TIME_MAX: Duration = Duration::from_secs(120);
/// As much of an error's text is read.
const ERROR_BYTES_MAX: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    target: Target,
    /// `Token …`; marked as sensitive, so that its `Debug` shows nothing.
    authorization: HeaderValue,
    gzip: bool,
}

impl Http {
    pub(super) fn new(target: Target, token: &str, ca_pem: Option<&[u8]>, gzip: bool) -> Result<Self, ServerError> {
        let certificates = ca_pem.map(certificates).transpose()?.unwrap_or_default();
        let builder = client_builder(&target.base, certificates);
        let client =
            builder.build().map_err(|error| target.refused(&format!("cannot be spoken to: {}", cause(&error))))?;
        let mut authorization = HeaderValue::from_str(&format!("Token {token}"))
            .map_err(|_| target.refused("cannot be given this token: it holds characters that no token has"))?;
        authorization.set_sensitive(true);
        Ok(Self { client, target, authorization, gzip })
    }

    /// Writes points. Without any (a comment is enough for a body) it shows whether points may be written.
    pub(super) async fn write(&self, body: &[u8]) -> Result<(), WriteError> {
        let mut url = self.target.endpoint("/api/v2/write");
        url.query_pairs_mut()
            .append_pair("org", &self.target.org)
            .append_pair("bucket", &self.target.bucket)
            .append_pair("precision", "ns");
        let request = self.client.post(url).header(CONTENT_TYPE, "text/plain; charset=utf-8").timeout(WRITE_TIME_MAX);
        let request = if self.gzip {
            request.header(CONTENT_ENCODING, "gzip").body(gzip(body))
        } else {
            request.body(body.to_vec())
        };
        let response = self.send(request).await?;
        verdict::of_write(&self.target, &self.answer(response).await)
    }

    /// Asks and reads rows; what is behind `ANSWER_BYTES_MAX` of the answer is left out.
    pub(super) async fn query(&self, flux: String, mut reader: CsvReader<'_>) -> Result<Vec<Row>, ServerError> {
        let mut url = self.target.endpoint("/api/v2/query");
        url.query_pairs_mut().append_pair("org", &self.target.org);
        let question = influxdb2::models::Query::new(flux);
        let body = serde_json::to_vec(&question).expect("strings become JSON");
        let request = self.client.post(url).timeout(QUERY_TIME_MAX).body(body);
        let request = request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "application/csv");
        let mut response = self.send(request).await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(verdict::of_query(&self.target, &self.answer(response).await));
        }
        let mut bytes = 0;
        while let Some(piece) = response.chunk().await.map_err(|error| self.lost(&error))? {
            reader.feed(&piece).map_err(|error| self.unreadable(&error))?;
            bytes += piece.len();
            if bytes >= ANSWER_BYTES_MAX {
                return Ok(reader.into_rows());
            }
        }
        reader.finish().map_err(|error| self.unreadable(&error))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, ServerError> {
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        request.send().await.map_err(|error| self.lost(&error))
    }

    async fn answer(&self, mut response: reqwest::Response) -> Answer {
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut text = Vec::new();
        // The status decides; a text that does not come to its end is shown as far as it came.
        while let Ok(Some(piece)) = response.chunk().await {
            text.extend_from_slice(&piece[..piece.len().min(ERROR_BYTES_MAX - text.len())]);
            if text.len() == ERROR_BYTES_MAX {
                break;
            }
        }
        let text = self.without_token(&String::from_utf8_lossy(&text));
        Answer { status: response.status().as_u16(), retry_after, text }
    }

    fn without_token(&self, text: &str) -> String {
        let header = String::from_utf8_lossy(self.authorization.as_bytes());
        let token = header.strip_prefix("Token ").unwrap_or_default();
        text.replace(token, "[token]")
    }

    fn lost(&self, error: &reqwest::Error) -> ServerError {
        let why = cause(error);
        if error.is_timeout() {
            self.target.away("does not answer in time")
        } else if why.contains("certificate") {
            not_trusted(&self.target, &why)
        } else if error.is_connect() {
            self.target.away(&format!("does not answer: {why}"))
        } else {
            self.target.away(&format!("broke off: {why}"))
        }
    }

    fn unreadable(&self, error: &super::csv::CsvError) -> ServerError {
        use super::csv::CsvError;
        match error {
            CsvError::Cut | CsvError::Failed(_) => self.target.away(&format!("did not answer to the end: {error}")),
            CsvError::Strange(_) => self.target.refused(&format!(
                "answers a query with something else: {error}; is the URL right, and is there a proxy in between"
            )),
        }
    }
}

pub(super) fn not_trusted(target: &Target, why: &str) -> ServerError {
    target.refused(&format!("is not trusted: {why}; give the certificate that signed its own by --influx-ca-file"))
}

/// The innermost cause: the layers above it only say that something was tried, with the whole URL.
pub(super) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    super::csv::short(&innermost.to_string())
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, ServerError> {
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(no_certificate()),
    }
}

pub(super) fn no_certificate() -> ServerError {
    ServerError::Refused("the file of --influx-ca-file holds no certificate in PEM that can be read".into())
}
