//! Connections of browsers and programs: a bounded number, and none that stands still for ever.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_io_timeout::TimeoutStream;

/// After a failure that is not the client's, such as too many open files.
const PAUSE: Duration = Duration::from_secs(1);

/// What clients may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at once; the next waits in the system's queue.
    pub(super) connections: usize,
    /// From the beginning of a request to the end of its head, and from one request to the next.
    pub(super) head: Duration,
    /// Without taking a byte of an answer.
    pub(super) stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 512, head: Duration::from_secs(30), stall: Duration::from_secs(30) }
    }
}

/// Serves until it is dropped. Connections end with the runtime, or by themselves.
pub(super) async fn serve(listener: TcpListener, router: Router, limits: Limits) {
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                if !is_of_client(&error) {
                    tracing::error!(%error, "a connection to the dashboard could not be taken; it is tried again");
                    sleep(PAUSE).await;
                }
                continue;
            }
        };
        let router = router.clone();
        tokio::spawn(async move {
            converse(stream, router, limits).await;
            drop(place);
        });
    }
}

/// One connection to its end, however it ends: who breaks it off or stands still has no more to be told.
async fn converse(stream: TcpStream, router: Router, limits: Limits) {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.stall));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router))
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection to the dashboard ended early");
    }
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::timeout;

    use super::*;

    /// More than fits the buffers of both ends.
    const LARGE: usize = 64 << 20;
    const SOON: Duration = Duration::from_secs(10);

    async fn served(limits: Limits) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "here")).route("/large", get(async || vec![b'x'; LARGE]));
        tokio::spawn(serve(listener, router, limits));
        address
    }

    async fn said(stream: &mut TcpStream, text: &str) {
        stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// All that comes until the connection ends.
    async fn heard(stream: &mut TcpStream) -> Vec<u8> {
        let mut all = Vec::new();
        // A reset ends it too.
        let _ = timeout(SOON, stream.read_to_end(&mut all)).await.expect("the connection ends");
        all
    }

    #[tokio::test]
    async fn half_a_request_is_not_waited_for_and_its_place_is_given_to_the_next() {
        let head = Duration::from_millis(200);
        let address = served(Limits { connections: 1, head, ..Limits::default() }).await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        said(&mut slow, "GET / HTTP/1.1\r\nhost: x\r\n").await;
        let mut next = TcpStream::connect(address).await.unwrap();
        said(&mut next, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(heard(&mut next).await.ends_with(b"here"));
        heard(&mut slow).await;
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let stall = Duration::from_millis(200);
        let address = served(Limits { connections: 1, stall, ..Limits::default() }).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        said(&mut silent, "GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let mut next = TcpStream::connect(address).await.unwrap();
        said(&mut next, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(heard(&mut next).await.ends_with(b"here"));
        assert!(heard(&mut silent).await.len() < LARGE);
    }
}
