//! A socket in front of the engine's, which notes every request and can be interrupted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const ENGINE_SOCKET: &str = "/var/run/docker.sock";

pub(crate) struct Proxy {
    _dir: tempfile::TempDir,
    endpoint: String,
    requests: Arc<Mutex<Vec<String>>>,
    /// Cancelled to end the connections of now; a new one takes its place when new ones are let in.
    gate: Arc<Mutex<Option<CancellationToken>>>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("proxy.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(Mutex::new(Some(CancellationToken::new())));
        tokio::spawn(accept(listener, requests.clone(), gate.clone()));
        let endpoint = format!("unix://{}", path.display());
        Self { _dir: dir, endpoint, requests, gate }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// First lines of all requests.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// As when the engine is restarted: connections break, new ones are refused for a while.
    pub(crate) async fn interrupt(&self, pause: Duration) {
        if let Some(token) = self.gate.lock().unwrap().take() {
            token.cancel();
        }
        tokio::time::sleep(pause).await;
        *self.gate.lock().unwrap() = Some(CancellationToken::new());
    }
}

async fn accept(
    listener: UnixListener,
    requests: Arc<Mutex<Vec<String>>>,
    gate: Arc<Mutex<Option<CancellationToken>>>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let token = gate.lock().unwrap().clone();
        if let Some(token) = token {
            let requests = requests.clone();
            connections.spawn(async move {
                tokio::select! {
                    () = token.cancelled() => {}
                    () = carry(client, requests) => {}
                }
            });
        }
    }
}

async fn carry(mut client: UnixStream, requests: Arc<Mutex<Vec<String>>>) {
    let mut engine = UnixStream::connect(ENGINE_SOCKET).await.unwrap();
    let mut head = vec![0; 8192];
    let length = client.read(&mut head).await.unwrap_or(0);
    let first = String::from_utf8_lossy(&head[..length]).lines().next().unwrap_or_default().to_owned();
    requests.lock().unwrap().push(first);
    if engine.write_all(&head[..length]).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
    }
}
