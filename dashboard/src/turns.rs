//! Calls of the host: off the async threads, a bounded number at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::PageError;

/// How long a request waits for its turn before it is told to come again.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(5);

/// A bound on calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(crate) fn new(max: usize) -> Self {
        Self(Arc::new(Semaphore::new(max.max(1))))
    }

    /// Runs `work` on the blocking pool. The permit goes with it: a browser that gives up does not free a place that a slow
    /// call still holds.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PageError> {
        let turn = timeout(WAIT_MAX, self.0.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = turn else { return Err(PageError::Busy) };
        let work = tokio::task::spawn_blocking(move || {
            let answer = work();
            drop(permit);
            answer
        });
        Ok(work.await?)
    }
}
