//! The readings that go on, and what is known of the other containers.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::collect::cursor::Place;
use crate::collect::engine::Listed;
use crate::collect::facts::Facts;
use crate::collect::follow::{Ended, Follow};
use crate::collect::ledger::{Ledger, LedgerError};
use crate::identity::Identity;
use crate::stream::Stream;

/// A reading that has ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub identity: Identity,
    pub facts: Facts,
    /// It was started while it was being read.
    pub has_restarted: bool,
}

struct Active {
    identity: Identity,
    facts: Facts,
    has_restarted: bool,
    task: Id,
    news: Arc<Notify>,
    shutdown: CancellationToken,
}

pub(super) struct Roster {
    containers_max: usize,
    tasks: JoinSet<Ended>,
    /// By container id.
    active: HashMap<String, Active>,
    /// Whether a container ran when it was looked at last.
    seen: HashMap<String, bool>,
    ledgers: HashMap<Identity, Weak<Ledger>>,
    /// Places of containers that were renamed, until they are read on.
    carried: HashMap<String, Place>,
}

impl Roster {
    pub(super) fn new(containers_max: usize) -> Self {
        Self {
            containers_max,
            tasks: JoinSet::new(),
            active: HashMap::new(),
            seen: HashMap::new(),
            ledgers: HashMap::new(),
            carried: HashMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.active.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.active.len() >= self.containers_max
    }

    pub(super) fn identity_of(&self, id: &str) -> Option<&Identity> {
        self.active.get(id).map(|active| &active.identity)
    }

    /// Whether the list says something about a container that is not read which was not known.
    pub(super) fn is_news(&self, container: &Listed) -> bool {
        !self.active.contains_key(&container.id) && self.seen.get(&container.id) != Some(&container.is_running)
    }

    pub(super) fn saw(&mut self, container: &Listed) {
        self.seen.insert(container.id.clone(), container.is_running);
    }

    /// The next list is news about this container.
    pub(super) fn forget(&mut self, id: &str) {
        self.seen.remove(id);
    }

    /// The next list is news about every container that is not read.
    pub(super) fn forget_all(&mut self) {
        self.seen.clear();
    }

    pub(super) fn restarted(&mut self, id: &str) {
        if let Some(active) = self.active.get_mut(id) {
            active.has_restarted = true;
        }
    }

    /// The engine has told something of a container.
    pub(super) fn tell(&self, id: &str) {
        if let Some(active) = self.active.get(id) {
            active.news.notify_one();
        }
    }

    /// It may have told something of any.
    pub(super) fn tell_all(&self) {
        self.active.values().for_each(|active| active.news.notify_one());
    }

    pub(super) fn retain_seen(&mut self, is_there: impl Fn(&str) -> bool) {
        self.seen.retain(|id, _| is_there(id));
    }

    /// The one ledger of an identity, as long as somebody uses it.
    pub(super) async fn ledger(
        &mut self,
        identity: &Identity,
        stream: &Arc<dyn Stream>,
    ) -> Result<Arc<Ledger>, LedgerError> {
        if let Some(ledger) = self.ledgers.get(identity).and_then(Weak::upgrade) {
            return Ok(ledger);
        }
        let ledger = Arc::new(Ledger::open(identity.clone(), stream.clone()).await?);
        self.ledgers.retain(|_, ledger| ledger.strong_count() > 0);
        self.ledgers.insert(identity.clone(), Arc::downgrade(&ledger));
        Ok(ledger)
    }

    /// A renamed container goes on where it was left, although its new identity has read nothing.
    pub(super) async fn carry_over(&mut self, finished: &Finished, stream: &Arc<dyn Stream>) {
        let Ok(ledger) = self.ledger(&finished.identity, stream).await else { return };
        if let Some(place) = ledger.place(&finished.facts.id).await {
            self.carried.insert(finished.facts.id.clone(), place);
        }
    }

    pub(super) fn carried(&mut self, id: &str) -> Option<Place> {
        self.carried.remove(id)
    }

    pub(super) fn start(&mut self, identity: Identity, facts: Facts, follow: Follow) {
        let (shutdown, news) = (follow.shutdown.clone(), Arc::clone(&follow.news));
        let task = self.tasks.spawn(follow.run()).id();
        self.active.insert(facts.id.clone(), Active { identity, facts, has_restarted: false, task, news, shutdown });
    }

    pub(super) fn cancel(&self, id: &str) {
        if let Some(active) = self.active.get(id) {
            active.shutdown.cancel();
        }
    }

    /// The next reading that ends; `None` when there is none. Nothing is lost when it is not waited for to the end.
    pub(super) async fn finished(&mut self) -> Option<(Finished, Result<Ended, JoinError>)> {
        let (task, ended) = match self.tasks.join_next_with_id().await? {
            Ok((task, ended)) => (task, Ok(ended)),
            Err(error) => (error.id(), Err(error)),
        };
        let id = self.active.iter().find(|(_, active)| active.task == task).map(|(id, _)| id.clone())?;
        let active = self.active.remove(&id)?;
        let Active { identity, facts, has_restarted, .. } = active;
        Some((Finished { identity, facts, has_restarted }, ended))
    }

    /// Ends all readings and waits for them.
    pub(super) async fn stop(mut self, shutdown: &CancellationToken) {
        shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}
