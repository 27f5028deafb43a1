//! A receiver of webhooks for tests: answers as it is told, in order, and keeps what came.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How one request is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Status line without the version, headers each ending in CRLF, body.
    Http { status: &'static str, headers: String, body: String },
    /// The connection stays open and nothing comes.
    Hang,
    /// The connection ends in the middle of the answer.
    BreakOff,
}

impl Answer {
    pub fn status(status: &'static str) -> Self {
        Self::Http { status, headers: String::new(), body: "said".into() }
    }

    pub fn with_header(status: &'static str, name: &str, value: &str) -> Self {
        Self::Http { status, headers: format!("{name}: {value}\r\n"), body: String::new() }
    }
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Request line and headers.
    pub head: String,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A receiver that runs until it is dropped.
#[derive(Debug)]
pub struct Receiver {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Gives the answers in order; after them each request gets 200. To be called in a tokio runtime.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let received = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
        let kept = Arc::clone(&received);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, answers) = (Arc::clone(&kept), Arc::clone(&answers));
                tokio::spawn(async move { drop(serve(stream, &answers, &kept).await) });
            }
        });
        Ok(Self { address, received, task })
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: &Mutex<VecDeque<Answer>>,
    kept: &Mutex<Vec<Received>>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut received = Received { head, body: String::new() };
    let length: usize = received.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + 4 + length && stream.read_buf(&mut bytes).await? > 0 {}
    received.body = String::from_utf8_lossy(&bytes[head_end + 4..]).into_owned();
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(received);
    let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    match answer.unwrap_or_else(|| Answer::status("200 OK")) {
        Answer::Hang => std::future::pending().await,
        Answer::BreakOff => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99").await,
        Answer::Http { status, headers, body } => {
            let length = body.len();
            let text =
                format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(text.as_bytes()).await
        }
    }
}
