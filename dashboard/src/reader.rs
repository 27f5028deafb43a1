//! The one way to the source. What is quick, what looks through much, and what health checks ask have turns of their own: none of them
//! waits for another kind.

use std::sync::Arc;

use crate::error::PageError;
use crate::source::{ReadError, Source};
use crate::turns::Turns;

/// A source behind a bound. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    source: Arc<dyn Source>,
    turns: Turns,
    searches: Turns,
    checks: Turns,
}

/// Reads at once that look through many lines or windows.
const SEARCHES_MAX: usize = 2;
/// Reads at once of who looks whether the host is well.
const CHECKS_MAX: usize = 2;

impl Reader {
    pub(crate) fn new(source: Arc<dyn Source>, reads_max: usize) -> Self {
        let [turns, searches, checks] = [reads_max, SEARCHES_MAX, CHECKS_MAX].map(Turns::new);
        Self { source, turns, searches, checks }
    }

    /// What a page shows.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Source) -> Result<T, ReadError> + Send + 'static,
    {
        self.in_turn(&self.turns, read).await
    }

    /// What is looked for in many lines or windows.
    pub(crate) async fn search<T, F>(&self, read: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Source) -> Result<T, ReadError> + Send + 'static,
    {
        self.in_turn(&self.searches, read).await
    }

    /// How the host is doing.
    pub(crate) async fn check<T, F>(&self, read: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Source) -> Result<T, ReadError> + Send + 'static,
    {
        self.in_turn(&self.checks, read).await
    }

    async fn in_turn<T, F>(&self, turns: &Turns, read: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Source) -> Result<T, ReadError> + Send + 'static,
    {
        let source = self.source.clone();
        Ok(turns.run(move || read(&*source)).await??)
    }
}
