//! The HTTP server around the stand-in: a thread with a runtime of its own, so that tests need none.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;

use anyhow::Context as _;
use axum::body::Body;
use axum::extract::Query;
use axum::response::Response;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::{Reply, Request, Shared};
use crate::tls::TlsListener;

/// Far above `Options::body_bytes_max`, which is checked after unpacking.
const WIRE_BYTES_MAX: usize = 256 << 20;

#[derive(Debug)]
pub(super) struct Running {
    /// Dropped to end the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(super) fn start(shared: Arc<Shared>, port: u16, tls: Option<TlsAcceptor>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| format!("listen on {port}"))?;
        listener.set_nonblocking(true)?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("influx2".into()).spawn(move || {
            // With the runtime all connections end, as when a server is killed.
            runtime.block_on(serve(listener, tls, shared, stopped));
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

/// A port on which nobody listens now, below those that the kernel gives to connections, so that nobody takes it while the
/// server is down. Each call of a process tries others, and processes begin far from each other.
pub(super) fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u32 = 15_000;
    const COUNT: u32 = 5_000;
    for _ in 0..COUNT {
        let turn = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + (std::process::id().wrapping_mul(257) % COUNT + turn) % COUNT)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no port is free")
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("the listener does not block");
    let app = axum::Router::new().fallback(move |request| handle(Arc::clone(&shared), request));
    let served = async {
        match tls {
            None => axum::serve(listener, app).await,
            Some(acceptor) => axum::serve(TlsListener { listener, acceptor }, app).await,
        }
    };
    tokio::select! {
        ended = served => ended.expect("loopback can be served"),
        _ = stopped => {}
    }
}

async fn handle(shared: Arc<Shared>, request: axum::extract::Request) -> Response {
    let reply = match taken_in(request).await {
        Ok(request) => shared.answer(request),
        Err(error) => Reply::error(400, "invalid", &format!("no request that can be read: {error:#}")),
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(reply.body)).expect("replies are made of valid parts")
}

async fn taken_in(request: axum::extract::Request) -> anyhow::Result<Request> {
    let (parts, body) = request.into_parts();
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)?;
    let headers = parts.headers.iter().map(|(name, value)| Ok((name.to_string(), value.to_str()?.to_owned())));
    Ok(Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query,
        headers: headers.collect::<anyhow::Result<_>>()?,
        body: axum::body::to_bytes(body, WIRE_BYTES_MAX).await?.to_vec(),
        status: 0,
    })
}
