//! A stand-in for servers that hold files and artifacts, for all that an honest one does not do.
//!
//! Why: a real registry (`registry`) never sends a wrong digest, half a body, or a redirect to somebody else. Each path here
//! answers what a test says. What every path does: only GET is taken, `/v2/` asks for the login that was set and hands out
//! tokens as the distribution specification says, and a manifest is given only to who accepts its media type.
//!
//! Left out: pushing, ranges, HEAD, listing.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::Context as _;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt as _, future, stream};
use tokio::sync::oneshot;

use crate::tls::{Authority, TlsListener};

/// Media type that manifests have, and that must be accepted.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

const TOKEN: &str = "token-of-the-stand-in";

/// What a path answers.
#[derive(Debug, Clone)]
pub enum Answer {
    Bytes(Vec<u8>),
    /// Bytes under a header of one's own.
    With(&'static str, String, Vec<u8>),
    /// 307 to this place.
    Redirect(String),
    /// Promises one byte more than it sends.
    Truncated(Vec<u8>),
    /// Never says how long it is, and never ends.
    Endless,
    /// Sends this, then nothing, and does not end.
    Silent(Vec<u8>),
    /// Another status, with a text.
    Status(u16, String),
}

/// Who may read what lies under `/v2/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Open,
    /// `Authorization` must be this value.
    Basic(&'static str),
    /// A token is handed out to who shows this value; `None`: to everybody.
    Token(Option<&'static str>),
}

/// A request that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// With its query.
    pub path: String,
    pub authorization: Option<String>,
}

#[derive(Debug)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<Asked>>,
    door: Door,
    url: String,
}

/// A running server. Ends when it is dropped.
#[derive(Debug)]
pub struct Artifacts {
    shared: Arc<Shared>,
    ca_pem: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Artifacts {
    pub fn start(door: Door) -> anyhow::Result<Self> {
        Self::start_with(door, None)
    }

    /// Over TLS, with a certificate that only `ca_pem` vouches for.
    pub fn start_tls(door: Door) -> anyhow::Result<Self> {
        Self::start_with(door, Some(Authority::new()?))
    }

    fn start_with(door: Door, authority: Option<Authority>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listen on loopback")?;
        listener.set_nonblocking(true)?;
        let scheme = if authority.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        let shared = Arc::new(Shared { answers: Mutex::default(), asked: Mutex::default(), door, url });
        let acceptor = authority.as_ref().map(Authority::acceptor).transpose()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let app = {
            let shared = Arc::clone(&shared);
            axum::Router::new().fallback(move |request: Request<Body>| {
                let answer = shared.answer(&request);
                async move { answer }
            })
        };
        let served = async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("the listener does not block");
            match acceptor {
                None => axum::serve(listener, app).await,
                Some(acceptor) => axum::serve(TlsListener { listener, acceptor }, app).await,
            }
        };
        let thread = std::thread::Builder::new().name("artifacts".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    ended = served => ended.expect("loopback can be served"),
                    _ = stopped => {}
                }
            });
        })?;
        let ca_pem = authority.map(|authority| authority.pem);
        Ok(Self { shared, ca_pem, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT` or `https://…`.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// `127.0.0.1:PORT`, as references to artifacts are written.
    pub fn registry(&self) -> &str {
        self.shared.url.split("//").last().unwrap_or_default()
    }

    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// What `path` answers from now on.
    pub fn set(&self, path: impl Into<String>, answer: Answer) {
        self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(path.into(), answer);
    }

    /// All requests so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Artifacts {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn answer(&self, request: &Request<Body>) -> Response {
        let path = request.uri().path();
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let authorization = text(header::AUTHORIZATION);
        let with_query = request.uri().path_and_query().map_or(path, |whole| whole.as_str());
        let asked = Asked { path: with_query.to_owned(), authorization: authorization.map(str::to_owned) };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        if request.method() != Method::GET {
            return error(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED");
        }
        if path == "/token" {
            return self.token(authorization);
        }
        if path.starts_with("/v2/")
            && let Some(challenge) = self.challenge(authorization)
        {
            return challenge;
        }
        if path == "/v2/" {
            return plain(StatusCode::OK, Body::from("{}"));
        }
        let accepts = text(header::ACCEPT).is_some_and(|accept| accept.contains(MANIFEST));
        if path.contains("/manifests/") && !accepts {
            return error(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN");
        }
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(path).map_or_else(|| error(StatusCode::NOT_FOUND, "NAME_UNKNOWN"), respond)
    }

    /// Why nobody comes in with this `Authorization`, if so.
    fn challenge(&self, authorization: Option<&str>) -> Option<Response> {
        let (wanted, challenge) = match self.door {
            Door::Open => return None,
            Door::Basic(value) => (value.to_owned(), "Basic realm=\"stand-in\"".to_owned()),
            Door::Token(_) => {
                (format!("Bearer {TOKEN}"), format!("Bearer realm=\"{}/token\",service=\"stand-in\"", self.url))
            }
        };
        if authorization == Some(&wanted) {
            return None;
        }
        Some(with(error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED"), "www-authenticate", &challenge))
    }

    fn token(&self, authorization: Option<&str>) -> Response {
        match self.door {
            Door::Token(wanted) if wanted == authorization => {
                plain(StatusCode::OK, Body::from(format!("{{\"token\":\"{TOKEN}\"}}")))
            }
            _ => error(StatusCode::UNAUTHORIZED, "DENIED"),
        }
    }
}

fn respond(answer: &Answer) -> Response {
    let ok = StatusCode::OK;
    match answer.clone() {
        Answer::Bytes(bytes) => plain(ok, Body::from(bytes)),
        Answer::With(name, value, bytes) => with(plain(ok, Body::from(bytes)), name, &value),
        Answer::Redirect(to) => with(plain(StatusCode::TEMPORARY_REDIRECT, Body::empty()), "location", &to),
        Answer::Truncated(bytes) => {
            let promised = bytes.len() + 1;
            with(plain(ok, stream(bytes, false)), "content-length", &promised.to_string())
        }
        Answer::Endless => plain(ok, endless()),
        Answer::Silent(bytes) => plain(ok, stream(bytes, true)),
        Answer::Status(status, text) => {
            plain(StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT), Body::from(text))
        }
    }
}

/// One chunk, then the end or nothing for ever.
fn stream(bytes: Vec<u8>, hangs: bool) -> Body {
    let chunk = stream::once(future::ready(sent(bytes)));
    if hangs { Body::from_stream(chunk.chain(stream::pending())) } else { Body::from_stream(chunk) }
}

fn endless() -> Body {
    Body::from_stream(stream::repeat_with(|| sent(vec![0; 64 << 10])))
}

fn sent(bytes: Vec<u8>) -> Result<Vec<u8>, Infallible> {
    Ok(bytes)
}

fn plain(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    let value = value.parse().expect("a test sets sound headers");
    response.headers_mut().insert(name, value);
    response
}

/// As the distribution specification writes errors.
fn error(status: StatusCode, code: &str) -> Response {
    plain(status, Body::from(format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"said the stand-in\"}}]}}")))
}
