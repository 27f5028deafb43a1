//! What people do with an alert: hear less of it, or say what it was. Pure: it is given the time.

use super::{Alert, Attention, Label, Status, episode};

/// Longest time that an alert is snoozed, minutes: 30 days.
pub const SNOOZE_MINUTES_MAX: u32 = 30 * 24 * 60;

/// One thing that a person does with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Somebody takes care of it.
    Acknowledge,
    /// Nothing more of it for so many minutes.
    Snooze {
        minutes: u32,
    },
    /// Nothing more of it until it is worse.
    Archive,
    /// Takes back the three above.
    Hear,
    Label(Label),
    /// Takes back a label.
    Unlabel,
}

impl Deed {
    /// Whether the windows of the alert are normal by it; `None` where it says nothing of that.
    pub fn says_normal(self) -> Option<bool> {
        match self {
            Self::Label(label) => Some(label == Label::Normal),
            Self::Unlabel => Some(false),
            Self::Acknowledge | Self::Snooze { .. } | Self::Archive | Self::Hear => None,
        }
    }
}

/// Does it, and says in one sentence what comes of it; `Err` says why not. What is called normal is over.
pub fn attend(alert: &mut Alert, deed: Deed, now_ns: u64) -> Result<String, String> {
    let id = alert.id;
    match deed {
        Deed::Acknowledge if alert.status == Status::Resolved => {
            Err(format!("alert {id} is resolved; there is nothing to take care of"))
        }
        Deed::Acknowledge => {
            alert.attention = Attention::Acknowledged { since_ns: now_ns };
            Ok(format!("alert {id} is acknowledged; you hear of it again when it is worse, or over"))
        }
        Deed::Snooze { minutes } if !(1..=SNOOZE_MINUTES_MAX).contains(&minutes) => {
            Err(format!("{minutes} minutes cannot be slept; allowed is 1 to {SNOOZE_MINUTES_MAX} (30 days)"))
        }
        Deed::Snooze { minutes } => {
            let until_ns = now_ns.saturating_add(u64::from(minutes) * 60_000_000_000);
            alert.attention = Attention::Snoozed { until_ns };
            Ok(format!("alert {id} is silent for {minutes} minutes"))
        }
        Deed::Archive => {
            alert.attention = Attention::Archived { severity: alert.severity, peak: alert.peak };
            Ok(format!("alert {id} is archived; you hear of it again when it is worse than now"))
        }
        Deed::Hear => {
            alert.attention = Attention::Wanted;
            Ok(format!("alert {id} is told as any other again"))
        }
        Deed::Label(label) => {
            alert.label = Some(label);
            if label == Label::Normal && alert.status == Status::Open {
                episode::resolve(alert, now_ns);
            }
            Ok(match label {
                Label::Real => format!("alert {id} was real; its windows are never learned as normal"),
                Label::Normal => {
                    format!("alert {id} is normal here; the same is not alerted again, and the next cycle learns it")
                }
            })
        }
        Deed::Unlabel => {
            alert.label = None;
            Ok(format!("alert {id} has no label any more"))
        }
    }
}
