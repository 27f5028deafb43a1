//! A strict stand-in for InfluxDB 2, which cannot be had where Foghorn is built.
//!
//! Why: the v2 dialect needs something to be tested against that does not forgive. It is a real HTTP server on loopback; it
//! checks what the public documentation of the v2 API says of paths, methods, parameters, headers, line protocol and Flux,
//! with parsers of its own, stores points as InfluxDB does (equal series and time overwrite) and answers annotated CSV.
//!
//! Promises: what it does not know is an error, never ignored. It is written from the documentation, and where the public
//! source of 2.x says more (each place names it), from that; it shares no code with Foghorn.
//!
//! Left out: everything that Foghorn does not use; shards (a field has one type in the whole bucket); durability (`stop`
//! and `start_again` keep the points, `wipe` loses them). That this server takes a request is no proof that a real 2.x does.

mod api;
mod csv;
mod flux;
mod lines;
mod points;
mod serve;
#[cfg(test)]
mod tests;
mod value;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::points::Points;
use self::serve::Running;
use crate::tls::Authority;

/// Requests that are remembered; the oldest go first.
const REQUESTS_MAX: usize = 10_000;

/// What the one bucket is like.
#[derive(Debug, Clone)]
pub struct Options {
    pub org: String,
    pub bucket: String,
    /// As `/health` gives it.
    pub version: String,
    /// Bytes of a body of points, after unpacking.
    pub body_bytes_max: usize,
    /// Points older than this are rejected; 0 keeps all.
    pub retention_s: u32,
    /// Speaks TLS, with a certificate that only `Influx2::ca_pem` signs for.
    pub tls: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            org: "acme".into(),
            bucket: "foghorn".into(),
            version: "v2.7.12".into(),
            body_bytes_max: 50 << 20,
            retention_s: 0,
            tls: false,
        }
    }
}

/// A request as it came, the body unpacked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lowercase.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How it was answered.
    pub status: u16,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }

    /// The JSON that InfluxDB answers errors with.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let json = serde_json::json!({ "code": code, "message": message });
        Self::new(status, "application/json; charset=utf-8", json.to_string())
    }
}

/// What the server's thread and the handle share.
#[derive(Debug)]
struct Shared {
    options: Options,
    points: Mutex<Points>,
    requests: Mutex<VecDeque<Request>>,
    /// Answers to be given instead of the true ones, each once, by path.
    scripted: Mutex<Vec<(String, Reply)>>,
}

/// The server. It ends when it is dropped.
#[derive(Debug)]
pub struct Influx2 {
    shared: Arc<Shared>,
    authority: Option<Authority>,
    port: u16,
    running: Option<Running>,
}

impl Influx2 {
    /// May read and write the bucket.
    pub const TOKEN: &str = "token-that-may-read-and-write==";
    pub const READ_TOKEN: &str = "token-that-may-read==";
    pub const WRITE_TOKEN: &str = "token-that-may-write==";

    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(Options::default())
    }

    pub fn start_with(options: Options) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            options,
            points: Mutex::default(),
            requests: Mutex::default(),
            scripted: Mutex::default(),
        });
        let authority = shared.options.tls.then(Authority::new).transpose()?;
        let port = serve::free_port()?;
        let mut server = Self { shared, authority, port, running: None };
        server.start_again()?;
        Ok(server)
    }

    /// `http://127.0.0.1:PORT`, or `https://…`; the same after `start_again`.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// What to trust when it speaks TLS; empty when it does not.
    pub fn ca_pem(&self) -> &str {
        self.authority.as_ref().map(|authority| authority.pem.as_str()).unwrap_or_default()
    }

    /// Ends it as a kill does: connections break off, requests under way get no answer.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it on the same port with the points it had.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        self.running = None;
        let tls = self.authority.as_ref().map(Authority::acceptor).transpose()?;
        self.running = Some(Running::start(Arc::clone(&self.shared), self.port, tls)?);
        Ok(())
    }

    /// Loses all points.
    pub fn wipe(&self) {
        *lock(&self.shared.points) = Points::default();
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        lock(&self.shared.points).len()
    }

    /// The newest requests, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).iter().cloned().collect()
    }

    /// The next request to `path` is answered with this, whatever it asks.
    pub fn answer_next(&self, path: &str, reply: Reply) {
        lock(&self.shared.scripted).push((path.to_owned(), reply));
    }
}

impl Shared {
    fn answer(&self, mut request: Request) -> Reply {
        let scripted = {
            let mut scripted = lock(&self.scripted);
            let place = scripted.iter().position(|(path, _)| *path == request.path);
            place.map(|at| scripted.remove(at).1)
        };
        let reply = scripted.unwrap_or_else(|| api::answer(&self.options, &mut lock(&self.points), &mut request));
        request.status = reply.status;
        let mut requests = lock(&self.requests);
        if requests.len() == REQUESTS_MAX {
            requests.pop_front();
        }
        requests.push_back(request);
        reply
    }
}

/// A test that failed while it held a lock has said what there is to say.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
