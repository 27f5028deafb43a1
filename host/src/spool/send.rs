//! What a forwarder does in one round: lines first, then records.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::forward::{Forwarder, Stop};
use super::round::{self, LOAD_BYTES, Loads, Standing, Taken, Turn};
use super::{Health, Place, PutError, ServerError};
use crate::identity::Identity;
use crate::store::StoreError;
use crate::stream::Batch;

/// How long a container waits that the server refused.
const REFUSED_PAUSE: Duration = Duration::from_secs(30);
/// Most records of one kind sent at once.
const RECORDS_MAX: usize = 1_000;

/// What one round sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) lines: usize,
    /// More may wait.
    pub(super) full: bool,
    /// The sink has come further, or has been found further back.
    pub(super) moved: bool,
}

impl Forwarder {
    /// One round: reads, puts, remembers.
    pub(super) async fn send_some(&mut self) -> Result<Sent, Stop> {
        let mut loads = round::placed(std::mem::take(&mut self.ahead), &self.standings);
        if loads.is_empty() {
            loads = round::placed(self.gather(&HashMap::new()).await?, &self.standings);
        }
        let Some((last, _)) = loads.iter().flatten().last() else {
            return Ok(Sent::default());
        };
        self.served = Some(last.identity.clone());
        let (answers, ahead) =
            tokio::join!(join_all(loads.iter().map(|load| self.sink.put(load))), self.read_ahead(&loads));
        self.ahead = ahead?;
        let mut taken = Taken::default();
        let mut away = None;
        for ((batch, place), answer) in loads.iter().flatten().zip(answers.into_iter().flatten()) {
            away = self.settle(batch, place, answer, &mut taken).await?.or(away);
        }
        let marks: Vec<_> =
            taken.places.iter().map(|(identity, place, _)| (identity.clone(), place.next_seq)).collect();
        let moved = !taken.places.is_empty();
        self.store.put_places(self.sink.name(), taken.places).await?;
        self.taken.raise(marks);
        if let Some(why) = away {
            return Err(Stop::Away(why));
        }
        if !taken.refused.is_empty() {
            // Either the server lets us in no more, or it has something against these containers.
            self.sink.check().await?;
        }
        for (identity, why) in taken.refused {
            self.hold(identity, why).await?;
        }
        self.show_refused();
        Ok(Sent { lines: taken.lines, full: self.is_full(&loads), moved })
    }

    /// What comes after a full round, read while that is on its way: neither the store nor the server waits for the other.
    async fn read_ahead(&self, loads: &[Vec<(Batch, Place)>]) -> Result<Loads, StoreError> {
        if !self.is_full(loads) {
            return Ok(Vec::new());
        }
        let sent = loads.iter().flatten().map(|(batch, _)| (batch.identity.clone(), batch.end_seq()));
        self.gather(&sent.collect()).await
    }

    /// Whether more lines may wait than were read. One load is enough: a container is in one alone, however much of it waits.
    fn is_full(&self, loads: &[Vec<(Batch, Place)>]) -> bool {
        let is_full = |load: &Vec<(Batch, Place)>| {
            let lines: usize = load.iter().map(|(batch, _)| batch.lines.len()).sum();
            let bytes: usize = load.iter().map(|(batch, _)| batch.lines.text_bytes()).sum();
            lines >= self.sink.put_lines() || bytes >= LOAD_BYTES
        };
        loads.iter().any(is_full)
    }

    async fn gather(&self, sent: &HashMap<Identity, u64>) -> Result<Loads, StoreError> {
        let turn = Turn {
            standings: &self.standings,
            sent,
            skips: &self.skips,
            served: self.served.as_ref(),
            now: Instant::now(),
        };
        turn.gather(&self.store, &self.appended, self.sink.put_lines(), self.sink.lanes()).await
    }

    /// Takes in one answer. `Some` says why the server is taken for away.
    async fn settle(
        &mut self,
        batch: &Batch,
        before: &Place,
        answer: Result<Place, PutError>,
        taken: &mut Taken,
    ) -> Result<Option<String>, Stop> {
        let identity = batch.identity.clone();
        let (place, missed) = match answer {
            Ok(place) => {
                taken.lines += batch.lines.len();
                let skip = self.skips.get(&identity).copied().unwrap_or(0);
                (place, batch.first_seq.saturating_sub(before.next_seq.max(skip)))
            }
            Err(PutError::Behind(place)) => {
                let (name, next_seq) = (self.sink.name(), place.next_seq);
                let text = format!("{name} has lost lines from number {next_seq} on: they are sent again");
                self.tell_of(Some(identity.clone()), "server lost lines", text).await?;
                (place, 0)
            }
            Err(PutError::Server(ServerError::Refused(why))) => {
                taken.refused.push((identity, why));
                return Ok(None);
            }
            Err(PutError::Server(ServerError::Away(why))) => return Ok(Some(why)),
        };
        self.standings.insert(identity.clone(), Standing::from(place.clone()));
        taken.places.push((identity, place, missed));
        Ok(None)
    }

    async fn hold(&mut self, identity: Identity, why: String) -> Result<(), Stop> {
        let standing = self.standings.entry(identity.clone()).or_default();
        let known = standing.refused.as_ref().is_some_and(|(_, before)| *before == why);
        standing.refused = Some((Instant::now() + REFUSED_PAUSE, why.clone()));
        if !known {
            let text = format!("{} takes no lines of this container: {why}", self.sink.name());
            self.tell_of(Some(identity), "server refuses lines", text).await?;
        }
        Ok(())
    }

    /// Shows whose lines are not taken, where the server is up.
    fn show_refused(&self) {
        let mut refused =
            self.standings.iter().filter_map(|(identity, standing)| Some((identity, standing.refused.as_ref()?)));
        let first = refused.next().map(|(identity, (_, why))| format!("takes no lines of {identity}: {why}"));
        let shown = match (first, refused.count()) {
            (Some(first), 0) => Some(first),
            (Some(first), others) => Some(format!("{first}; and of {others} more containers")),
            (None, _) => None,
        };
        self.health.send_if_modified(|health| match health {
            Health::Up { refused, .. } if *refused != shown => {
                *refused = shown;
                true
            }
            _ => false,
        });
    }

    /// Says whether there may be more.
    pub(super) async fn send_records(&mut self) -> Result<bool, Stop> {
        let Some(records) = &self.records else {
            return Ok(false);
        };
        let name = self.sink.name();
        let waiting = self.store.outbox(name, RECORDS_MAX).await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        for (identity, windows) in &waiting.windows {
            records.take_windows(identity, windows).await?;
        }
        for (identity, run) in &waiting.trainings {
            records.take_training(identity, run).await?;
        }
        if !waiting.alerts.is_empty() {
            records.take_alerts(&waiting.alerts).await?;
        }
        self.store.put_outbox(name, &waiting).await?;
        Ok(true)
    }
}
