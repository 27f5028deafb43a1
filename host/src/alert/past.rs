//! What is remembered of alerts that are over, so that the same failure is the same alert when it comes back. Pure.

use super::signal::SignalKind;
use super::{Alert, Attention, Kind, Label};

/// Most alerts of one container that are remembered; the newest stay, and those labelled normal before all others.
pub const REMEMBERED_MAX: usize = 256;

/// An alert that is over, without its evidence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    pub id: u64,
    pub fingerprint: String,
    pub kind: Kind,
    pub written: Vec<u64>,
    pub marks: Vec<u64>,
    pub signals: Vec<SignalKind>,
    pub first_ns: u64,
    pub last_ns: u64,
    pub resolved_ns: u64,
    pub episodes: u32,
    pub windows: u64,
    pub flaps: u32,
    pub label: Option<Label>,
    pub attention: Attention,
}

impl Known {
    pub(super) fn of(alert: &Alert) -> Self {
        Self {
            id: alert.id,
            fingerprint: alert.fingerprint.clone(),
            kind: alert.kind,
            written: alert.term_ids.clone(),
            marks: alert.marks.clone(),
            signals: alert.kinds_of_signs(),
            first_ns: alert.first_ns,
            last_ns: alert.last_ns,
            resolved_ns: alert.resolved_ns.unwrap_or(alert.last_ns),
            episodes: alert.episodes,
            windows: alert.windows_before + alert.windows,
            flaps: alert.flaps,
            label: alert.label,
            attention: alert.attention,
        }
    }

    pub(super) fn is_normal(&self) -> bool {
        self.label == Some(Label::Normal)
    }
}

pub(super) fn shares(a: &[u64], b: &[u64]) -> bool {
    b.iter().any(|id| a.contains(id))
}

/// The alerts of one container that are over, the newest last.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    known: Vec<Known>,
}

impl Past {
    /// Remembers an alert, in place of what was known of it.
    pub(super) fn remember(&mut self, known: Known) {
        self.known.retain(|old| old.id != known.id);
        self.known.push(known);
        if self.known.len() > REMEMBERED_MAX {
            let oldest = self.known.iter().position(|known| !known.is_normal()).unwrap_or(0);
            self.known.remove(oldest);
        }
    }

    /// It lasts again.
    pub(super) fn take(&mut self, id: u64) -> Option<Known> {
        let place = self.known.iter().position(|known| known.id == id)?;
        Some(self.known.remove(place))
    }

    /// The newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Known> {
        self.known.iter().rev()
    }
}
