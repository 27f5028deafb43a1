//! One HTTP client for one server: connections, login, time limits, and what failures mean.
//!
//! No answer is waited for longer than a minute, no text of the server is repeated at length, and neither password nor token
//! ever stands in an error: texts name the server by scheme, host and port alone. Redirects are not followed, because the
//! login would go with them.

use std::error::Error as _;
use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, redirect};
use url::Url;

use super::text;
use crate::spool::ServerError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(60);
/// A body of points is stored in a second; a server that takes longer hangs.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// Most of an answer that is read to find out what went wrong.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// How we log in. Shown without its secret.
#[derive(Clone)]
pub(super) enum Login {
    None,
    User { name: String, password: String },
    Token(String),
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("no login"),
            Self::User { name, .. } => write!(f, "user {name:?}"),
            Self::Token(_) => f.write_str("token"),
        }
    }
}

impl Login {
    /// What to look at when the server does not let us in.
    fn cure(&self) -> &'static str {
        match self {
            Self::None => "give a user (--influx-user, --influx-password-file) or a token (--influx-token-file)",
            Self::User { .. } => "check --influx-user and the file of --influx-password-file",
            Self::Token(_) => "check the file of --influx-token-file",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
    base: Url,
    /// Scheme, host and port.
    server: String,
    login: Login,
    /// Marked as sensitive: not shown by `Debug`.
    authorization: Option<HeaderValue>,
}

impl Http {
    /// `ca_pem` is trusted beside the system's certificates.
    pub(super) fn open(base: Url, login: Login, ca_pem: Option<&[u8]>) -> Result<Self, ServerError> {
        let server = base.origin().ascii_serialization();
        let authorization = match &login {
            Login::Token(token) => Some(authorization(&format!("Token {token}"))?),
            Login::None | Login::User { .. } => None,
        };
        let client = client(&base, ca_pem).map_err(|detail| {
            ServerError::Refused(format!("no connection to InfluxDB at {server} can be prepared: {detail}"))
        })?;
        Ok(Self { client, base, server, login, authorization })
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn login(&self) -> &Login {
        &self.login
    }

    pub(super) async fn get(&self, path: &str) -> Result<Response, ServerError> {
        self.send(self.request(Method::GET, path, &[])).await
    }

    /// Asks a question; the answer is CSV.
    pub(super) async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<Response, ServerError> {
        self.send(self.request(Method::GET, path, query).header(ACCEPT, "application/csv")).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Vec<u8>,
        encoding: Option<&'static str>,
    ) -> Result<Response, ServerError> {
        let request = self.request(Method::POST, path, query).timeout(WRITE_TIMEOUT).body(body);
        self.send(match encoding {
            Some(encoding) => request.header(CONTENT_ENCODING, encoding),
            None => request,
        })
        .await
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let request = self.client.request(method, url).query(query);
        match (&self.authorization, &self.login) {
            (Some(authorization), _) => request.header(AUTHORIZATION, authorization.clone()),
            (None, Login::User { name, password }) => request.basic_auth(name, Some(password)),
            (None, _) => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ServerError> {
        request.send().await.map_err(|error| self.failed(&error))
    }

    /// What a failed request or a broken answer means.
    pub(super) fn failed(&self, error: &reqwest::Error) -> ServerError {
        let server = &self.server;
        if error.is_timeout() {
            return ServerError::Away(format!("InfluxDB at {server} does not answer in time"));
        }
        // Only the innermost: outer ones repeat the URL.
        let mut cause = error.source();
        while let Some(inner) = cause.and_then(std::error::Error::source) {
            cause = Some(inner);
        }
        let cause = cause.map_or_else(|| "the connection broke".into(), ToString::to_string);
        if cause.contains("certificate") {
            return ServerError::Refused(format!(
                "the certificate of InfluxDB at {server} is not trusted: {cause}; name its issuer with --influx-ca-file"
            ));
        }
        ServerError::Away(format!("InfluxDB at {server} does not answer: {}", text::said(&cause)))
    }

    /// What an answer means that is no success, on whatever API. `may` is what we wanted to do.
    pub(super) fn refused(&self, status: StatusCode, said: &str, may: &str) -> ServerError {
        let server = &self.server;
        let said = text::said(said);
        match status.as_u16() {
            401 => {
                ServerError::Refused(format!("InfluxDB at {server} does not let us in ({said}); {}", self.login.cure()))
            }
            403 => ServerError::Refused(format!("InfluxDB at {server} does not let us {may} ({said})")),
            300..=399 => ServerError::Refused(format!(
                "{server} answers {status}, that InfluxDB is elsewhere; give its own address with --influx-url"
            )),
            404 | 408 | 429 | 500..=599 => {
                ServerError::Away(format!("InfluxDB at {server} cannot {may} now: {status} {said}"))
            }
            _ => ServerError::Refused(format!("InfluxDB at {server} refuses to {may}: {status} {said}")),
        }
    }

    /// The text of an error: JSON, CSV or plain.
    pub(super) async fn said(&self, mut response: Response) -> String {
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= ERROR_BYTES_MAX {
                break;
            }
        }
        #[derive(serde::Deserialize)]
        struct Said {
            error: String,
        }
        match serde_json::from_slice::<Said>(&body) {
            Ok(said) => said.error,
            Err(_) => String::from_utf8_lossy(&body).trim_start_matches("error\n").into(),
        }
    }
}

fn authorization(value: &str) -> Result<HeaderValue, ServerError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        let cure = "write only the token into the file of --influx-token-file";
        ServerError::Refused(format!(
            "the token of InfluxDB holds a line break or another character no token has; {cure}"
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What the clients of all APIs have in common. `certificates` are trusted beside the system's.
pub(super) fn client_builder(base: &Url, certificates: Vec<Certificate>) -> ClientBuilder {
    // Fails where another part was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none());
    // Without TLS no certificates are needed, and an image without any has none to load.
    match base.scheme() {
        "https" => builder.tls_certs_merge(certificates),
        _ => builder.tls_certs_only(certificates),
    }
}

/// The fast level: most of what more would save costs twice the time.
pub(super) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("memory takes all that is written")
}

fn client(base: &Url, ca_pem: Option<&[u8]>) -> Result<Client, String> {
    let certificates = match ca_pem {
        None => Vec::new(),
        Some(pem) => Certificate::from_pem_bundle(pem).map_err(|_| "--influx-ca-file is not in PEM".to_owned())?,
    };
    if ca_pem.is_some() && certificates.is_empty() {
        return Err("the file of --influx-ca-file holds no certificate".into());
    }
    let builder =
        client_builder(base, certificates).timeout(TIMEOUT).user_agent(concat!("foghorn/", env!("CARGO_PKG_VERSION")));
    builder.build().map_err(|error| {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        format!("{cause}; certificates to trust can be named with --influx-ca-file")
    })
}
