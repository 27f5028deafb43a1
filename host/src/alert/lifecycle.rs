//! From strange windows to alerts. Pure: it is given the windows and the time.
//!
//! A strange window belongs to an open alert of its container when they share a written term (a template or a token), or
//! when the window has no written term of its own. Otherwise it opens another alert, even seconds later: a second failure must not hide
//! behind the first. An alert is resolved when no window belonged to it for the resolve time.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::attend::{Deed, attend};
use super::signal::{Sign, Signal};
use super::{Alert, Attention, Kind, Reason, Receipt, Status};
use crate::history::{Severity, Verdict};
use crate::identity::Identity;

/// Most terms that one alert remembers; the first ones stay.
const TERM_IDS_MAX: usize = 256;

/// Most alerts open at once in one container; further strange windows join the newest one.
const OPEN_MAX: usize = 16;

/// A window that scored at or above its threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Strange {
    /// End of the window, nanoseconds since the Unix epoch.
    pub time_ns: u64,
    pub severity: Severity,
    /// Score, scaled so that 1.0 is the threshold.
    pub scaled: f32,
    pub reason: Reason,
    pub receipt: Receipt,
}

impl Strange {
    /// A window that a generation and its thresholds, the `plugins` by their labels, gave `verdict`: the lines `seqs` of the stream, ending
    /// at `time_ns`.
    pub fn new(
        generation: u64,
        plugins: Vec<String>,
        verdict: &Verdict,
        seqs: Range<u64>,
        time_ns: u64,
        reason: Reason,
    ) -> Self {
        let receipt = Receipt { generation, plugins, first_seq: seqs.start, end_seq: seqs.end };
        Self { time_ns, severity: verdict.severity, scaled: verdict.scaled(), reason, receipt }
    }
}

/// The open alerts of one container.
#[derive(Debug, Clone)]
pub struct Open {
    identity: Identity,
    resolve_after_ns: u64,
    alerts: Vec<Alert>,
}

impl Open {
    /// `alerts` are those that were open when the host stopped.
    pub fn new(identity: Identity, resolve_after_ns: u64, alerts: Vec<Alert>) -> Self {
        Self { identity, resolve_after_ns, alerts }
    }

    pub fn alerts(&self) -> &[Alert] {
        &self.alerts
    }

    /// Takes in a strange window and returns the alert it opened or updated. `next_id` is asked for a number when one is opened.
    pub fn strange(&mut self, window: Strange, next_id: impl FnOnce() -> u64) -> &Alert {
        let index = match self.home_of(&window) {
            Some(index) => {
                update(&mut self.alerts[index], window);
                index
            }
            None => {
                let alert = open(&self.identity, window, next_id());
                self.alerts.push(alert);
                self.alerts.len() - 1
            }
        };
        &self.alerts[index]
    }

    /// A person does something with an alert that lasts; `None` where it does not. Returns the alert as it is then, and what comes of it.
    pub fn attend(&mut self, id: u64, deed: Deed, now_ns: u64) -> Option<Result<(Alert, String), String>> {
        let alert = self.alerts.iter_mut().find(|alert| alert.id == id)?;
        Some(attend(alert, deed, now_ns).map(|said| (alert.clone(), said)))
    }

    /// Takes in a signal and returns the alert that it opened, updated or resolved; `None` where nothing came of it.
    pub fn signal(&mut self, signal: &Signal, next_id: impl FnOnce() -> u64) -> Option<Alert> {
        let mark = signal.kind.as_str();
        let known = self.alerts.iter_mut().find(|alert| alert.signs.iter().any(|sign| sign.kind == signal.kind));
        let sign = Sign { kind: signal.kind, time_ns: signal.time_ns, text: signal.text.clone() };
        if signal.over {
            let alert = known?;
            alert.last_ns = alert.last_ns.max(signal.time_ns);
            return Some(alert.clone());
        }
        if let Some(alert) = known {
            alert.last_ns = alert.last_ns.max(signal.time_ns);
            alert.severity = alert.severity.max(signal.severity);
            alert.signs.push(sign);
            return Some(alert.clone());
        }
        let window = Strange {
            time_ns: signal.time_ns,
            severity: signal.severity,
            scaled: 0.0,
            reason: Reason { sentence: signal.text.clone(), ..Reason::default() },
            receipt: Receipt::default(),
        };
        let mut alert = open(&self.identity, window, next_id());
        alert.kind = Kind::Signal;
        alert.windows = 0;
        alert.fingerprint = digest_of(&self.identity, mark.bytes());
        alert.signs.push(sign);
        self.alerts.push(alert.clone());
        Some(alert)
    }

