//! What a sink takes beside lines.

use crate::history::{TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::spool::ServerError;
use crate::store::AlertRecord;

/// A server that takes windows, cycles and alerts. Each again changes nothing but what has changed in it.
#[async_trait::async_trait]
pub trait Records: Send + Sync {
    async fn take_windows(&self, identity: &Identity, windows: &[WindowRecord]) -> Result<(), ServerError>;
    async fn take_training(&self, identity: &Identity, run: &TrainingRecord) -> Result<(), ServerError>;
    async fn take_alerts(&self, alerts: &[AlertRecord]) -> Result<(), ServerError>;
}
