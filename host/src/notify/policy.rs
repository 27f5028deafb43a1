//! What is said of an alert, and when. Pure: it is given the alert, what was said of it, and the time.
//!
//! One failure is told once when it comes, once when it is over, and in between as seldom as is of use: at most once in `roll_up_ns`, unless it
//! becomes worse than anything that was told of it in a day. Everything that comes first is told: a failure that nobody was told of is held back
//! only where a person asked for silence, or while it is looked whether it lasts. What is held back has its reason, and is told when the reason is
//! gone, if it still lasts.
//!
//! Notices count as said when they are on their way; how they get there is not decided here.

use serde::{Deserialize, Serialize};

use super::notice::Say;
use crate::alert::{Alert, Attention, Label, Status, WORSE};
use crate::history::Severity;

/// Why nothing is told of what a person called normal.
pub const NORMAL: &str = "labelled normal";

/// What was told counts for so long after the last notice when it is asked whether something is worse than that: a day, in nanoseconds.
const REMEMBERED_NS: u64 = 86_400_000_000_000;

/// How patient people are, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// An alert below critical is told once it has lasted so long.
    pub hold_ns: u64,
    /// Between two notices of one alert.
    pub roll_up_ns: u64,
    /// Between two reminders of one that lasts.
    pub remind_ns: u64,
}

/// What was said of one alert.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Notices so far: the number of the next one.
    pub notices: u64,
    /// The episode that was told last; 0 before any.
    pub episode: u32,
    /// When something was said last that was no resolution.
    pub said_ns: Option<u64>,
    /// A notice is out that no resolution followed.
    pub is_out: bool,
    /// The worst that was told, until nothing was said for a day.
    pub severity: Severity,
    pub peak: f32,
    pub signs: usize,
    /// Not told since the last notice.
    pub suppressed: u64,
    /// Why it is held back now, so that it is counted once and not each time it is looked at.
    pub held: Option<String>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub say: Option<Say>,
    /// Why nothing is said though there is something to say, where that begins now.
    pub suppressed: Option<String>,
    /// When to look again though nothing changes.
    pub due_ns: Option<u64>,
    pub told: Told,
}

/// Silence that applies to the container now: why, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub reason: String,
    pub until_ns: u64,
}

/// Why something is not said, and when that is over.
struct Held {
    reason: String,
    until_ns: Option<u64>,
}

/// Decides on one alert.
pub fn decide(alert: &Alert, told: &Told, silence: Option<&Silence>, patience: &Patience, now_ns: u64) -> Decision {
    let mut told = told.clone();
    let is_long_ago = told.said_ns.is_none_or(|said| now_ns.saturating_sub(said) >= REMEMBERED_NS);
    if is_long_ago && !told.is_out {
        (told.severity, told.peak, told.signs) = (Severity::None, 0.0, 0);
    }
    match alert.status {
        Status::Resolved => when_over(alert, told, silence, patience, now_ns),
        Status::Open => while_open(alert, told, silence, patience, now_ns),
    }
}

fn when_over(alert: &Alert, mut told: Told, silence: Option<&Silence>, patience: &Patience, now_ns: u64) -> Decision {
    if told.is_out {
        // Whoever was told that it is wrong is told that it is right, whatever else is silent.
        told.is_out = false;
        return said(Say::Resolved, alert, told, None, now_ns);
    }
    if told.episode >= alert.episodes {
        return nothing(told, None);
    }
    let lasted_ns = alert.last_ns.saturating_sub(alert.opened_ns);
    let too_short = lasted_ns < patience.hold_ns && alert.severity < Severity::Critical;
    let held = by_person(alert, &told, silence, now_ns)
        .or_else(|| too_short.then(|| Held::now("it was over soon")))
        .or_else(|| until_rolled_up(&told, patience, now_ns));
    told.episode = alert.episodes;
    match held {
        Some(held) => hold(held.reason, None, told),
        None => said(Say::Passed, alert, told, None, now_ns),
    }
}

fn while_open(alert: &Alert, told: Told, silence: Option<&Silence>, patience: &Patience, now_ns: u64) -> Decision {
    let remind_ns = |told: &Told| told.said_ns.map(|said| said.saturating_add(patience.remind_ns));
    let say = if told.episode < alert.episodes {
        if told.notices == 0 { Say::Opened } else { Say::Regressed }
    } else if is_worse(alert, &told) {
        Say::Escalated
    } else if told.is_out && remind_ns(&told).is_some_and(|at| at <= now_ns) {
        Say::Ongoing
    } else {
        let due = remind_ns(&told).filter(|_| told.is_out && is_wanted(alert));
        return nothing(told, due);
    };
    if say == Say::Ongoing && !is_wanted(alert) {
        // Somebody takes care of it. It is looked at when it changes.
        return hold("acknowledged".into(), None, told);
    }
    let held = by_person(alert, &told, silence, now_ns)
        .or_else(|| by_release(alert, now_ns))
        .or_else(|| until_it_lasts(alert, patience, now_ns).filter(|_| say != Say::Ongoing))
        .or_else(|| until_rolled_up(&told, patience, now_ns).filter(|_| !outdoes(alert, &told)));
    match held {
        Some(held) => hold(held.reason, held.until_ns, told),
        None => said(say, alert, told, Some(patience.remind_ns), now_ns),
    }
}