    /// Time has come to `now_ns`: returns the alerts that are resolved by that.
    pub fn pass(&mut self, now_ns: u64) -> Vec<Alert> {
        let resolve_after_ns = self.resolve_after_ns;
        let over = |alert: &mut Alert| alert.last_ns.saturating_add(resolve_after_ns) <= now_ns;
        let mut resolved: Vec<Alert> = self.alerts.extract_if(.., over).collect();
        for alert in &mut resolved {
            alert.status = Status::Resolved;
            alert.resolved_ns = Some(alert.last_ns.saturating_add(resolve_after_ns));
        }
        resolved
    }

    /// The open alert a window belongs to: the one it shares most terms with, the newest of equals.
    fn home_of(&self, window: &Strange) -> Option<usize> {
        let written: Vec<u64> = written_ids(&window.reason).collect();
        let newest = self.alerts.len().checked_sub(1)?;
        if written.is_empty() {
            return Some(newest);
        }
        let shared = |alert: &Alert| written.iter().filter(|id| alert.term_ids.contains(id)).count();
        let best = (0..self.alerts.len()).max_by_key(|&index| shared(&self.alerts[index])).unwrap_or(newest);
        if shared(&self.alerts[best]) > 0 || self.alerts[best].term_ids.is_empty() {
            Some(best)
        } else {
            (self.alerts.len() >= OPEN_MAX).then_some(newest)
        }
    }
}

fn written_ids(reason: &Reason) -> impl Iterator<Item = u64> + '_ {
    reason.terms.iter().filter(|term| term.is_written()).map(|term| term.id)
}

fn open(identity: &Identity, window: Strange, id: u64) -> Alert {
    let mut term_ids: Vec<u64> = Vec::new();
    remember(&mut term_ids, &window.reason);
    Alert {
        id,
        fingerprint: fingerprint(identity, &window.reason),
        kind: Kind::Log,
        status: Status::Open,
        severity: window.severity,
        first_ns: window.time_ns,
        episodes: 1,
        opened_ns: window.time_ns,
        last_ns: window.time_ns,
        resolved_ns: None,
        windows: 1,
        windows_before: 0,
        escalated_ns: None,
        signs: Vec::new(),
        label: None,
        attention: Attention::Wanted,
        peak: window.scaled,
        reason: window.reason,
        receipt: window.receipt,
        term_ids,
    }
}

fn update(alert: &mut Alert, window: Strange) {
    alert.windows += 1;
    alert.last_ns = alert.last_ns.max(window.time_ns);
    alert.severity = alert.severity.max(window.severity);
    remember(&mut alert.term_ids, &window.reason);
    if window.scaled > alert.peak {
        alert.peak = window.scaled;
        alert.reason = window.reason;
        alert.receipt = window.receipt;
    }
}

fn remember(term_ids: &mut Vec<u64>, reason: &Reason) {
    for id in written_ids(reason) {
        if term_ids.len() < TERM_IDS_MAX && !term_ids.contains(&id) {
            term_ids.push(id);
        }
    }
}

/// The container and what is strange in it, as 16 hexadecimal digits.
fn fingerprint(identity: &Identity, reason: &Reason) -> String {
    let mut ids: Vec<u64> = written_ids(reason).collect();
    if ids.is_empty() {
        ids.extend(reason.terms.iter().map(|term| term.id));
    }
    ids.sort_unstable();
    digest_of(identity, ids.into_iter().flat_map(u64::to_le_bytes))
}

