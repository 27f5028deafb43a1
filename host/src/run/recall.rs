//! Windows of a container that were not strange, out of history, for whoever explains one that is.
//!
//! Asked for when the first strange window comes, not kept ready: history has them anyway, and most containers never need them.

use std::sync::Arc;
use std::time::Duration;

use crate::alert::normal::{Recall, WINDOWS_MAX};
use crate::history::{History, WindowRecord};
use crate::identity::Identity;
use crate::train::cycle::CycleError;
use crate::train::material::{TEXT_BYTES_MAX, read_windows};
use crate::window::Windows;

/// An alert is not held back longer: it is told without a normal window then.
const PATIENCE: Duration = Duration::from_secs(2);

/// Most lines that are read: of large windows fewer will do.
const LINES_MAX: u64 = 16_384;

/// To be called on a worker thread of the runtime that it is made on.
pub(crate) fn recall(history: Arc<dyn History>, identity: Identity) -> Recall {
    let runtime = tokio::runtime::Handle::current();
    Box::new(move || {
        let read = newest_normal(&*history, &identity);
        let read = runtime.block_on(async { tokio::time::timeout(PATIENCE, read).await });
        match read {
            Ok(Ok(windows)) => return windows,
            Ok(Err(error)) => {
                tracing::warn!(container = %identity, %error, "windows to compare with could not be read");
            }
            Err(_) => tracing::warn!(container = %identity, "windows to compare with could not be read in time"),
        }
        Windows::default()
    })
}

/// The newest windows, those of alerts left out: of twice as many, so that an alert that lasts does not hide what was before it.
async fn newest_normal(history: &dyn History, identity: &Identity) -> Result<Windows, CycleError> {
    let mut records = history.windows(identity, 0, u64::MAX, 2 * WINDOWS_MAX).await?;
    records.retain(|window| !window.in_alert);
    read_windows(history, identity, newest(&records), TEXT_BYTES_MAX).await
}

/// The newest records within the bounds.
fn newest(records: &[WindowRecord]) -> &[WindowRecord] {
    let mut lines = 0;
    let fits = |record: &&WindowRecord| {
        lines += record.end_seq - record.first_seq;
        lines <= LINES_MAX
    };
    let count = records.iter().rev().take(WINDOWS_MAX).take_while(fits).count();
    &records[records.len() - count..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(first_seq: u64, lines: u64) -> WindowRecord {
        let end_seq = first_seq + lines;
        WindowRecord { first_seq, end_seq, begin_ns: 0, end_ns: 1, stderr_lines: 0, verdict: None, in_alert: false }
    }

    #[test]
    fn the_newest_windows_within_the_bounds_are_read() {
        let small: Vec<WindowRecord> = (0..300).map(|at| record(at, 1)).collect();
        assert_eq!(newest(&small).first().map(|record| record.first_seq), Some(44));
        let large: Vec<WindowRecord> = (0..30).map(|at| record(at * 1_000, 1_000)).collect();
        assert_eq!(newest(&large).len(), 16);
        assert!(newest(&[]).is_empty());
    }
}
