//! What all watches share about plugins: which there are, who may not be used, what was chosen, what each costs, and the way to a watch.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use foghorn_dashboard::{Action, Refusal};
use tokio::sync::{mpsc, oneshot};

use super::facts::Facts;
use super::quarantine::Quarantine;
use crate::alert::attend::Deed;
use crate::collect::Way;
use crate::identity::Identity;
use crate::judge::Fault;
use crate::pipeline::choice::Own;
use crate::pipeline::costs::{CostBook, Costs};
use crate::pipeline::resolve::{Choice, Resolver};
use crate::pipeline::{Pinned, PipelineError};
use crate::plugins::{Digest, Registry, Slot};
use crate::store::{QuarantineRecord, Store, StoreError};

/// Something that a person wants of a watch, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) asked: Asked,
    pub(crate) answer: oneshot::Sender<Result<String, Refusal>>,
}

/// What is wanted.
#[derive(Debug)]
pub(crate) enum Asked {
    Plugins(Action),
    Alert { id: u64, deed: Deed },
}

/// Shared by all watches and the dashboard.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) registry: Arc<Registry>,
    pub(crate) resolver: Resolver,
    pub(crate) quarantine: Quarantine,
    pub(crate) costs: Arc<CostBook>,
    facts: Mutex<HashMap<Identity, Arc<Facts>>>,
    ways: Mutex<HashMap<Identity, Way>>,
    watches: Mutex<HashMap<Identity, mpsc::Sender<Order>>>,
}

impl Desk {
    pub(crate) fn new(registry: Arc<Registry>, resolver: Resolver, quarantine: Quarantine) -> Self {
        Self {
            registry,
            resolver,
            quarantine,
            costs: Arc::default(),
            facts: Mutex::default(),
            ways: Mutex::default(),
            watches: Mutex::default(),
        }
    }

    /// What fills the slots of a container. Blocks.
    pub(crate) fn resolve(&self, own: &Own, before: Option<&Choice>) -> Result<Choice, PipelineError> {
        self.resolver.resolve(&self.registry.current(), &self.quarantine.barred(), own, before)
    }

    /// A plugin by its name, and the slot it is for. Blocks.
    pub(crate) fn named(&self, plugin: &str, settings: &[(String, String)]) -> Result<(Slot, Pinned), PipelineError> {
        self.resolver.named(&self.registry.current(), &self.quarantine.barred(), plugin, settings)
    }

    /// The accounts of a container.
    pub(crate) fn costs_of(&self, identity: &Identity) -> Costs {
        Costs::new(Arc::clone(&self.costs), identity.clone())
    }

    /// Counts faults; returns which plugins are quarantined by that.
    pub(crate) async fn report(&self, store: &Store, faults: &[Fault]) -> Result<Vec<QuarantineRecord>, StoreError> {
        let catalogue = self.registry.current();
        let is_replaceable = |digest: &Digest, barred: &BTreeSet<Digest>| {
            let Some(plugin) = catalogue.by_digest(digest) else { return true };
            let without: BTreeSet<Digest> = barred.iter().chain([digest]).copied().collect();
            self.resolver.can_fill(&catalogue, plugin.slot, &without)
        };
        self.quarantine.report(store, faults, is_replaceable).await
    }

    /// What the watch of a container says of its plugins.
    pub(crate) fn facts_of(&self, identity: &Identity) -> Option<Arc<Facts>> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).get(identity).cloned()
    }

    pub(crate) fn all_facts(&self) -> Vec<(Identity, Arc<Facts>)> {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.iter().map(|(identity, facts)| (identity.clone(), Arc::clone(facts))).collect()
    }

    pub(super) fn publish(&self, identity: &Identity, facts: Facts) {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).insert(identity.clone(), Arc::new(facts));
    }

    /// How the log of a container was last read; `None` where it was not since the start.
    pub(crate) fn way_of(&self, identity: &Identity) -> Option<Way> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).get(identity).cloned()
    }

    pub(super) fn read_by(&self, identity: &Identity, way: Way) {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).insert(identity.clone(), way);
    }

    /// Orders for a container go this way from now on.
    pub(crate) fn enrol(&self, identity: &Identity, orders: mpsc::Sender<Order>) {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner).insert(identity.clone(), orders);
    }

    /// A container is not watched any more: what was kept of it here goes.
    pub(super) fn leave(&self, identity: &Identity) {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).remove(identity);
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).remove(identity);
        self.watches.lock().unwrap_or_else(PoisonError::into_inner).remove(identity);
        self.costs_of(identity).retain(|_, _| false);
    }

    /// The way to the watch of a container; `None` where nobody watches it now.
    pub(crate) fn watch_of(&self, identity: &Identity) -> Option<mpsc::Sender<Order>> {
        let watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        watches.get(identity).filter(|orders| !orders.is_closed()).cloned()
    }
}
