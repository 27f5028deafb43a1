//! How a watch goes on after a restart: what was chosen, what had been learned, and which candidate was tried.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Watch, WatchError, blocking};
use crate::identity::Identity;
use crate::judge::faults_of;
use crate::pipeline::Pipeline;
use crate::pipeline::choice::{Own, Pin};
use crate::pipeline::gate::GateState;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::plugins::{Digest, PluginError, Slot};
use crate::run::desk::Desk;
use crate::run::saved::{Shelf, gate_from_store, generation_from_store, made_as};
use crate::store::{self, PinRecord, Store, StoreError};

impl Watch {
    /// The newest generation that can still be used goes on; where there is none, the container learns again.
    pub(super) async fn restore(&mut self) -> Result<(), WatchError> {
        let store = self.shared.store.clone();
        let known = store.generations(&self.identity).await?;
        self.last_number = known.first().map_or(0, |newest| newest.number);
        // First what may be used; where that is nothing, what is quarantined is better than to learn again, and is replaced.
        for strict in [true, false] {
            for meta in &known {
                match self.restore_from(meta.number, strict).await? {
                    Ok(generation) => {
                        self.standing.successes = store.successful_cycles(&self.identity).await?;
                        self.standing.last_begun_ns = meta.made_ns;
                        return Ok(self.stand_on(generation).await?);
                    }
                    Err(why) if strict => self.event("generation left out", why).await?,
                    Err(_) => {}
                }
            }
        }
        if !known.is_empty() {
            store.reset_learning(&self.identity).await?;
            self.event("learning again", "no generation that is kept can be used".into()).await?;
        }
        Ok(self.find_waiting().await?)
    }

    /// `Err` says why the generation cannot be used.
    async fn restore_from(&mut self, number: u64, strict: bool) -> Result<Result<Arc<Generation>, String>, WatchError> {
        let generation = match self.kept_if(number, strict).await? {
            Ok(generation) => generation,
            Err(why) => return Ok(Err(why)),
        };
        let store = &self.shared.store;
        let serves = store.successful_cycles(&self.identity).await? >= self.shared.settings.train.cycles;
        let gate = store.thresholds_state(&self.identity).await?.map(gate_from_store);
        self.recent = self.elders_of(&generation).await?;
        let spare = match self.number_before(&generation).await? {
            Some(number) => self.kept(number).await?.ok(),
            None => None,
        };
        if let Err(error) = self.resume(&generation, serves, spare.clone(), gate.clone()).await {
            self.report(&faults_of(&error)).await?;
            // That there is no room for an instance just now says nothing of what was learned.
            if matches!(error, PluginError::Start { .. }) {
                return Err(error.into());
            }
            let is_theirs = error.slot() == Slot::Thresholds;
            if !is_theirs || !self.fall_back_to_default_thresholds(&error).await? {
                return Ok(Err(format!("generation {number} could not be opened: {error}")));
            }
            if let Err(error) = self.resume(&generation, serves, spare, gate).await {
                return Ok(Err(format!("generation {number} could not be opened: {error}")));
            }
        }
        Ok(Ok(generation))
    }

    /// The bench goes on with a generation, if there were enough cycles.
    async fn resume(
        &mut self,
        generation: &Arc<Generation>,
        serves: bool,
        spare: Option<Arc<Generation>>,
        gate: Option<GateState>,
    ) -> Result<(), PluginError> {
        let mut bench = self.take_bench();
        let (tried, elders, costs) = (Arc::clone(generation), self.recent.clone(), self.costs.clone());
        let (bench, opened) = blocking(move || {
            let opened = Live::open(tried, &costs).and_then(|live| match serves {
                true => bench.resume(live.with_elders(&elders, &costs), spare, gate.as_ref()),
                false => Ok(()),
            });
            (bench, opened)
        })
        .await;
        self.put_bench(bench);
        opened
    }

    /// What was learned must not be lost because the thresholds that were chosen cannot begin: those of the host's settings do
    /// meanwhile. False where these are the ones that cannot.
    async fn fall_back_to_default_thresholds(&mut self, error: &PluginError) -> Result<bool, WatchError> {
        let desk = Arc::clone(&self.shared.desk);
        let plain = blocking(move || desk.resolve(&Own::default(), None)).await?.thresholds.pinned;
        let chosen = &self.choice.thresholds.pinned;
        if plain.is(chosen) {
            return Ok(false);
        }
        let text = format!("{} cannot begin, {} decide meanwhile: {error}", chosen.name(), plain.name());
        self.event("plugin choice", text).await?;
        let mut bench = self.take_bench();
        bench.begin_with(plain.clone());
        self.put_bench(bench);
        Ok(true)
    }

