//! Windows of a container that were not strange, out of history, for whoever explains one that is.
//!
//! Asked for when the first strange window comes, not kept ready: history has them anyway, and most containers never need them.

use std::sync::Arc;
use std::time::Duration;

use crate::alert::normal::{Recall, WINDOWS_MAX};
use crate::history::History;
use crate::identity::Identity;
use crate::train::cycle::CycleError;
use crate::train::material::read_windows;
use crate::window::Windows;

/// An alert is not held back longer: it is told without a normal window then.
const PATIENCE: Duration = Duration::from_secs(2);

/// To be called on a worker thread of the runtime that it is made on.
pub(crate) fn recall(history: Arc<dyn History>, identity: Identity) -> Recall {
    let runtime = tokio::runtime::Handle::current();
    Box::new(move || {
        let read = newest_normal(&*history, &identity);
        let read = runtime.block_on(async { tokio::time::timeout(PATIENCE, read).await });
        match read {
            Ok(Ok(windows)) => return windows,
            Ok(Err(error)) => tracing::warn!(container = %identity, %error, "windows to compare with could not be read"),
            Err(_) => tracing::warn!(container = %identity, "windows to compare with could not be read in time"),
        }
        Windows::default()
    })
}

/// The newest windows, those of alerts left out: of twice as many, so that an alert that lasts does not hide what was before it.
async fn newest_normal(history: &dyn History, identity: &Identity) -> Result<Windows, CycleError> {
    let mut records = history.windows(identity, 0, u64::MAX, 2 * WINDOWS_MAX).await?;
    records.retain(|window| !window.in_alert);
    let first = records.len().saturating_sub(WINDOWS_MAX);
    read_windows(history, identity, &records[first..]).await
}
