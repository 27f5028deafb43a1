//! Plugins that failed too often, by digest: nobody chooses them any more until a person releases them.
//!
//! Faults of the last hour count, over all containers. A plugin goes only where the host's settings name another for its slot: with nothing in its
//! place a container would not be watched at all, and a plugin that fails now and then is better than none.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::clock::now_ns;
use crate::judge::Fault;
use crate::plugins::Digest;
use crate::store::{QuarantineRecord, Store, StoreError};

/// How long a fault counts: what fails once a week is better than nothing.
const COUNTS_FOR_NS: u64 = 3_600_000_000_000;

/// Digests of which faults are counted; more than there can be plugins.
const COUNTED_MAX: usize = 4_096;

/// Counts faults, and bars plugins.
#[derive(Debug)]
pub(crate) struct Quarantine {
    /// Faults after which a plugin is barred.
    limit: u64,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// When each of the newest faults came.
    faults: HashMap<Digest, VecDeque<u64>>,
    barred: BTreeMap<Digest, QuarantineRecord>,
}

impl Quarantine {
    /// With what was barred before the host stopped.
    pub(crate) async fn open(store: &Store, limit: u32) -> Result<Self, StoreError> {
        let records = store.quarantined().await?.into_iter();
        let barred = records.filter_map(|record| Some((record.digest.parse().ok()?, record))).collect();
        let state = Mutex::new(State { faults: HashMap::new(), barred });
        Ok(Self { limit: limit.into(), state, changes: watch::Sender::new(0) })
    }

    /// What may not be chosen.
    pub(crate) fn barred(&self) -> BTreeSet<Digest> {
        self.state().barred.keys().copied().collect()
    }

    /// Why a plugin may not be chosen, if so.
    pub(crate) fn record(&self, digest: &Digest) -> Option<QuarantineRecord> {
        self.state().barred.get(digest).cloned()
    }

    /// Counts up with each plugin that is barred or released.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Counts faults, and bars who had too many where `is_replaceable`; returns what was barred by this, which is stored.
    pub(crate) async fn report(
        &self,
        store: &Store,
        faults: &[Fault],
        is_replaceable: impl Fn(&Digest, &BTreeSet<Digest>) -> bool,
    ) -> Result<Vec<QuarantineRecord>, StoreError> {
        let mut fresh = Vec::new();
        for fault in faults {
            fresh.extend(self.count(fault, now_ns(), &is_replaceable));
        }
        if !fresh.is_empty() {
            self.changes.send_modify(|count| *count += 1);
        }
        for record in &fresh {
            store.put_quarantine(record.clone()).await?;
        }
        Ok(fresh)
    }

    /// A plugin may be chosen again, and begins without faults; false where it was not barred.
    pub(crate) async fn release(&self, store: &Store, digest: &Digest) -> Result<bool, StoreError> {
        store.remove_quarantine(&digest.to_string()).await?;
        let released = {
            let mut state = self.state();
            state.faults.remove(digest);
            state.barred.remove(digest).is_some()
        };
        self.changes.send_modify(|count| *count += 1);
        Ok(released)
    }

    fn count(
        &self,
        fault: &Fault,
        now_ns: u64,
        is_replaceable: impl Fn(&Digest, &BTreeSet<Digest>) -> bool,
    ) -> Option<QuarantineRecord> {
        let mut state = self.state();
        if state.faults.len() >= COUNTED_MAX {
            state.faults.clear();
        }
        let newest = state.faults.entry(fault.digest).or_default();
        newest.push_back(now_ns);
        let is_old = |&first: &u64| first.saturating_add(COUNTS_FOR_NS) < now_ns;
        while newest.front().is_some_and(is_old) || newest.len() as u64 > self.limit {
            newest.pop_front();
        }
        let faults = newest.len() as u64;
        if let Some(known) = state.barred.get_mut(&fault.digest) {
            known.faults += 1;
            return None;
        }
        let barred: BTreeSet<Digest> = state.barred.keys().copied().collect();
        if faults < self.limit || !is_replaceable(&fault.digest, &barred) {
            return None;
        }
        let (digest, reason) = (fault.digest.to_string(), fault.text.clone());
        let record = QuarantineRecord { digest, since_ns: now_ns, faults, reason };
        state.barred.insert(fault.digest, record.clone());
        Some(record)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreOptions;

    fn fault(of: &[u8]) -> Fault {
        Fault { digest: Digest::of(of), text: "it gave up".into() }
    }

    #[tokio::test]
    async fn a_plugin_is_barred_after_so_many_faults_and_stays_so_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
        let quarantine = Quarantine::open(&store, 3).await.unwrap();
        let changes = quarantine.changes();
        let always = |_: &Digest, _: &BTreeSet<Digest>| true;
        let barred = quarantine.report(&store, &[fault(b"x"), fault(b"y"), fault(b"x")], always).await.unwrap();
        assert_eq!(barred, []);
        let barred = quarantine.report(&store, &[fault(b"x"), fault(b"x")], always).await.unwrap();
        assert_eq!(barred.len(), 1, "told once");
        assert_eq!((barred[0].faults, barred[0].reason.as_str()), (3, "it gave up"));
        assert!(changes.has_changed().unwrap());
        let again = Quarantine::open(&store, 3).await.unwrap();
        assert_eq!(again.barred(), [Digest::of(b"x")].into());
        assert!(again.release(&store, &Digest::of(b"x")).await.unwrap());
        assert_eq!(Quarantine::open(&store, 3).await.unwrap().barred(), BTreeSet::new());
        assert!(again.report(&store, &[fault(b"x")], always).await.unwrap().is_empty(), "it begins anew");
    }

    #[tokio::test]
    async fn faults_of_more_than_an_hour_ago_do_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
        let quarantine = Quarantine::open(&store, 2).await.unwrap();
        let always = |_: &Digest, _: &BTreeSet<Digest>| true;
        assert!(quarantine.count(&fault(b"x"), 0, always).is_none());
        assert!(quarantine.count(&fault(b"x"), COUNTS_FOR_NS + 1, always).is_none());
        assert!(quarantine.count(&fault(b"x"), COUNTS_FOR_NS + 2, always).is_some());
    }

    #[tokio::test]
    async fn the_last_one_of_a_slot_is_never_barred() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
        let quarantine = Quarantine::open(&store, 1).await.unwrap();
        assert_eq!(quarantine.report(&store, &[fault(b"x")], |_, _| false).await.unwrap(), []);
        assert_eq!(quarantine.barred(), BTreeSet::new());
    }
}