    /// A generation that is kept, with plugins that can use it; `Err` says why there is none.
    pub(super) async fn kept(&self, number: u64) -> Result<Result<Arc<Generation>, String>, StoreError> {
        self.kept_if(number, true).await
    }

    /// As `kept`; without `strict` its plugins may be quarantined.
    async fn kept_if(&self, number: u64, strict: bool) -> Result<Result<Arc<Generation>, String>, StoreError> {
        let Some(stored) = self.shared.store.generation(&self.identity, number).await? else {
            return Ok(Err(format!("generation {number} is gone")));
        };
        let barred = if strict { self.shared.desk.quarantine.barred() } else { BTreeSet::new() };
        let read = from_store(stored, &self.shared.desk, &barred, &self.choice.pipeline());
        Ok(read.map(Arc::new))
    }

    /// The generation to which a roll-back returns: the newest that was made before the one that serves.
    async fn number_before(&self, serving: &Generation) -> Result<Option<u64>, StoreError> {
        let known = self.shared.store.generations(&self.identity).await?;
        let older = known.iter().filter(|meta| made_as(meta) < serving.made_as());
        Ok(older.max_by_key(|meta| meta.number).map(|meta| meta.number))
    }

    /// How many vote with the newest.
    fn elders_max(&self) -> usize {
        self.shared.settings.train.vote as usize - 1
    }

    /// Those that voted with a generation that is kept, the newest first.
    async fn elders_of(&self, generation: &Generation) -> Result<Vec<Arc<Generation>>, StoreError> {
        let mut elders = Vec::new();
        if generation.restored.is_some() {
            return Ok(elders);
        }
        for meta in self.shared.store.generations(&self.identity).await? {
            if elders.len() == self.elders_max() {
                break;
            }
            if meta.number < generation.number
                && let Ok(elder) = self.kept(meta.number).await?
            {
                elders.push(elder);
            }
        }
        Ok(elders)
    }

    /// This generation is the newest: cycles go on from it, and what it has not learned waits.
    pub(super) async fn stand_on(&mut self, generation: Arc<Generation>) -> Result<(), StoreError> {
        self.learned_until_seq = generation.until_seq;
        // One that serves again speaks for itself: those after it were left for a reason.
        if generation.restored.is_some() {
            self.recent.clear();
        }
        self.recent.insert(0, Arc::clone(&generation));
        self.recent.truncate(self.elders_max());
        self.newest = Some(generation);
        self.find_waiting().await?;
        self.find_previous().await
    }

    /// Looks again which generation is the one before.
    async fn find_previous(&mut self) -> Result<(), StoreError> {
        self.previous = match &self.newest {
            Some(serving) => self.number_before(&Arc::clone(serving)).await?,
            None => None,
        };
        Ok(())
    }

    pub(super) async fn find_waiting(&mut self) -> Result<(), StoreError> {
        // Of the store alone: a start must not wait for a server, and what it keeps reaches back far enough to count.
        let windows = self.shared.store.windows_from_line(&self.identity, self.learned_until_seq, usize::MAX).await?;
        self.waiting = windows.iter().filter(|window| !window.in_alert).map(|window| window.first_seq).collect();
        Ok(())
    }
}

fn from_store(
    stored: store::Generation,
    desk: &Desk,
    barred: &BTreeSet<Digest>,
    chosen: &Pipeline,
) -> Result<Generation, String> {
    let catalogue = desk.registry.current();
    let shelf = Shelf { catalogue: &catalogue, barred, chosen };
    generation_from_store(stored, &shelf).map_err(|error| error.to_string())
}

/// What was said for a container alone: its pins and labels.
pub(crate) async fn own_of(store: &Store, identity: &Identity) -> Result<Own, StoreError> {
    let pins = store.pins(identity).await?.into_iter().filter_map(pin).collect();
    let labels = store.container(identity).await?.map(|container| container.info.labels).unwrap_or_default();
    Ok(Own { pins, labels })
}

fn pin(record: PinRecord) -> Option<(Slot, Pin)> {
    let slot = Slot::ALL.into_iter().find(|slot| slot.as_str() == record.slot)?;
    Some((slot, Pin { plugin: record.plugin, settings: record.settings }))
}
