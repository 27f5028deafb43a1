//! Does what the dashboard, the API and the command line ask: hands it to the watch of the container, or does it at the desk.

use std::sync::Arc;
use std::time::Duration;

use foghorn_dashboard::{Action, Change, Control, Refusal};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, oneshot};

use crate::identity::Identity;
use crate::plugins::Digest;
use crate::run::desk::{Desk, Order};
use crate::store::Store;

/// How long a watch may take: it finishes its batch first.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Changes the host.
#[derive(Debug)]
pub(crate) struct HostControl {
    pub(crate) desk: Arc<Desk>,
    pub(crate) store: Store,
    pub(crate) changes: broadcast::Sender<Change>,
    pub(crate) runtime: Handle,
}

impl Control for HostControl {
    fn act(&self, action: Action) -> Result<String, Refusal> {
        let verb = action.verb();
        let done = match container_of(&action) {
            Some(container) => self.runtime.block_on(self.order(&Identity::from_text(container), action.clone())),
            None => self.runtime.block_on(self.at_desk(&action)),
        };
        match &done {
            Ok(text) => tracing::info!(verb, text, "done as asked"),
            Err(error) => tracing::info!(verb, %error, "not done"),
        }
        done
    }
}

impl HostControl {
    async fn order(&self, identity: &Identity, action: Action) -> Result<String, Refusal> {
        let Some(watch) = self.desk.watch_of(identity) else {
            let known = self.store.container(identity).await.map_err(|error| Refusal::Failed(error.to_string()))?;
            return Err(match known {
                Some(_) => {
                    Refusal::Refused(format!("{identity} is not watched now; it must run, or have lines to score"))
                }
                None => Refusal::NotFound(format!("there is no container {identity}")),
            });
        };
        let (answer, answered) = oneshot::channel();
        let late = || {
            Refusal::Failed(format!(
                "the watch of {identity} does not answer in time; it may still do it, its log says what came of it"
            ))
        };
        let asked = async {
            watch.send(Order { action, answer }).await.map_err(|_| late())?;
            answered.await.map_err(|_| late())?
        };
        tokio::time::timeout(ANSWER_WITHIN, asked).await.unwrap_or_else(|_| Err(late()))
    }

    /// What concerns no single container.
    async fn at_desk(&self, action: &Action) -> Result<String, Refusal> {
        let Action::Release { digest } = action else {
            return Err(Refusal::Refused(format!("{} needs a container", action.verb())));
        };
        let digest = self.barred(digest)?;
        let released = self.desk.quarantine.release(&self.store, &digest).await;
        let _ = self.changes.send(Change::Plugins);
        match released {
            Ok(true) => Ok(format!("sha256:{} may be used again; its faults are forgotten", digest.short())),
            Ok(false) => Err(Refusal::Refused(format!("sha256:{} is not quarantined", digest.short()))),
            Err(error) => Err(Refusal::Failed(error.to_string())),
        }
    }

    /// The quarantined plugin whose digest begins so.
    fn barred(&self, text: &str) -> Result<Digest, Refusal> {
        let digits = text.trim().trim_start_matches("sha256:").to_ascii_lowercase();
        let barred = self.desk.quarantine.barred();
        let mut found = barred.iter().filter(|digest| !digits.is_empty() && digest.to_string().starts_with(&digits));
        match (found.next(), found.next()) {
            (Some(digest), None) => Ok(*digest),
            (Some(_), Some(_)) => {
                Err(Refusal::Refused(format!("more than one quarantined plugin begins with {digits}")))
            }
            (None, _) => Err(Refusal::NotFound(format!("no quarantined plugin begins with {digits}"))),
        }
    }
}

fn container_of(action: &Action) -> Option<&str> {
    match action {
        Action::Pin { container, .. }
        | Action::Unpin { container, .. }
        | Action::Shadow { container, .. }
        | Action::StopShadow { container }
        | Action::Promote { container }
        | Action::Rollback { container } => Some(container),
        Action::Release { .. } => None,
    }
}
