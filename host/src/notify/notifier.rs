//! Looks at each alert that changed, and at each that is due, decides what is said, and puts it on its way.
//!
//! What was decided, what was held back and the notices are one write: after a crash an alert is looked at again from the same knowledge, or not at
//! all. Several changes of an alert between two looks are one.

use std::collections::BTreeMap;
use std::time::Duration;

use foghorn_dashboard::Change;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::audience::Audience;
use super::notice::{Notice, Say};
use super::policy::{Patience, Told, decide};
use super::quiet::{Maintenance, Mute, silence};
use crate::alert::Alert;
use crate::clock::now_ns;
use crate::identity::Identity;
use crate::run::saved::alert_from_store;
use crate::store::{Store, StoreError, ToTell, ToldRecord};

/// Alerts that are looked at in one write.
const BATCH: usize = 64;

/// How often it is looked whether something is due; changes are looked at at once.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What decides.
pub struct Notifier {
    pub store: Store,
    pub patience: Patience,
    pub maintenance: Vec<Maintenance>,
    pub audience: Audience,
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifier").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Notifier {
    /// Works until `shutdown`.
    pub async fn run(self, mut changes: broadcast::Receiver<Change>, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            match self.look(now_ns()).await {
                // There may be more.
                Ok(looked) if looked >= BATCH => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "alerts could not be looked at to tell of them; it is tried again");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = until_alerts(&mut changes) => {}
                _ = tick.tick() => {}
            }
        }
    }

    /// Looks once; returns at how many alerts.
    pub async fn look(&self, now_ns: u64) -> Result<usize, StoreError> {
        let (found, revision) = self.store.alerts_to_tell(now_ns, BATCH).await?;
        if found.is_empty() {
            return Ok(0);
        }
        let mutes = self.store.mutes(now_ns).await?;
        let looked = found.len();
        let mut records = Vec::new();
        for one in found {
            records.extend(self.decide(one, &mutes, now_ns).await?);
        }
        self.store.put_told(records, revision, now_ns).await?;
        Ok(looked)
    }

    async fn decide(&self, one: ToTell, mutes: &[Mute], now_ns: u64) -> Result<Option<ToldRecord>, StoreError> {
        let (id, identity) = (one.alert.id, one.alert.identity.clone());
        let alert = match alert_from_store(one.alert) {
            Ok(alert) => alert,
            Err(error) => {
                tracing::error!(id, %error, "an alert cannot be told");
                return Ok(None);
            }
        };
        let told: Told = one.told.and_then(|told| serde_json::from_value(told).ok()).unwrap_or_default();
        let silence = silence(identity.as_str(), mutes, &self.maintenance, now_ns);
        let decision = decide(&alert, &told, silence.as_ref(), &self.patience, now_ns);
        let notices = match decision.say {
            Some(say) => {
                tracing::info!(container = %identity, id, say = say.as_str(), "alert told");
                let labels = self.labels(&identity).await?;
                self.audience.address(notice(&alert, &identity, labels, say, &told), now_ns)
            }
            None => Vec::new(),
        };
        let failed = |error: serde_json::Error| StoreError::Damaged(error.to_string());
        Ok(Some(ToldRecord {
            alert: id,
            told: serde_json::to_value(&decision.told).map_err(failed)?,
            due_ns: decision.due_ns,
            suppressed: decision.suppressed,
            notices: notices
                .into_iter()
                .map(|(sink, notice)| Ok((sink, serde_json::to_value(notice).map_err(failed)?)))
                .collect::<Result<_, StoreError>>()?,
        }))
    }

    async fn labels(&self, identity: &Identity) -> Result<BTreeMap<String, String>, StoreError> {
        let known = self.store.container(identity).await?.map(|container| container.info.labels).unwrap_or_default();
        let short = |(key, value): (String, String)| (key.trim_start_matches("foghorn.").to_owned(), value);
        Ok(known.into_iter().map(short).collect())
    }
}

/// Until an alert may have changed; other changes are passed over. A receiver that fell behind looks too.
async fn until_alerts(changes: &mut broadcast::Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(Change::Alerts) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn notice(alert: &Alert, identity: &Identity, labels: BTreeMap<String, String>, say: Say, told: &Told) -> Notice {
    Notice {
        key: format!("{}-{}-{}", alert.fingerprint, alert.id, told.notices + 1),
        say,
        alert: alert.id,
        fingerprint: alert.fingerprint.clone(),
        kind: alert.kind,
        severity: alert.severity,
        container: identity.to_string(),
        labels,
        reason: alert.reason.sentence.clone(),
        lines: alert.reason.lines.iter().map(|line| line.text.clone()).collect(),
        windows: alert.windows,
        episodes: alert.episodes,
        peak: alert.peak,
        opened_ns: alert.opened_ns,
        last_ns: alert.last_ns,
        resolved_ns: alert.resolved_ns,
        suppressed: told.suppressed,
        url: None,
        links: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
