//! A proxy that cuts connections after the server has done what it was asked, before the answer is through.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Listens on loopback until dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Every so many answers one is cut; 0 cuts none.
    cut_every: AtomicU64,
    answers: AtomicU64,
    cuts: AtomicU64,
    ended: AtomicBool,
}

impl Proxy {
    pub fn start(server_port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        std::thread::spawn(move || accept(&listener, server_port, &of_thread));
        Ok(Self { port, shared })
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// From now on one of so many answers is lost with its connection; 0 loses none.
    pub fn cut_every(&self, answers: u64) {
        self.shared.cut_every.store(answers, Ordering::SeqCst);
    }

    /// How many answers were cut.
    pub fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn accept(listener: &TcpListener, server_port: u16, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server_port));
        let (Ok(client), Ok(server)) = (client, TcpStream::connect_timeout(&address, Duration::from_secs(1))) else {
            continue;
        };
        let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else { continue };
        let shared = shared.clone();
        std::thread::spawn(move || copy(client, server, || true));
        std::thread::spawn(move || copy(server_too, client_too, || !shared.is_cut()));
    }
}

/// Copies until one side ends or `lets_through` says no; then ends both.
fn copy(mut from: TcpStream, mut to: TcpStream, lets_through: impl Fn() -> bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length) = from.read(&mut buffer) {
        if length == 0 || !lets_through() || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

impl Shared {
    fn is_cut(&self) -> bool {
        let every = self.cut_every.load(Ordering::SeqCst);
        let answer = self.answers.fetch_add(1, Ordering::SeqCst) + 1;
        let cut = every > 0 && answer.is_multiple_of(every);
        if cut {
            self.cuts.fetch_add(1, Ordering::SeqCst);
        }
        cut
    }
}
