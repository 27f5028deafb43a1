//! What plugins cost: one account for each container, slot and plugin, shared by all instances that ever served there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::identity::Identity;
use crate::plugins::{Cost, Digest, Slot};

/// Names an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    pub identity: Identity,
    pub slot: Slot,
    pub digest: Digest,
}

/// All accounts of a host.
#[derive(Debug, Default)]
pub struct CostBook(Mutex<BTreeMap<Account, Arc<Cost>>>);

impl CostBook {
    /// Every account with what it shows now.
    pub fn all(&self) -> Vec<(Account, Arc<Cost>)> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.iter().map(|(account, cost)| (account.clone(), Arc::clone(cost))).collect()
    }

    pub fn get(&self, account: &Account) -> Option<Arc<Cost>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }

    fn of(&self, account: Account) -> Arc<Cost> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(book.entry(account).or_insert_with(Cost::new))
    }

    /// Closes the accounts of a container that `keep` does not want.
    fn retain(&self, identity: &Identity, keep: impl Fn(Slot, &Digest) -> bool) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.retain(|account, _| account.identity != *identity || keep(account.slot, &account.digest));
    }
}

/// The accounts of one container.
#[derive(Debug, Clone)]
pub struct Costs {
    book: Arc<CostBook>,
    identity: Identity,
}

impl Costs {
    pub fn new(book: Arc<CostBook>, identity: Identity) -> Self {
        Self { book, identity }
    }

    /// The account of a plugin, opened where there is none.
    pub fn of(&self, slot: Slot, digest: Digest) -> Arc<Cost> {
        self.book.of(Account { identity: self.identity.clone(), slot, digest })
    }

    /// Closes the accounts of plugins that are not used any more.
    pub fn retain(&self, keep: impl Fn(Slot, &Digest) -> bool) {
        self.book.retain(&self.identity, keep);
    }
}