fn digest_of(identity: &Identity, marks: impl Iterator<Item = u8>) -> String {
    let mut hash = Sha256::new();
    hash.update(identity.as_str().as_bytes());
    hash.update(marks.collect::<Vec<u8>>());
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Term;

    fn term(id: u64, kind: &str) -> Term {
        Term {
            text: format!("t{id}"),
            kind: kind.into(),
            id,
            seen: 0,
            of: 10,
            lines: vec![],
            weight: 0.5,
            without: None,
            change: None,
        }
    }

    fn window(time_ns: u64, ids: &[u64]) -> Strange {
        let terms = ids.iter().map(|&id| term(id, "template")).collect();
        Strange {
            time_ns,
            severity: Severity::Warning,
            scaled: 1.5,
            reason: Reason { terms, ..Reason::default() },
            receipt: Receipt { generation: 5, plugins: vec![], first_seq: 1, end_seq: 2 },
        }
    }

    fn nothing_open() -> Open {
        Open::new(Identity::from_text("h/c"), 100, Vec::new())
    }

    #[test]
    fn a_lasting_failure_is_one_alert_with_a_count() {
        let mut open = nothing_open();
        assert_eq!(open.strange(window(10, &[1, 2]), || 1).windows, 1);
        assert_eq!(open.strange(window(20, &[2, 3]), || 2).windows, 2);
        let alert = open.strange(window(30, &[3]), || 3);
        assert_eq!((alert.id, alert.windows, alert.last_ns), (1, 3, 30), "3 came in by the second window");
        assert_eq!(open.alerts().len(), 1);
    }

    #[test]
    fn another_failure_is_another_alert_seconds_later() {
        let mut open = nothing_open();
        let first = open.strange(window(10, &[1]), || 1).fingerprint.clone();
        let second = open.strange(window(11, &[9]), || 2).clone();
        assert_eq!(second.id, 2);
        assert_ne!(first, second.fingerprint);
    }

    #[test]
    fn a_window_without_written_terms_joins_what_is_open() {
        let mut open = nothing_open();
        open.strange(window(10, &[1]), || 1);
        let mut counts = window(20, &[]);
        counts.reason.terms = vec![term(77, "column")];
        assert_eq!(open.strange(counts, || 2).id, 1);
    }

    #[test]
    fn an_alert_of_counts_takes_in_the_written_failure_behind_it() {
        let mut open = nothing_open();
        let mut counts = window(10, &[]);
        counts.reason.terms = vec![term(77, "column")];
        open.strange(counts, || 1);
        assert_eq!(open.strange(window(20, &[4]), || 2).id, 1);
        assert_eq!(open.strange(window(30, &[5]), || 3).id, 3, "now it is known what it was");
    }

    #[test]
    fn an_alert_is_resolved_once_when_its_signs_are_gone() {
        let mut open = nothing_open();
        open.strange(window(10, &[1]), || 1);
        assert!(open.pass(109).is_empty());
        let resolved = open.pass(110);
        assert_eq!(resolved.len(), 1);
        assert_eq!((resolved[0].status, resolved[0].resolved_ns), (Status::Resolved, Some(110)));
        assert!(open.pass(200).is_empty());
    }

    #[test]
    fn the_strangest_window_gives_the_reason_and_the_highest_severity_stays() {
        let mut open = nothing_open();
        open.strange(window(10, &[1]), || 1);
        let mut stranger = window(20, &[1]);
        stranger.scaled = 3.0;
        stranger.severity = Severity::Critical;
        stranger.reason.sentence = "worse".into();
        open.strange(stranger, || 2);
        let alert = open.strange(window(30, &[1]), || 3);
        assert_eq!((alert.severity, alert.peak, alert.reason.sentence.as_str()), (Severity::Critical, 3.0, "worse"));
    }

    #[test]
    fn a_flood_of_different_failures_stays_bounded() {
        let mut open = nothing_open();
        for id in 0..100 {
            open.strange(window(10, &[id]), || id);
        }
        assert_eq!(open.alerts().len(), OPEN_MAX);
    }

    #[test]
    fn the_same_failure_has_the_same_fingerprint_after_a_restart() {
        let first = nothing_open().strange(window(10, &[2, 1]), || 1).fingerprint.clone();
        let again = nothing_open().strange(window(99, &[1, 2]), || 7).fingerprint.clone();
        assert_eq!(first, again);
    }
}
