//! The one way to the source.

use std::sync::Arc;

use crate::error::PageError;
use crate::source::{ReadError, Source};
use crate::turns::Turns;

/// A source behind a bound. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    source: Arc<dyn Source>,
    turns: Turns,
}

impl Reader {
    pub(crate) fn new(source: Arc<dyn Source>, reads_max: usize) -> Self {
        Self { source, turns: Turns::new(reads_max) }
    }

    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Source) -> Result<T, ReadError> + Send + 'static,
    {
        let source = self.source.clone();
        Ok(self.turns.run(move || read(&*source)).await??)
    }
}
