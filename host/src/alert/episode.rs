//! What becomes of an alert by a window: it is opened, goes on, becomes worse, comes back, is over. Pure.

use sha2::{Digest, Sha256};

use super::keys::Keys;
use super::lifecycle::Strange;
use super::past::Known;
use super::{Alert, Attention, Kind, Phase, Reason, Status, WORSE};
use crate::identity::Identity;

/// Most keys of each kind by which one alert is known; the first ones stay.
const KEYS_MAX: usize = 256;

/// How long it counts as escalating after it became worse: 10 minutes, in nanoseconds.
const ESCALATING_NS: u64 = 600_000_000_000;

/// An alert that comes back so soon after it was over flaps: an hour, in nanoseconds.
const FLAP_NS: u64 = 3_600_000_000_000;

/// Most doublings of the time after which an alert that flaps is over.
const FLAPS_MAX: u32 = 3;

/// A new alert of what `keys` say of the window.
pub(super) fn open(identity: &Identity, window: &Strange, keys: &Keys, id: u64) -> Alert {
    Alert {
        id,
        fingerprint: fingerprint(identity, keys),
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
        lasting: Vec::new(),
        label: None,
        attention: Attention::Wanted,
        peak: window.scaled,
        rise_from: window.scaled,
        flaps: 0,
        reason: window.reason.clone(),
        receipt: window.receipt.clone(),
        term_ids: keys.written.clone(),
        marks: keys.marks.clone(),
        release: None,
    }
}

/// One more window of an alert that lasts. With `absorb` it is known by the keys of the window too. What a window says that is `shared` with
/// other alerts is not told as the alert's own reason.
pub(super) fn update(alert: &mut Alert, window: &Strange, keys: &Keys, absorb: bool, shared: bool) {
    alert.windows += 1;
    alert.last_ns = alert.last_ns.max(window.time_ns);
    if absorb {
        add(&mut alert.term_ids, keys.written.iter().copied());
        add(&mut alert.marks, keys.marks.iter().copied());
    }
    if let Some(release) = &mut alert.release {
        release.collect(&window.reason);
        alert.reason.sentence = release.sentence();
        return;
    }
    if window.severity > alert.severity || window.scaled >= WORSE * alert.rise_from.max(f32::MIN_POSITIVE) {
        alert.escalated_ns = Some(window.time_ns);
        alert.rise_from = window.scaled.max(alert.peak);
    }
    alert.severity = alert.severity.max(window.severity);
    if window.scaled > alert.peak {
        alert.peak = window.scaled;
        if !shared {
            alert.reason = window.reason.clone();
            alert.receipt = window.receipt.clone();
        }
    }
}

/// An alert that was over is there again.
pub(super) fn regress(known: Known, window: &Strange) -> Alert {
    let flaps = if window.time_ns.saturating_sub(known.resolved_ns) < FLAP_NS { known.flaps + 1 } else { 0 };
    Alert {
        id: known.id,
        fingerprint: known.fingerprint,
        kind: known.kind,
        status: Status::Open,
        severity: window.severity,
        first_ns: known.first_ns,
        episodes: known.episodes.saturating_add(1),
        opened_ns: window.time_ns,
        last_ns: window.time_ns,
        resolved_ns: None,
        windows: 1,
        windows_before: known.windows,
        escalated_ns: None,
        signs: Vec::new(),
        lasting: Vec::new(),
        label: known.label,
        // That somebody took care of it is over; what was asked for longer is not.
        attention: match known.attention {
            Attention::Acknowledged { .. } => Attention::Wanted,
            other => other,
        },
        peak: window.scaled,
        rise_from: window.scaled,
        flaps: flaps.min(FLAPS_MAX),
        reason: window.reason.clone(),
        receipt: window.receipt.clone(),
        term_ids: known.written,
        marks: known.marks,
        release: None,
    }
}

/// When it is over if nothing more of it is seen; `None` while something is wrong that will be told when it is right. What comes back
/// again and again must be absent for longer, up to eight times as long.
pub(super) fn over_at_ns(alert: &Alert, resolve_after_ns: u64) -> Option<u64> {
    let clear_ns = resolve_after_ns.saturating_mul(1 << alert.flaps.min(FLAPS_MAX));
    alert.lasting.is_empty().then(|| alert.last_ns.saturating_add(clear_ns))
}

pub(super) fn resolve(alert: &mut Alert, now_ns: u64) {
    alert.status = Status::Resolved;
    alert.resolved_ns = Some(now_ns);
    alert.lasting.clear();
}

/// Where in its life an alert is.
pub(super) fn phase(alert: &Alert) -> Phase {
    let escalating = alert.escalated_ns.is_some_and(|at| alert.last_ns.saturating_sub(at) < ESCALATING_NS);
    match alert.status {
        Status::Resolved => Phase::Resolved,
        Status::Open if escalating => Phase::Escalating,
        Status::Open if alert.episodes > 1 => Phase::Regressed,
        Status::Open if alert.windows + alert.signs.len() as u64 <= 1 => Phase::New,
        Status::Open => Phase::Ongoing,
    }
}

pub(super) fn add(keys: &mut Vec<u64>, more: impl Iterator<Item = u64>) {
    for key in more {
        if keys.len() < KEYS_MAX && !keys.contains(&key) {
            keys.push(key);
        }
    }
}

/// The container and what is strange in it, as 16 hexadecimal digits.
fn fingerprint(identity: &Identity, keys: &Keys) -> String {
    let mut ids = if keys.written.is_empty() { keys.marks.clone() } else { keys.written.clone() };
    ids.sort_unstable();
    fingerprint_of(identity, ids.into_iter().flat_map(u64::to_le_bytes))
}

/// The same of anything else that an alert is about.
pub(super) fn fingerprint_of(identity: &Identity, marks: impl Iterator<Item = u8>) -> String {
    let mut hash = Sha256::new();
    hash.update(identity.as_str().as_bytes());
    hash.update(marks.collect::<Vec<u8>>());
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A window that is none: what the engine told, in the same shape.
pub(super) fn sentence_only(text: &str) -> Reason {
    Reason { sentence: text.to_owned(), ..Reason::default() }
}
