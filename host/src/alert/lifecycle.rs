//! From strange windows and signals to alerts. Pure: it is given the windows and the time.
//!
//! An alert is one failure of one container, over restarts of both, for as long as it is remembered: it is opened, lasts, is over, and comes
//! back under the same number. `keys` says what a window is known by, `home` where it belongs, `episode` what becomes of an alert by it. A
//! window may belong to two alerts, where two things are wrong at once, and a known failure never hides another one.

use std::ops::Range;

use super::attend::{Deed, attend};
use super::episode;
use super::home;
use super::keys::Keys;
pub use super::past::REMEMBERED_MAX;
use super::past::{Known, Past};
use super::release::Release;
use super::signal::{Signal, SignalKind};
use super::signs;
use super::{Alert, Kind, Reason, Receipt, Status};
use crate::history::{Severity, Verdict};
use crate::identity::Identity;

/// Most alerts open at once in one container; further strange windows join the newest one, which says so by its count.
pub const OPEN_MAX: usize = 64;

/// A window that scores at least this share of the threshold while an alert lasts belongs to the incident: it is not learned.
const NEAR: f32 = 0.5;

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
        let receipt = Receipt { generation, plugins, first_seq: seqs.start, end_seq: seqs.end, case: None };
        Self { time_ns, severity: verdict.severity, scaled: verdict.scaled(), reason, receipt }
    }
}

/// How long things last, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// An alert is over when nothing of it was seen for so long.
    pub resolve_after_ns: u64,
    /// What comes so soon after each other is one incident, where it does not say otherwise.
    pub together_ns: u64,
}

/// What came of a strange window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// The alerts it belongs to, as they are now.
    pub alerts: Vec<Alert>,
    /// Alerts labelled normal that it shows: nobody is told.
    pub normal: Vec<u64>,
}

/// The alerts of one container: those that last, and what is remembered of the others.
#[derive(Debug, Clone)]
pub struct Open {
    identity: Identity,
    rule: Rule,
    pub(super) alerts: Vec<Alert>,
    pub(super) past: Past,
    release: Option<Release>,
}

impl Open {
    /// `alerts` are those that were open when the host stopped.
    pub fn new(identity: Identity, rule: Rule, alerts: Vec<Alert>) -> Self {
        Self { identity, rule, alerts, past: Past::default(), release: None }
    }

