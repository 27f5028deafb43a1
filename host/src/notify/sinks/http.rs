//! One POST, with bounds: time, what is read of the answer, no redirects.

use std::time::Duration;

use reqwest::header::{HeaderName, RETRY_AFTER};
use reqwest::{Certificate, StatusCode, redirect};
use serde_json::Value;
use url::Url;

use super::Outcome;
use super::words::line;
use crate::cause::innermost;
use crate::settings::sinks::Secret;

/// For the whole of a request.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Most that is read of an answer, bytes, and told of it, characters.
const ANSWER_BYTES_MAX: usize = 4 << 10;
const ANSWER_CHARS_MAX: usize = 200;

/// Longest that a receiver may ask to wait.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// What is sent.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) body: Value,
    /// Of our own making alone: never text from logs.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) login: Login,
}

/// Who we are to the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    Nobody,
    Token(Secret),
    User { name: String, password: Secret },
}

impl Request {
    pub(super) fn new(url: &Url, body: Value) -> Self {
        Self { url: url.clone(), body, headers: Vec::new(), login: Login::Nobody }
    }
}

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[error("cannot send notices: {0}")]
pub struct ClientError(String);

/// Sends requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

impl Client {
    /// `ca_pem` is trusted beside the system's certificates.
    pub fn new(ca_pem: Option<&[u8]>) -> Result<Self, ClientError> {
        let read = |pem| Certificate::from_pem_bundle(pem).map_err(|error| ClientError(innermost(&error)));
        let certificates = ca_pem.map(read).transpose()?.unwrap_or_default();
        // Fails where another part was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .timeout(TIME_MAX)
            .redirect(redirect::Policy::none())
            .tls_certs_merge(certificates)
            .user_agent(concat!("foghorn/", env!("CARGO_PKG_VERSION")));
        Ok(Self(builder.build().map_err(|error| ClientError(innermost(&error)))?))
    }

    pub(super) async fn send(&self, request: Request) -> Outcome {
        let mut builder =
            self.0.post(request.url).header("content-type", "application/json").body(request.body.to_string());
        for (name, value) in request.headers {
            builder = builder.header(HeaderName::from_static(name), value);
        }
        builder = match &request.login {
            Login::Nobody => builder,
            Login::Token(token) => builder.bearer_auth(token.reveal()),
            Login::User { name, password } => builder.basic_auth(name, Some(password.reveal())),
        };
        match builder.send().await {
            Ok(response) => outcome(response).await,
            Err(error) if error.is_builder() => Outcome::Refused(innermost(&error)),
            Err(error) if error.is_timeout() => later(format!("no answer within {} s", TIME_MAX.as_secs())),
            Err(error) => later(innermost(&error.without_url())),
        }
    }
}

async fn outcome(response: reqwest::Response) -> Outcome {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(wait);
    let is_redirect = status.is_redirection();
    let said = said(response).await;
    let text = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
    match status {
        status if status.is_success() => Outcome::Delivered(text),
        _ if is_redirect => Outcome::Refused(format!(
            "{status}: it redirects elsewhere, which is not followed; set the address it leads to"
        )),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Outcome::Later { why: text, after }
        }
        status if status.is_server_error() => Outcome::Later { why: text, after },
        _ => Outcome::Refused(text),
    }
}

/// The begin of the answer, on one line.
async fn said(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    // What breaks off was said as far as it came.
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= ANSWER_BYTES_MAX {
            break;
        }
    }
    line(String::from_utf8_lossy(&bytes).trim(), ANSWER_CHARS_MAX)
}

/// Seconds or a date of HTTP.
fn wait(text: &str) -> Option<Duration> {
    let seconds = match text.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
            u64::try_from(at.as_second() - jiff::Timestamp::now().as_second()).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds).min(WAIT_MAX))
}

fn later(why: String) -> Outcome {
    Outcome::Later { why, after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_may_ask_to_wait_in_seconds_or_until_a_date_but_not_for_ever() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("999999"), Some(WAIT_MAX));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }
}
