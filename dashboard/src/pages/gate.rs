//! The body of a form whose sender is not known yet: a little of it is let in, the rest when somebody opens.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;

/// Bytes that are let in before it is opened: a field of text with what browsers write around it, and a first piece of what follows.
const CLOSED_BYTES_MAX: usize = 64 * 1024;

/// Opens what it came with.
#[derive(Debug)]
pub(super) struct Key(watch::Sender<bool>);

impl Key {
    pub(super) fn open(&self) {
        self.0.send_replace(true);
    }
}

/// The request with its body behind a gate. While it is closed the sender waits, and what it sends stays outside.
pub(super) fn gated(request: Request) -> (Request, Key) {
    let (sender, receiver) = watch::channel(false);
    let (parts, body) = request.into_parts();
    let pieces = stream::unfold((body.into_data_stream(), 0, receiver), |(mut pieces, seen, mut opened)| async move {
        if seen > CLOSED_BYTES_MAX && !*opened.borrow() {
            // An error: who holds the key has gone, and so has who reads.
            opened.wait_for(|is_open| *is_open).await.ok()?;
        }
        let piece: Result<Bytes, axum::Error> = pieces.next().await?;
        let seen = seen + piece.as_ref().map_or(0, Bytes::len);
        Some((piece, (pieces, seen, opened)))
    });
    (Request::from_parts(parts, Body::from_stream(pieces)), Key(sender))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn little_comes_in_before_it_is_opened_and_all_after() {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        let pieces = stream::iter((0..100).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 8 * 1024]))
        }));
        let (request, key) = gated(Request::new(Body::from_stream(pieces)));
        let mut body = request.into_body().into_data_stream();
        let read_on = async |body: &mut axum::body::BodyDataStream| {
            let until = std::time::Duration::from_secs(1);
            while let Ok(Some(piece)) = tokio::time::timeout(until, body.next()).await {
                piece.unwrap();
            }
        };
        read_on(&mut body).await;
        assert_eq!(sent.load(Ordering::Relaxed), CLOSED_BYTES_MAX / (8 * 1024) + 1);
        key.open();
        read_on(&mut body).await;
        assert_eq!(sent.load(Ordering::Relaxed), 100);
    }
}