    /// With what is remembered of alerts that are over, the oldest first.
    #[must_use]
    pub fn with_past(mut self, alerts: &[Alert]) -> Self {
        alerts.iter().for_each(|alert| self.past.remember(Known::of(alert)));
        self
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    pub fn alerts(&self) -> &[Alert] {
        &self.alerts
    }

    /// Whether a window that is not strange, of this score, belongs to an incident all the same.
    pub fn is_near(&self, scaled: f32) -> bool {
        scaled >= NEAR && self.alerts.iter().any(|alert| alert.kind == Kind::Log)
    }

    /// Takes in a strange window. `next_id` is asked for a number when an alert is opened.
    pub fn strange(&mut self, window: &Strange, next_id: impl FnOnce() -> u64) -> Taken {
        let keys = Keys::of(&window.reason);
        let mut homes = home::find(&self.alerts, &self.past, &keys, window.time_ns, self.rule.together_ns);
        if let Some(collector) = homes.unknown.as_ref().and_then(|_| self.collector(window)) {
            homes.unknown = None;
            homes.absorb = Some(collector);
            homes.open.retain(|&id| id != collector);
            homes.open.push(collector);
        }
        let is_shared = homes.open.len() + homes.past.len() + usize::from(homes.unknown.is_some()) > 1;
        let mut taken = Taken { alerts: Vec::new(), normal: homes.normal };
        for alert in self.alerts.iter_mut().filter(|alert| homes.open.contains(&alert.id)) {
            episode::update(alert, window, &keys, homes.absorb == Some(alert.id), is_shared);
            let more = homes.unfolds.iter().filter(|(id, _)| *id == alert.id);
            episode::add(&mut alert.term_ids, more.map(|&(_, word)| word));
            taken.alerts.push(alert.clone());
        }
        for id in homes.past {
            let again = self.past.take(id).map(|known| episode::regress(known, window));
            taken.alerts.extend(again.clone());
            self.alerts.extend(again);
        }
        if let Some(unknown) = &homes.unknown {
            let alert = self.open(window, unknown, next_id());
            taken.alerts.push(alert.clone());
            self.alerts.push(alert);
        }
        taken
    }

    /// Who takes in what is unknown, if not an alert of its own: the alert of a release that is new, unless it is critical; where too much is
    /// open, the newest.
    fn collector(&self, window: &Strange) -> Option<u64> {
        let collects = |alert: &&Alert| {
            let until_ns = alert.release.as_ref().map_or(0, |release| release.until_ns);
            window.time_ns < until_ns && window.severity < Severity::Critical
        };
        let newest = || self.alerts.last().filter(|_| self.alerts.len() >= OPEN_MAX);
        self.alerts.iter().find(collects).or_else(newest).map(|alert| alert.id)
    }

    fn open(&mut self, window: &Strange, keys: &Keys, id: u64) -> Alert {
        let mut alert = episode::open(&self.identity, window, keys, id);
        if !alert.term_ids.is_empty() {
            let companions = Keys::companions(&window.reason).filter(|id| !self.is_known(*id));
            episode::add(&mut alert.term_ids, companions);
        }
        let release = self.release.as_ref().filter(|release| window.time_ns < release.until_ns);
        if let Some(release) = release.filter(|_| window.severity < Severity::Critical) {
            let mut release = release.clone();
            release.collect(&window.reason);
            alert.kind = Kind::Release;
            alert.severity = Severity::Info;
            alert.reason.sentence = release.sentence();
            alert.release = Some(release);
        }
        alert
    }

    fn is_known(&self, word: u64) -> bool {
        self.alerts.iter().any(|alert| alert.term_ids.contains(&word))
            || self.past.iter().any(|known| known.written.contains(&word))
    }

    /// Another image runs from now on: what it says otherwise until the release's time is collected.
    pub fn deployed(&mut self, release: Release) {
        self.release = Some(release);
    }

    /// Takes in a signal and returns the alert that it opened or updated; `None` where nothing came of it.
    pub fn signal(&mut self, signal: &Signal, next_id: impl FnOnce() -> u64) -> Option<Alert> {
        let lasts = |alert: &&mut Alert| alert.signs.iter().any(|sign| sign.kind == signal.kind);
        if let Some(alert) = self.alerts.iter_mut().find(lasts) {
            signs::take(alert, signal);
            return Some(alert.clone());
        }
        if signal.over {
            return None;
        }
        let together_ns = self.rule.together_ns;
        let is_now = |alert: &&mut Alert| alert.last_ns.saturating_add(together_ns) >= signal.time_ns;
        if let Some(alert) = self
            .alerts
            .iter_mut()
            .rev()
            .filter(is_now)
            .find(|alert| alert.release.is_none() && alert.kind != Kind::Blind && signal.kind != SignalKind::Blind)
        {
            signs::take(alert, signal);
            return Some(alert.clone());
        }
        let before = self.past.iter().find(|known| known.signals.contains(&signal.kind)).map(|known| known.id);
        let known = before.and_then(|id| self.past.take(id));
        let alert = signs::begin(&self.identity, signal, known, next_id);
        self.alerts.push(alert.clone());
        Some(alert)
    }

    /// A person does something with an alert that lasts; `None` where it does not. Returns the alert as it is then, and what comes of it. What is
    /// called normal is over.
    pub fn attend(&mut self, id: u64, deed: Deed, now_ns: u64) -> Option<Result<(Alert, String), String>> {
        let place = self.alerts.iter().position(|alert| alert.id == id)?;
        let said = match attend(&mut self.alerts[place], deed, now_ns) {
            Ok(said) => said,
            Err(why) => return Some(Err(why)),
        };
        if self.alerts[place].status == Status::Open {
            return Some(Ok((self.alerts[place].clone(), said)));
        }
        let alert = self.alerts.remove(place);
        self.past.remember(Known::of(&alert));
        Some(Ok((alert, said)))
    }

    /// An alert that is over was changed by a person.
    pub fn remember(&mut self, alert: &Alert) {
        if alert.status == Status::Resolved {
            self.past.remember(Known::of(alert));
        }
    }

    /// Time has come to `now_ns`: returns the alerts that are resolved by that.
    pub fn pass(&mut self, now_ns: u64) -> Vec<Alert> {
        self.release.take_if(|release| release.until_ns <= now_ns);
        let resolve_after_ns = self.rule.resolve_after_ns;
        let over_at = |alert: &Alert| episode::over_at_ns(alert, resolve_after_ns);
        let over = |alert: &mut Alert| over_at(alert).is_some_and(|at| at <= now_ns);
        let mut resolved: Vec<Alert> = self.alerts.extract_if(.., over).collect();
        for alert in &mut resolved {
            let at = over_at(alert).unwrap_or(now_ns);
            episode::resolve(alert, at);
            self.past.remember(Known::of(alert));
        }
        resolved
    }
}

#[cfg(test)]
pub(crate) mod tests;