impl Held {
    fn now(reason: &str) -> Self {
        Self { reason: reason.into(), until_ns: None }
    }
}

fn is_wanted(alert: &Alert) -> bool {
    !matches!(alert.attention, Attention::Acknowledged { .. })
}

/// Worse than what was told: a higher severity, another sign of the engine, twice the score.
fn is_worse(alert: &Alert, told: &Told) -> bool {
    outdoes(alert, told) || alert.peak >= WORSE * told.peak.max(1.0)
}

/// Worse in a way that does not wait: it happens a bounded number of times a day.
fn outdoes(alert: &Alert, told: &Told) -> bool {
    alert.severity > told.severity || alert.kinds_of_signs().len() > told.signs
}

/// Silence that a person asked for.
fn by_person(alert: &Alert, told: &Told, silence: Option<&Silence>, now_ns: u64) -> Option<Held> {
    if alert.label == Some(Label::Normal) {
        return Some(Held::now(NORMAL));
    }
    match alert.attention {
        Attention::Snoozed { until_ns } if until_ns > now_ns => {
            return Some(Held { reason: "snoozed".into(), until_ns: Some(until_ns) });
        }
        Attention::Archived { severity, peak } => {
            let is_worse = alert.severity > severity.max(told.severity) || alert.peak >= WORSE * peak.max(1.0);
            if !is_worse {
                return Some(Held::now("archived"));
            }
        }
        _ => {}
    }
    let silence = silence.filter(|silence| silence.until_ns > now_ns)?;
    Some(Held { reason: silence.reason.clone(), until_ns: Some(silence.until_ns) })
}

/// What a new image says is told together.
fn by_release(alert: &Alert, now_ns: u64) -> Option<Held> {
    let collecting = alert.release.as_ref().filter(|release| release.until_ns > now_ns);
    collecting.filter(|_| alert.severity < Severity::Critical).map(|release| Held {
        reason: "a new image: collected until its grace is over".into(),
        until_ns: Some(release.until_ns),
    })
}

/// What may be over in a moment waits for that: it must be seen again after the time. What the engine told to last is looked at by the clock.
fn until_it_lasts(alert: &Alert, patience: &Patience, now_ns: u64) -> Option<Held> {
    let told_at = alert.opened_ns.saturating_add(patience.hold_ns);
    let is_lasting = !alert.lasting.is_empty();
    let seen_ns = if is_lasting { now_ns } else { alert.last_ns };
    (alert.severity < Severity::Critical && told_at > seen_ns)
        .then(|| Held { reason: "held: does it last?".into(), until_ns: is_lasting.then_some(told_at) })
}

/// Something was said of it a short time ago.
fn until_rolled_up(told: &Told, patience: &Patience, now_ns: u64) -> Option<Held> {
    let next_ns = told.said_ns?.saturating_add(patience.roll_up_ns);
    (next_ns > now_ns).then(|| Held { reason: "rolled up".into(), until_ns: Some(next_ns) })
}

fn nothing(mut told: Told, due_ns: Option<u64>) -> Decision {
    told.held = None;
    Decision { say: None, suppressed: None, due_ns, told }
}

fn hold(reason: String, due_ns: Option<u64>, mut told: Told) -> Decision {
    let begins = told.held.as_deref() != Some(&reason);
    told.suppressed += u64::from(begins);
    told.held = Some(reason.clone());
    Decision { say: None, suppressed: begins.then_some(reason), due_ns, told }
}

fn said(say: Say, alert: &Alert, mut told: Told, remind_ns: Option<u64>, now_ns: u64) -> Decision {
    told.notices += 1;
    told.suppressed = 0;
    told.episode = alert.episodes;
    told.held = None;
    if !say.is_over() {
        told.said_ns = Some(now_ns);
        told.is_out = true;
    }
    if say == Say::Passed {
        told.said_ns = Some(now_ns);
    }
    told.severity = told.severity.max(alert.severity);
    told.peak = told.peak.max(alert.peak);
    told.signs = told.signs.max(alert.kinds_of_signs().len());
    let due_ns = remind_ns.map(|after| now_ns.saturating_add(after)).filter(|_| is_wanted(alert));
    Decision { say: Some(say), suppressed: None, due_ns, told }
}

#[cfg(test)]
mod tests;
