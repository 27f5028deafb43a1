//! GET with bounds: time, size, where a redirect may lead, and whom the login is told.

use std::fmt;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, LOCATION};
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode, redirect};
use url::Url;

use super::fetch::Bounds;
use super::follow::{Follow, may_follow, same_host};
use super::login::Login;
use crate::cause;
use crate::plugins::text::safe;

/// A registry sends to its store, a store to a mirror; more is a circle.
const REDIRECTS_MAX: usize = 5;

/// Most of an answer that is read to find out what went wrong, and most of it that is told.
const ERROR_BYTES_MAX: usize = 16 << 10;
const SAID_BYTES_MAX: usize = 300;

/// What a server is shown.
pub(super) enum Pass {
    /// As the registry's own door gave it out.
    Token(String),
    Login(Login),
}

impl Pass {
    fn show(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Token(token) => request.bearer_auth(token),
            Self::Login(login) => request.basic_auth(&login.user, Some(&login.password)),
        }
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("token"),
            Self::Login(login) => login.fmt(f),
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) url: Url,
    pub(super) accept: &'static str,
    /// For the host of `url` alone.
    pub(super) pass: Option<&'a Pass>,
    pub(super) follow: Follow,
    pub(super) bytes_max: usize,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
    time_max: Duration,
}

impl Http {
    /// `ca_pem` is trusted beside the system's certificates. Proxies of the environment are used, but not to reach this machine.
    pub(super) fn new(bounds: &Bounds, ca_pem: Option<&[u8]>, loopback: bool) -> Result<Self, HttpError> {
        let certificates = ca_pem.map(certificates).transpose()?.unwrap_or_default();
        // Fails where another part was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .connect_timeout(bounds.silence_max)
            .read_timeout(bounds.silence_max)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("foghorn/", env!("CARGO_PKG_VERSION")));
        // An image without certificates has none to load, and needs none to ask itself.
        let builder = match loopback {
            true => builder.tls_certs_only(certificates).no_proxy(),
            false => builder.tls_certs_merge(certificates),
        };
        let client = builder.build().map_err(|error| HttpError::Client { why: innermost(&error) })?;
        Ok(Self { client, time_max: bounds.time_max })
    }

    /// The whole answer, within all bounds.
    pub(super) async fn get(&self, question: Question<'_>) -> Result<Answer, HttpError> {
        let slow = self.slow(&question.url);
        tokio::time::timeout(self.time_max, self.ask(question)).await.unwrap_or(Err(slow))
    }

    /// The error for a server that took all the time there was.
    pub(super) fn slow(&self, url: &Url) -> HttpError {
        HttpError::Slow { server: server(url), seconds: self.time_max.as_secs() }
    }

    async fn ask(&self, question: Question<'_>) -> Result<Answer, HttpError> {
        let mut url = question.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let mut request = self.client.get(url.clone()).header(ACCEPT, question.accept);
            if let Some(pass) = question.pass.filter(|_| same_host(&question.url, &url)) {
                request = pass.show(request);
            }
            let response = request.send().await.map_err(|error| broken(&url, &error))?;
            match response.status() {
                StatusCode::OK => return read(response, &url, question.bytes_max).await,
                status if status.is_redirection() => url = next(&url, response.headers(), question.follow)?,
                status => return Err(refused(response, &url, status).await),
            }
        }
        Err(HttpError::Circle { server: server(&question.url) })
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, HttpError> {
    let certificates = Certificate::from_pem_bundle(pem).map_err(|_| HttpError::Certificates)?;
    if certificates.is_empty() { Err(HttpError::Certificates) } else { Ok(certificates) }
}

/// Reads no more than `most`: an answer that says it is larger is not begun, one that lies is broken off.
async fn read(mut response: Response, url: &Url, most: usize) -> Result<Answer, HttpError> {
    let too_large = || HttpError::Size { server: server(url), most };
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(url, &error))? {
        if bytes.len() + chunk.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Answer { headers: response.headers().clone(), bytes })
}

/// Where a redirect leads, if it may.
fn next(from: &Url, headers: &HeaderMap, follow: Follow) -> Result<Url, HttpError> {
    let lost = || HttpError::Lost { server: server(from) };
    let location = headers.get(LOCATION).and_then(|location| location.to_str().ok()).ok_or_else(lost)?;
    let to = from.join(location).map_err(|_| lost())?;
    if may_follow(from, &to, follow) {
        Ok(to)
    } else {
        Err(HttpError::Redirect { server: server(from), to: safe(&server(&to), SAID_BYTES_MAX) })
    }
}

async fn refused(mut response: Response, url: &Url, status: StatusCode) -> HttpError {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= ERROR_BYTES_MAX {
            break;
        }
    }
    let said = safe(String::from_utf8_lossy(&body).trim(), SAID_BYTES_MAX);
    HttpError::Status { server: server(url), status: status.as_u16(), said }
}

pub(super) fn broken(url: &Url, error: &reqwest::Error) -> HttpError {
    let server = server(url);
    let why = if error.is_timeout() { "it says nothing for too long".to_owned() } else { innermost(error) };
    if why.contains("certificate") { HttpError::Trust { server, why } } else { HttpError::Broken { server, why } }
}

/// Only the innermost cause: outer ones repeat the URL.
fn innermost(error: &reqwest::Error) -> String {
    safe(&cause::innermost(error), SAID_BYTES_MAX)
}

/// Scheme, host and port: no path, no query, which may hold secrets.
fn server(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("no connection can be prepared: {why}")]
    Client { why: String },
    #[error("the file of --ca-file holds no certificate in PEM")]
    Certificates,
    #[error("the certificate of {server} is not trusted: {why}; name its issuer with --ca-file")]
    Trust { server: String, why: String },
    #[error("{server} does not answer: {why}")]
    Broken { server: String, why: String },
    #[error("{server} was not done after {seconds} s")]
    Slow { server: String, seconds: u64 },
    #[error("the answer of {server} is larger than the {most} bytes allowed")]
    Size { server: String, most: usize },
    #[error("{server} answers {status}: {said}")]
    Status { server: String, status: u16, said: String },
    #[error("{server} sends us to {to}; that is not followed, name the address itself")]
    Redirect { server: String, to: String },
    #[error("{server} sends us elsewhere and does not say where")]
    Lost { server: String },
    #[error("{server} sends us on and on ({REDIRECTS_MAX} times are allowed)")]
    Circle { server: String },
}
