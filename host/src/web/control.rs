//! Does what the dashboard, the API and the command line ask: hands it to the watch of the container, or does it at the desk.

use std::sync::Arc;
use std::time::Duration;

use foghorn_dashboard::{Action, AlertAction, Change, Control, LinkSeen, MuteAction, Refusal, Uploaded};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, oneshot};

use super::uploads::Uploads;
use crate::alert::Label;
use crate::alert::attend::{Deed, attend};
use crate::clock::now_ns;
use crate::identity::Identity;
use crate::notify::link::Key;
use crate::plugins::Digest;
use crate::receipt::case::Bits;
use crate::receipt::gather::{GatherError, gather};
use crate::receipt::replay::replay;
use crate::run::desk::{Asked, Desk, Order};
use crate::run::saved::{alert_from_store, alert_to_store};
use crate::store::{Store, StoreError};

/// How long a watch may take: it finishes its batch first.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Changes the host.
#[derive(Debug)]
pub(crate) struct HostControl {
    pub(crate) desk: Arc<Desk>,
    pub(crate) store: Store,
    pub(crate) changes: broadcast::Sender<Change>,
    pub(crate) runtime: Handle,
    pub(crate) link_key: Key,
    pub(crate) uploads: Arc<Uploads>,
}

impl Control for HostControl {
    fn act(&self, action: Action) -> Result<String, Refusal> {
        let verb = action.verb();
        let done = match container_of(&action) {
            Some(container) => {
                self.runtime.block_on(self.order(&Identity::from_text(container), Asked::Plugins(action.clone())))
            }
            None => self.runtime.block_on(self.at_desk(&action)),
        };
        match &done {
            Ok(text) => tracing::info!(verb, text, "done as asked"),
            Err(error) => tracing::info!(verb, %error, "not done"),
        }
        done
    }

    fn attend(&self, alert: u64, action: AlertAction) -> Result<String, Refusal> {
        let done = self.runtime.block_on(self.attend_to(alert, deed(action)));
        match &done {
            Ok(text) => tracing::info!(alert, verb = action.verb(), text, "done as asked"),
            Err(error) => tracing::info!(alert, verb = action.verb(), %error, "not done"),
        }
        done
    }

    fn replay(&self, alert: u64) -> Result<String, Refusal> {
        let export = self.runtime.block_on(gather(&self.store, alert)).map_err(|error| match error {
            GatherError::NotFound(_) => Refusal::NotFound(error.to_string()),
            GatherError::NoScore { .. } => Refusal::Refused(error.to_string()),
            GatherError::Store(_) => Refusal::Failed(error.to_string()),
        })?;
        let again = replay(self.desk.registry.host(), &export.case, &|digest| export.bytes(digest));
        let again = again.map_err(|error| Refusal::Refused(format!("it cannot be computed again: {error}")))?;
        let score = |bits: Bits| f32::from_bits(bits.score);
        let (recorded, computed) = (score(again.case.verdict), score(again.again));
        Ok(match again.is_same() {
            true => format!("computed again: the same, bit for bit, a score of {computed} as the detector gave it"),
            false => format!("computed again: DIFFERENT, a score of {computed} where {recorded} is recorded"),
        })
    }

    fn uploads_closed(&self) -> Option<String> {
        self.uploads.closed()
    }

    fn admit(&self, token: &str) -> Result<(), Refusal> {
        self.uploads.admit(token)
    }

    fn inspect(&self, name: &str, bytes: Vec<u8>) -> Result<Uploaded, Refusal> {
        self.uploads.inspect(name, bytes)
    }

    fn install(&self, ticket: &str) -> Result<String, Refusal> {
        let installed = self.uploads.install(ticket)?;
        tracing::info!(text = installed, "plugin uploaded");
        self.desk.registry.rescan();
        let _ = self.changes.send(Change::Plugins);
        Ok(installed)
    }

    fn mute(&self, mute: MuteAction) -> Result<String, Refusal> {
        tracing::info!(container = mute.container, minutes = mute.minutes, reason = mute.reason, "silence asked for");
        self.runtime.block_on(self.mute_for(mute))
    }

    fn unmute(&self, id: u64) -> Result<String, Refusal> {
        self.runtime.block_on(self.end_mute(id))
    }

    fn open_link(&self, token: &str) -> Result<LinkSeen, Refusal> {
        self.runtime.block_on(self.see_link(token))
    }

    fn use_link(&self, token: &str) -> Result<String, Refusal> {
        self.runtime.block_on(self.follow_link(token))
    }
}

impl HostControl {
    /// The watch of the container does it; where nobody watches it any more, it is done here.
    pub(super) async fn attend_to(&self, id: u64, deed: Deed) -> Result<String, Refusal> {
        let failed = |error: StoreError| Refusal::Failed(error.to_string());
        let Some(stored) = self.store.alert(id).await.map_err(failed)? else {
            return Err(Refusal::NotFound(format!("there is no alert {id}")));
        };
        let identity = stored.identity.clone();
        if self.desk.watch_of(&identity).is_some() {
            return self.order(&identity, Asked::Alert { id, deed }).await;
        }
        let mut alert = alert_from_store(stored).map_err(failed)?;
        let said = attend(&mut alert, deed, now_ns()).map_err(Refusal::Refused)?;
        let stored = alert_to_store(&identity, &alert).map_err(failed)?;
        self.store.put_attended(stored, deed.says_normal()).await.map_err(failed)?;
        let _ = self.changes.send(Change::Alerts);
        Ok(said)
    }

    async fn order(&self, identity: &Identity, asked: Asked) -> Result<String, Refusal> {
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
            watch.send(Order { asked, answer }).await.map_err(|_| late())?;
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

fn deed(action: AlertAction) -> Deed {
    match action {
        AlertAction::Acknowledge => Deed::Acknowledge,
        AlertAction::Snooze { minutes } => Deed::Snooze { minutes },
        AlertAction::Archive => Deed::Archive,
        AlertAction::Hear => Deed::Hear,
        AlertAction::Real => Deed::Label(Label::Real),
        AlertAction::Normal => Deed::Label(Label::Normal),
        AlertAction::Unlabel => Deed::Unlabel,
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
