//! Asks the shop, as `schedule` says, until it is dropped. Requests do not wait for each other, as those of strangers would not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::schedule::{Chance, Request, rate};

const LIMIT: Duration = Duration::from_secs(12);
/// Requests under way at once; beyond it they are left out, so that a hang does not pile up threads.
const UNDER_WAY_MAX: u32 = 96;
const SEED: u64 = 20_240_601;

/// The load that runs.
#[derive(Debug)]
pub(super) struct Load {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    ended: AtomicBool,
    /// How many times the usual rate.
    factor: AtomicU32,
    under_way: AtomicU32,
}

impl Load {
    /// Begins to ask the web server at `address`.
    pub(super) fn start(address: SocketAddr) -> Self {
        let shared =
            Arc::new(Shared { ended: AtomicBool::new(false), factor: AtomicU32::new(1), under_way: AtomicU32::new(0) });
        let mine = shared.clone();
        let thread = thread::spawn(move || run(address, &mine));
        Self { shared, thread: Some(thread) }
    }

    /// Multiplies the rate; 1 is as usual.
    pub(super) fn multiply(&self, factor: u32) {
        self.shared.factor.store(factor, Ordering::Relaxed);
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(address: SocketAddr, shared: &Arc<Shared>) {
    let begin = Instant::now();
    let mut chance = Chance(SEED);
    while !shared.ended.load(Ordering::Relaxed) {
        let factor = f64::from(shared.factor.load(Ordering::Relaxed));
        thread::sleep(chance.pause(rate(begin.elapsed()) * factor));
        let request = chance.request();
        if shared.under_way.load(Ordering::Relaxed) < UNDER_WAY_MAX {
            shared.under_way.fetch_add(1, Ordering::Relaxed);
            let shared = shared.clone();
            thread::spawn(move || {
                // A refused or broken request is what the fault is about, not ours.
                let _ = ask(address, &request);
                shared.under_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

fn ask(address: SocketAddr, request: &Request) -> std::io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let Request { method, path, body, agent } = request;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: shop\r\nUser-Agent: {agent}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    stream.read_to_end(&mut Vec::new()).map(drop)
}
