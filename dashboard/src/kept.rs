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
use tokio::time::{Instant, timeout};

use crate::error::PageError;
use crate::turns::WAIT_MAX;

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
        // Behind one that is slow nobody waits longer than for a turn.
        let mut kept = timeout(WAIT_MAX, self.made.lock()).await.map_err(|_| PageError::Busy)?;
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
        if accepted.split(',').any(is_gzip) {
            let packed = [html, (header::CONTENT_ENCODING, "gzip"), (header::VARY, "accept-encoding")];
            return (packed, self.packed).into_response();
        }
        ([html], self.plain).into_response()
    }
}

/// Whether a coding that is named with its weight is gzip, and wanted.
fn is_gzip(coding: &str) -> bool {
    let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
    let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
    name.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight| weight > 0.0)
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

    #[test]
    fn a_coding_of_no_weight_is_not_wanted() {
        let wanted = ["gzip", " GZIP;q=1.0", "gzip; q=0.5", "gzip;q=0", "gzip;q=0.000", "br", "gzip;q=x"].map(is_gzip);
        assert_eq!(wanted, [true, true, true, false, false, false, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_behind_one_that_is_slow_is_told_so_in_time() {
        let kept = Kept::default();
        let slow = kept.clone();
        tokio::spawn(async move {
            slow.get(PERIOD, &HeaderMap::new(), std::future::pending::<Result<String, PageError>>()).await.map(drop)
        });
        tokio::task::yield_now().await;
        let begun = Instant::now();
        let waits: Vec<_> = (0..3)
            .map(|_| {
                let kept = kept.clone();
                tokio::spawn(
                    async move { kept.get(PERIOD, &HeaderMap::new(), async { Ok(String::new()) }).await.is_err() },
                )
            })
            .collect();
        for wait in waits {
            assert!(wait.await.unwrap());
        }
        assert_eq!(begun.elapsed(), WAIT_MAX);
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
