//! What a person should know of a batch: faults with who is to blame, and what was done about them.

use std::collections::BTreeSet;

use crate::plugins::{Digest, PluginError};

/// A plugin broke its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub digest: Digest,
    /// One sentence in lowercase.
    pub text: String,
}

/// Who is to blame for an error, if a plugin is.
pub fn faults_of(error: &PluginError) -> Vec<Fault> {
    // The call that ended an instance was counted; what is asked of it afterwards is no further fault.
    let culprit = if matches!(error, PluginError::Dead { .. }) { None } else { error.culprit() };
    culprit.map(|digest| Fault { digest, text: error.to_string() }).into_iter().collect()
}

/// What came up while windows were judged.
#[derive(Debug, Default)]
pub struct Report {
    /// In order; faults among them.
    pub events: Vec<String>,
    pub faults: Vec<Fault>,
}

impl Report {
    /// The events, and the faults: one for each plugin. That a fresh instance fails on the same windows says nothing more.
    pub fn into_parts(mut self) -> (Vec<String>, Vec<Fault>) {
        let mut known = BTreeSet::new();
        self.faults.retain(|fault| known.insert(fault.digest));
        (self.events, self.faults)
    }

    pub(super) fn event(&mut self, text: impl Into<String>) {
        self.events.push(text.into());
    }

    /// `during` completes "<during>: <error>".
    pub(super) fn failure(&mut self, during: &str, error: &PluginError) {
        let text = format!("{during}: {error}");
        self.faults.extend(faults_of(error));
        self.events.push(text);
    }
}
