//! The calls that the crate `influxdb2` does well: which version is there, is the bucket there.
//!
//! Promises: what the server answers ends in a value or an error. The two calls were read for it: they decode JSON into
//! checked types, without `unwrap` (its CSV parser has some, see `http`). What they lack is a bound on the answer's size;
//! the time limit stands in for it. They run at start and when somebody asks (`doctor`), not while lines are sent.
//!
//! The crate stands on an older `reqwest`, which trusts the certificates built into it and those of `--influx-ca-file`, but
//! none of the system.

use std::time::Duration;

use influxdb2::api::buckets::ListBucketsRequest;
use influxdb2::models::{Bucket, HealthCheck, Status};
use influxdb2::{Client, ClientBuilder, RequestError};
use reqwest_of_influxdb2 as reqwest;

use super::http::{cause, no_certificate, not_trusted};
use super::target::Target;
use super::verdict::{self, Answer};
use crate::spool::ServerError;

const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
const CALL_TIME_MAX: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Admin {
    client: Client,
    target: Target,
}

impl Admin {
    pub(super) fn new(target: Target, token: &str, ca_pem: Option<&[u8]>) -> Result<Self, ServerError> {
        let mut builder = reqwest::ClientBuilder::new()
            .connect_timeout(CONNECT_TIME_MAX)
            .timeout(CALL_TIME_MAX)
            .redirect(reqwest::redirect::Policy::none());
        for certificate in ca_pem.map(certificates).transpose()?.unwrap_or_default() {
            builder = builder.add_root_certificate(certificate);
        }
        let client = ClientBuilder::with_builder(builder, target.base.as_str(), &target.org, token).build();
        let client = client.map_err(|error| target.refused(&format!("cannot be spoken to: {}", cause(&error))))?;
        Ok(Self { client, target })
    }

    /// The version, when it is one that speaks this API.
    pub(super) async fn version(&self) -> Result<String, ServerError> {
        let health = self.client.health().await.map_err(|error| self.failed(&error))?;
        checked_version(&self.target, health)
    }

    /// How long the bucket keeps points, in words.
    pub(super) async fn retention(&self) -> Result<String, ServerError> {
        let request = ListBucketsRequest {
            name: Some(self.target.bucket.clone()),
            org: Some(self.target.org.clone()),
            ..ListBucketsRequest::default()
        };
        let buckets = self.client.list_buckets(Some(request)).await.map_err(|error| self.failed(&error))?.buckets;
        match buckets.iter().find(|bucket| bucket.name == self.target.bucket) {
            Some(bucket) => Ok(retention(bucket)),
            None => Err(self.target.nothing_there("not in its list of buckets")),
        }
    }

    fn failed(&self, error: &RequestError) -> ServerError {
        match error {
            RequestError::Http { status, text } => {
                let answer = Answer { status: status.as_u16(), retry_after: None, text: text.clone() };
                verdict::of_query(&self.target, &answer)
            }
            RequestError::ReqwestProcessing { source } if source.is_timeout() => {
                self.target.away("does not answer in time")
            }
            RequestError::ReqwestProcessing { source } if source.is_decode() => self.target.refused(&format!(
                "answers as no InfluxDB 2 does ({}): is the URL right? 1.x and 3.x are spoken to with --influx-api v1",
                cause(source)
            )),
            RequestError::ReqwestProcessing { source } if cause(source).contains("certificate") => {
                not_trusted(&self.target, &cause(source))
            }
            other => self.target.away(&format!("does not answer: {}", cause(other))),
        }
    }
}

fn checked_version(target: &Target, health: HealthCheck) -> Result<String, ServerError> {
    let version = health.version.unwrap_or_else(|| "without a version".into());
    let version = super::csv::short(&version);
    if health.status == Status::Fail {
        let message = super::csv::short(&health.message.unwrap_or_default());
        return Err(target.away(&format!("says that it is not well: {message}")));
    }
    match version.trim_start_matches('v').split('.').next() {
        Some("0" | "1" | "3") => Err(target
            .refused(&format!("is {version}, which has no Flux or not by default: speak to it with --influx-api v1"))),
        _ => Ok(version),
    }
}

fn retention(bucket: &Bucket) -> String {
    match bucket.retention_rules.iter().map(|rule| rule.every_seconds).find(|&seconds| seconds > 0) {
        None => "kept for ever".into(),
        Some(seconds) if seconds % 86_400 == 0 => format!("kept {} d", seconds / 86_400),
        Some(seconds) => format!("kept {} h", seconds.div_euclid(3_600)),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, ServerError> {
    reqwest::Certificate::from_pem_bundle(pem).map_err(|_| no_certificate())
}
