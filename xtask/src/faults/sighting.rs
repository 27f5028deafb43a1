//! When alerts were seen to come, and to go on: made of one look at the host after another. Pure.

use std::collections::BTreeMap;

use super::stage::Service;
use crate::api::AlertCard;

/// One alert that was seen to come, or whose signs were seen again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) at_ms: u64,
    pub(super) alert: u64,
    pub(super) service: Service,
    /// False for a further window of an alert that is known.
    pub(super) is_new: bool,
    /// As it was told then: a later window may give an alert another severity and another sentence.
    pub(super) severity: String,
    pub(super) reason: String,
}

/// All that was seen.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    windows: BTreeMap<u64, u64>,
    sightings: Vec<Sighting>,
}

impl Ledger {
    /// Takes in what the host shows at this time; gives what is new since the last look. Alerts of others are left out.
    pub(super) fn look(&mut self, at_ms: u64, alerts: &[AlertCard]) -> &[Sighting] {
        let known = self.sightings.len();
        // The newest stands first in the host's answer.
        for alert in alerts.iter().rev() {
            let Some(service) = Service::of_identity(&alert.identity) else { continue };
            let before = self.windows.insert(alert.id, alert.windows);
            if before.is_none_or(|before| before < alert.windows) {
                self.sightings.push(Sighting {
                    at_ms,
                    alert: alert.id,
                    service,
                    is_new: before.is_none(),
                    severity: alert.severity.clone(),
                    reason: alert.reason.clone(),
                });
            }
        }
        &self.sightings[known..]
    }

    pub(super) fn into_sightings(self) -> Vec<Sighting> {
        self.sightings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: u64, windows: u64) -> AlertCard {
        AlertCard {
            id,
            identity: "faults/foghorn-faults-api".into(),
            severity: "warning".into(),
            opened: String::new(),
            is_open: true,
            windows,
            reason: String::new(),
            lines: Vec::new(),
        }
    }

    #[test]
    fn an_alert_is_new_once_and_seen_again_when_it_grows() {
        let mut ledger = Ledger::default();
        ledger.look(10, &[card(1, 1)]);
        ledger.look(20, &[card(1, 1)]);
        ledger.look(30, &[card(2, 1), card(1, 3)]);
        let seen: Vec<_> = ledger.into_sightings().iter().map(|s| (s.at_ms, s.alert, s.is_new)).collect();
        assert_eq!(seen, [(10, 1, true), (30, 1, false), (30, 2, true)]);
    }

    #[test]
    fn alerts_of_other_containers_are_nothing() {
        let mut ledger = Ledger::default();
        let other = AlertCard { identity: "faults/mail".into(), ..card(1, 1) };
        assert!(ledger.look(10, &[other]).is_empty());
    }
}
