//! The limits: connections that send what was made before, so much at once, and only count the answers.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::Outcome;

/// Reads the answers to one request.
pub(crate) type Answered = fn(&mut dyn BufRead, usize) -> Outcome<()>;

/// What is sent at once, and how many answers come.
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    pub(crate) answers: usize,
}

/// Seconds until all is answered. Connections share the queues evenly; each has one request under way at a time.
pub(crate) fn send(address: &str, connections: usize, queues: &[Vec<Request>], answered: Answered) -> Outcome<f64> {
    let sent: Vec<_> = queues.iter().map(|_| AtomicUsize::new(0)).collect();
    let next = |queue: usize| queues[queue].get(sent[queue].fetch_add(1, Ordering::Relaxed));
    let begun = Instant::now();
    thread::scope(|scope| {
        let next = &next;
        let lane = |lane: usize| scope.spawn(move || connection(address, || next(lane % queues.len()), answered));
        let lanes: Vec<_> = (0..connections).map(lane).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| "a connection panicked")?)
    })?;
    Ok(begun.elapsed().as_secs_f64())
}

fn connection<'a>(address: &str, next: impl Fn() -> Option<&'a Request>, answered: Answered) -> Outcome<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = next() {
        stream.write_all(&request.bytes)?;
        answered(&mut reader, request.answers)?;
    }
    Ok(())
}

/// Of `XADD`: an id a command.
pub(crate) fn ids(reader: &mut dyn BufRead, answers: usize) -> Outcome<()> {
    let mut line = Vec::new();
    for _ in 0..answers {
        for begin in [b'$', b'0'] {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            let good = line.first().is_some_and(|&byte| byte == begin || begin == b'0' && byte.is_ascii_digit());
            if !good {
                return Err(format!("XADD is answered with {:?}", String::from_utf8_lossy(&line)).into());
            }
        }
    }
    Ok(())
}

/// Of `/write`: no content.
pub(crate) fn no_content(reader: &mut dyn BufRead, answers: usize) -> Outcome<()> {
    let mut line = String::new();
    for _ in 0..answers {
        line.clear();
        reader.read_line(&mut line)?;
        if !line.contains(" 204 ") {
            reader.take(1_000).read_to_string(&mut line)?;
            return Err(format!("/write is answered with {line:?}").into());
        }
        while line.len() > 2 {
            line.clear();
            reader.read_line(&mut line)?;
        }
    }
    Ok(())
}
