//! The one way to the source: off the async threads, a bounded number at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::PageError;
use crate::source::{ReadError, Source};

/// How long a request waits for its turn before it is told to come again.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// A source behind a bound. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    source: Arc<dyn Source>,
    permits: Arc<Semaphore>,
}

impl Reader {
    pub(crate) fn new(source: Arc<dyn Source>, reads_max: usize) -> Self {
        Self { source, permits: Arc::new(Semaphore::new(reads_max.max(1))) }
    }

    /// Runs `read` on the blocking pool. The permit goes with it: a browser that gives up does not free a place that a slow
    /// read still holds.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Source) -> Result<T, ReadError> + Send + 'static,
    {
        let turn = timeout(WAIT_MAX, self.permits.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = turn else { return Err(PageError::Busy) };
        let source = self.source.clone();
        let work = tokio::task::spawn_blocking(move || {
            let answer = read(&*source);
            drop(permit);
            answer
        });
        Ok(work.await??)
    }
}
