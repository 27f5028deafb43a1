//! A part that many open pages ask for at the same moment, made once and packed once for all of them.
//!
//! Pages are told of a change at the same moments (`events::period`), or at once. What is kept is younger than half of that time, so who was told at
//! one moment never gets what was made for the moment before; and where they are told at once, what was made before the change is let go.

use std::io::Write as _;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::PageError;

/// One such part. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    made: Arc<Mutex<Option<Made>>>,
    changed: Arc<std::sync::Mutex<Option<Instant>>>,
}

#[derive(Debug, Clone)]
struct Made {
    /// When it was begun: what changed after that may not be in it.
    when: Instant,
    plain: Bytes,
    packed: Bytes,
}

impl Kept {
    /// What was made less than half a `period` ago, else what `make` makes now; who comes meanwhile waits for it.
    pub(crate) async fn get(
        &self,
        period: Duration,
        headers: &HeaderMap,
        make: impl Future<Output = Result<String, PageError>>,
    ) -> Result<Response, PageError> {
        let mut kept = self.made.lock().await;
        let changed = *self.changed();
        let is_good =
            |made: &Made| made.when.elapsed() < period / 2 && changed.is_none_or(|changed| changed <= made.when);
        let made = match &*kept {
            Some(made) if is_good(made) => made.clone(),
            _ => {
                let begun = Instant::now();
                kept.insert(Made::of(begun, make.await?)).clone()
            }
        };
        drop(kept);
        Ok(made.response(headers))
    }

    /// What is shown has changed just now.
    pub(crate) fn has_changed(&self) {
        *self.changed() = Some(Instant::now());
    }

    fn changed(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Made {
    fn of(when: Instant, text: String) -> Self {
        let mut packer = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
        // Writing to memory cannot fail.
        let packed = packer.write_all(text.as_bytes()).and_then(|()| packer.finish()).unwrap_or_default();
        Self { when, plain: text.into(), packed: packed.into() }
    }

    fn response(self, headers: &HeaderMap) -> Response {
        let html = (header::CONTENT_TYPE, "text/html; charset=utf-8");
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if accepted.split(',').any(|coding| coding.trim().eq_ignore_ascii_case("gzip")) {
            let packed = [html, (header::CONTENT_ENCODING, "gzip"), (header::VARY, "accept-encoding")];
            return (packed, self.packed).into_response();
        }
        ([html], self.plain).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(4);

    async fn got(kept: &Kept, text: &str, coding: &'static str) -> (bool, Vec<u8>) {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, coding.parse().unwrap())]);
        let response = kept.get(PERIOD, &headers, async { Ok(text.to_owned()) }).await.unwrap();
        let is_packed = response.headers().contains_key(header::CONTENT_ENCODING);
        (is_packed, axum::body::to_bytes(response.into_body(), 1_000).await.unwrap().to_vec())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_young_is_given_again_and_what_is_old_is_made_anew() {
        let kept = Kept::default();
        assert_eq!(got(&kept, "first", "identity").await, (false, b"first".to_vec()));
        tokio::time::advance(Duration::from_millis(1_999)).await;
        assert_eq!(got(&kept, "second", "").await.1, b"first");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(got(&kept, "third", "").await.1, b"third");
        tokio::time::advance(Duration::from_millis(1)).await;
        kept.has_changed();
        assert_eq!(got(&kept, "fourth", "").await.1, b"fourth", "made before the change");
        assert_eq!(got(&kept, "fifth", "").await.1, b"fourth");
    }

    #[tokio::test]
    async fn who_takes_gzip_gets_it() {
        let kept = Kept::default();
        let (is_packed, bytes) = got(&kept, "text", "br, GZIP").await;
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
        assert_eq!((is_packed, text.as_str()), (true, "text"));
    }
}
