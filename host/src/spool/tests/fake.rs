//! A server in memory that can be told to fail in every way a server fails.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use crate::identity::Identity;
use crate::line::Lines;
use crate::spool::{Place, PutError, ServerError, Sink};
use crate::stream::Batch;

#[derive(Debug, Default)]
pub(crate) struct Fake {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    /// What it holds of each container: the number of the first line and the lines.
    pub(crate) held: HashMap<Identity, Vec<(u64, Lines)>>,
    pub(crate) away: bool,
    /// Takes lines and then fails, as a server whose answer is lost.
    pub(crate) mute: bool,
    pub(crate) refuses: Option<Identity>,
    /// Answers this once, instead of taking lines.
    pub(crate) behind: Option<Place>,
    pub(crate) puts: usize,
    pub(crate) keeps_lines: Option<u64>,
}

impl Fake {
    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// The numbers of all lines held of a container, in the order of their coming.
    pub(crate) fn numbers(&self, identity: &Identity) -> Vec<u64> {
        let inner = self.inner();
        let held = inner.held.get(identity).map(Vec::as_slice).unwrap_or_default();
        held.iter().flat_map(|(first_seq, lines)| (*first_seq..).take(lines.len())).collect()
    }
}

#[async_trait::async_trait]
impl Sink for Fake {
    fn name(&self) -> &'static str {
        "Fake"
    }

    async fn check(&self) -> Result<String, ServerError> {
        match self.inner().away {
            true => Err(ServerError::Away("nobody answers".into())),
            false => Ok("it answers".into()),
        }
    }

    async fn is_empty(&self) -> Result<bool, ServerError> {
        Ok(self.inner().held.is_empty())
    }

    async fn put(&self, batches: &[(Batch, Place)]) -> Vec<Result<Place, PutError>> {
        let mut inner = self.inner();
        inner.puts += 1;
        batches.iter().map(|(batch, place)| inner.take(batch, place)).collect()
    }

    fn put_lines(&self) -> usize {
        10
    }

    fn lanes(&self) -> usize {
        2
    }

    fn keeps_lines(&self) -> Option<u64> {
        self.inner().keeps_lines
    }
}

impl Inner {
    fn take(&mut self, batch: &Batch, place: &Place) -> Result<Place, PutError> {
        if self.away {
            return Err(ServerError::Away("nobody answers".into()).into());
        }
        if self.refuses.as_ref() == Some(&batch.identity) {
            return Err(ServerError::Refused("not this one".into()).into());
        }
        if let Some(place) = self.behind.take() {
            self.held.clear();
            return Err(PutError::Behind(place));
        }
        assert!(place.next_seq <= batch.first_seq, "a batch goes on from its place");
        let held = self.held.entry(batch.identity.clone()).or_default();
        let known = held.last().map_or(1, |(first_seq, lines)| first_seq + lines.len() as u64);
        let mut fresh = Lines::default();
        let skip = known.saturating_sub(batch.first_seq).min(batch.lines.len() as u64);
        fresh.extend_from(&batch.lines, skip as usize..batch.lines.len());
        if !fresh.is_empty() {
            held.push((batch.first_seq + skip, fresh));
        }
        if self.mute {
            return Err(ServerError::Away("the answer was lost".into()).into());
        }
        Ok(Place { next_seq: batch.end_seq(), note: b"fake".to_vec() })
    }
}
