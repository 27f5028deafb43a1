//! A part that many open pages ask for at the same moment, made once and packed once for all of them.
//!
//! Pages are told of a change at the same moments (`events::period`). What is kept is younger than half of that time, so who was told at
//! one moment never gets what was made for the moment before.

use std::io::Write as _;
use std::sync::Arc;
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
pub(crate) struct Kept(Arc<Mutex<Option<Made>>>);

#[derive(Debug, Clone)]
struct Made {
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
        let mut kept = self.0.lock().await;
        let made = match &*kept {
            Some(made) if made.when.elapsed() < period / 2 => made.clone(),
            _ => kept.insert(Made::of(make.await?)).clone(),
        };
        drop(kept);
        Ok(made.response(headers))
    }
}

impl Made {
    fn of(text: String) -> Self {
        let mut packer = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
        // Writing to memory cannot fail.
        let packed = packer.write_all(text.as_bytes()).and_then(|()| packer.finish()).unwrap_or_default();
        Self { when: Instant::now(), plain: text.into(), packed: packed.into() }
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
