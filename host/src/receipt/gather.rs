//! An alert with what is kept of its evidence, out of the store.

use super::case::Case;
use super::export::Export;
use crate::alert::Alert;
use crate::run::saved::alert_from_store;
use crate::store::{Store, StoreError};

/// Why there is nothing that could be computed again.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    #[error("there is no alert {0}")]
    NotFound(u64),
    #[error("alert {id} has no score that can be computed again: {why}")]
    NoScore { id: u64, why: &'static str },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The alert with this number. Evidence that went is told of when it is asked for.
pub async fn gather(store: &Store, id: u64) -> Result<Export, GatherError> {
    let stored = store.alert(id).await?.ok_or(GatherError::NotFound(id))?;
    let container = stored.identity.to_string();
    let alert: Alert = alert_from_store(stored)?;
    let Some(case) = alert.receipt.case.clone() else {
        let why = if alert.receipt.plugins.is_empty() {
            "no window made it"
        } else {
            "an older Foghorn made it, or a plugin failed over its window and others judged"
        };
        return Err(GatherError::NoScore { id, why });
    };
    let mut evidence = Vec::new();
    if let Some(bytes) = store.evidence(&case).await? {
        evidence.push((case.clone(), bytes.clone()));
        // A case that cannot be read names nothing: that is told when it is asked for.
        let named = serde_json::from_slice::<Case>(&bytes).ok();
        for digest in named.iter().flat_map(Case::needs) {
            evidence.extend(store.evidence(digest).await?.map(|bytes| (digest.to_owned(), bytes)));
        }
    }
    Ok(Export::new(container, alert, case, evidence))
}
