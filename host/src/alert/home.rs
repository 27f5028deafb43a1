//! Where a strange window belongs. Pure.
//!
//! What was written tells failures apart: a window belongs to every alert whose written keys it needs to be strange, and what it needs beside
//! those makes another alert. (The fewest terms that suffice are as few as can be: what is among them and unknown is strange without all that
//! is known.) Where one known term suffices alone, the window is that failure and nothing else. A failure that has only begun may not have said
//! all that it says: a new line is of it where the same term makes both strange. Counts and silence go with whatever is wrong just now, and are an
//! alert of their own only where nothing is.

use super::keys::Keys;
use super::past::{Known, Past, shares};
use super::{Alert, Kind, Label};

/// Where a window belongs, by the numbers of alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Homes {
    /// Alerts that last.
    pub open: Vec<u64>,
    /// Alerts that are over and come back by it.
    pub past: Vec<u64>,
    /// Alerts that people called normal.
    pub normal: Vec<u64>,
    /// Of `open`, the one that is known by all the keys of the window from now on.
    pub absorb: Option<u64>,
    /// What alerts of `open` are known by from now on, each with its number.
    pub unfolds: Vec<(u64, u64)>,
    /// What no alert is known by.
    pub unknown: Option<Keys>,
}

/// Looks among the alerts that last and those that are over. What comes within `together_ns` of each other is one incident where it does not say
/// otherwise.
pub(super) fn find(open: &[Alert], past: &Past, keys: &Keys, time_ns: u64, together_ns: u64) -> Homes {
    let lasting: Vec<&Alert> = open.iter().filter(|alert| alert.label != Some(Label::Normal)).collect();
    let now = lasting.iter().rev().copied().filter(|alert| alert.last_ns.saturating_add(together_ns) >= time_ns);
    if keys.written.is_empty() {
        return by_marks(&lasting, now, past, keys);
    }
    let begun = lasting.iter().copied().filter(|alert| alert.opened_ns.saturating_add(together_ns) >= time_ns);
    by_words(&lasting, now, past, keys, unfolding(begun, keys))
}

/// New lines of alerts that have only begun: one term stands for them and for a line that the alert is known by.
fn unfolding<'a>(begun: impl Iterator<Item = &'a Alert>, keys: &Keys) -> Vec<(u64, u64)> {
    let of = |alert: &'a Alert| {
        let kin = keys.kin.iter().filter(|kin| shares(&alert.term_ids, kin)).flatten();
        kin.filter(|word| !alert.term_ids.contains(word)).map(|&word| (alert.id, word)).collect::<Vec<_>>()
    };
    begun.flat_map(of).collect()
}

fn by_words<'a>(
    lasting: &[&'a Alert],
    mut now: impl Iterator<Item = &'a Alert>,
    past: &Past,
    keys: &Keys,
    unfolds: Vec<(u64, u64)>,
) -> Homes {
    let mut known: Vec<u64> = unfolds.iter().map(|&(_, word)| word).collect();
    let mut homes = Homes { unfolds, ..Homes::default() };
    for alert in lasting.iter().filter(|alert| shares(&alert.term_ids, &keys.written)) {
        homes.open.push(alert.id);
        known.extend(&alert.term_ids);
    }
    for word in &keys.written {
        if !known.contains(word)
            && let Some(found) = past.iter().find(|found| found.written.contains(word))
        {
            homes.add_past(found);
            known.extend(&found.written);
        }
    }
    if !shares(&known, &keys.sufficing) {
        let one = lasting.iter().find(|alert| shares(&alert.term_ids, &keys.sufficing));
        let before = past.iter().find(|found| shares(&found.written, &keys.sufficing));
        match (one, before) {
            (Some(alert), _) => homes.open.push(alert.id),
            (None, Some(found)) => homes.add_past(found),
            (None, None) => {
                let unknown: Vec<u64> = keys.written.iter().copied().filter(|word| !known.contains(word)).collect();
                homes.unknown = (!unknown.is_empty()).then(|| Keys { written: unknown, ..keys.clone() });
            }
        }
    }
    if homes.unknown.is_some() && homes.is_empty() {
        // What is written is the cause of what was only counted, or told by the engine, just before.
        if let Some(sign) = now.find(|alert| alert.term_ids.is_empty() && alert.kind != Kind::Blind) {
            homes.open.push(sign.id);
            homes.absorb = Some(sign.id);
            homes.unknown = None;
        }
    }
    homes
}

fn by_marks<'a>(lasting: &[&'a Alert], mut now: impl Iterator<Item = &'a Alert>, past: &Past, keys: &Keys) -> Homes {
    let mut homes = Homes::default();
    let known = lasting.iter().rev().find(|alert| shares(&alert.marks, &keys.marks)).copied();
    if let Some(alert) = known.or_else(|| now.find(|alert| alert.kind != Kind::Blind)) {
        homes.open.push(alert.id);
        homes.absorb = Some(alert.id);
    } else if let Some(found) = past.iter().find(|found| shares(&found.marks, &keys.marks)) {
        homes.add_past(found);
    } else {
        homes.unknown = Some(keys.clone());
    }
    homes
}

impl Homes {
    fn add_past(&mut self, found: &Known) {
        let to = if found.is_normal() { &mut self.normal } else { &mut self.past };
        to.push(found.id);
    }

    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.past.is_empty() && self.normal.is_empty()
    }
}
