//! What becomes of an alert by a signal. Pure.

use super::episode::{self, fingerprint_of, sentence_only};
use super::keys::Keys;
use super::lifecycle::Strange;
use super::past::Known;
use super::signal::{Sign, Signal, SignalKind};
use super::{Alert, Kind, Receipt};
use crate::identity::Identity;

/// Most signs that one alert keeps; the first of each kind and the newest stay.
const SIGNS_MAX: usize = 64;

/// An alert of a signal, new or come back.
pub(super) fn begin(
    identity: &Identity,
    signal: &Signal,
    known: Option<Known>,
    next_id: impl FnOnce() -> u64,
) -> Alert {
    let window = Strange {
        time_ns: signal.time_ns,
        severity: signal.severity,
        scaled: 0.0,
        reason: sentence_only(&signal.text),
        receipt: Receipt::default(),
    };
    let mut alert = match known {
        Some(known) => episode::regress(known, &window),
        None => {
            let mut alert = episode::open(identity, &window, &Keys::default(), next_id());
            alert.kind = if signal.kind == SignalKind::Blind { Kind::Blind } else { Kind::Signal };
            alert.fingerprint = fingerprint_of(identity, signal.kind.as_str().bytes());
            alert
        }
    };
    alert.windows = 0;
    take(&mut alert, signal);
    alert.escalated_ns = None;
    alert
}

/// A signal of an alert that lasts. One of another kind than before makes it worse.
pub(super) fn take(alert: &mut Alert, signal: &Signal) {
    alert.last_ns = alert.last_ns.max(signal.time_ns);
    alert.lasting.retain(|&kind| kind != signal.kind);
    if signal.over {
        return;
    }
    let is_new = !alert.signs.iter().any(|sign| sign.kind == signal.kind);
    if is_new || signal.severity > alert.severity {
        alert.escalated_ns = Some(signal.time_ns);
        if alert.windows == 0 {
            // No window says more: the newest sign that makes it worse does.
            alert.reason.sentence.clone_from(&signal.text);
        }
    }
    alert.severity = alert.severity.max(signal.severity);
    if signal.lasts() {
        alert.lasting.push(signal.kind);
    }
    if alert.signs.len() == SIGNS_MAX {
        let kinds = |at: usize| alert.signs[..at].iter().any(|sign| sign.kind == alert.signs[at].kind);
        let repeated = (0..SIGNS_MAX).find(|&at| kinds(at)).unwrap_or(SIGNS_MAX - 1);
        alert.signs.remove(repeated);
    }
    alert.signs.push(Sign { kind: signal.kind, time_ns: signal.time_ns, text: signal.text.clone() });
}
