//! How often a container usually writes, learned from its lines without any model: so that silence, a flood and a trickle are seen from the first
//! hour on. Pure: it is given the times of lines and the clock.
//!
//! Two histograms that forget: of the gaps between lines, and of the lines in a minute, in classes of a factor of two. A class is usual when it
//! weighs as much as one sighting. Silence is a gap far beyond the longest usual one; a surge or an ebb are some minutes far outside of the usual
//! ones. What is outside is learned slowly: what becomes the new normal is silent in an hour, and two nights teach what nights are like.

use serde::{Deserialize, Serialize};

use super::signal::{Signal, SignalKind};
use crate::history::Severity;

const SECOND_NS: u64 = 1_000_000_000;
const MINUTE_NS: u64 = 60 * SECOND_NS;

/// Classes of a factor of two: gaps up to 2^23 s (97 days), lines up to 2^31 a minute.
const CLASSES: usize = 32;

/// What was seen weighs half after so long: 14 days, in minutes.
const HALF_LIFE_MINUTES: f32 = 14.0 * 24.0 * 60.0;

/// Silence is so many times the longest usual gap, and at least two minutes.
const SILENCE_FACTOR: u64 = 6;
const SILENCE_NS_MIN: u64 = 2 * MINUTE_NS;

/// Gaps, and minutes, that must be known before anything is said; and for how long lines must have been seen.
const GAPS_MIN: f32 = 30.0;
const SPAN_NS_MIN: u64 = 10 * MINUTE_NS;
const MINUTES_MIN: f32 = 60.0;

/// A surge has so many times the lines of the largest usual minute, and an ebb so small a part of the smallest, for so many minutes in a row.
const FAR_FACTOR: u64 = 8;
const SURGE_MINUTES: u32 = 3;
const EBB_MINUTES: u32 = 5;

/// Fewer lines a minute are no surge, whatever is usual.
const SURGE_LINES_MIN: u64 = 600;

/// What weighs a gap that was said to be silence, and a minute that was said to be a surge or an ebb.
const SILENCE_WEIGHT: f32 = 0.5;
const FAR_WEIGHT: f32 = 0.02;

/// A histogram that forgets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Usual {
    weights: [f32; CLASSES],
}

impl Default for Usual {
    fn default() -> Self {
        Self { weights: [0.0; CLASSES] }
    }
}

impl Usual {
    fn add(&mut self, value: u64, weight: f32) {
        self.weights[class(value)] += weight;
    }

    fn forget(&mut self, keep: f32) {
        self.weights.iter_mut().for_each(|weight| *weight *= keep);
    }

    fn total(&self) -> f32 {
        self.weights.iter().sum()
    }

    /// The largest value of the largest class that is usual.
    fn largest(&self) -> Option<u64> {
        (0..CLASSES)
            .rev()
            .find(|&class| self.weights[class] >= 1.0)
            .map(|class| (1_u64 << class).saturating_sub(1).max(1))
    }

    /// The smallest value of the smallest class that is usual.
    fn smallest(&self) -> Option<u64> {
        (0..CLASSES)
            .find(|&class| self.weights[class] >= 1.0)
            .map(|class| if class == 0 { 0 } else { 1 << (class - 1) })
    }
}

/// 0 is a class of its own, then 1, 2 to 3, 4 to 7 …
fn class(value: u64) -> usize {
    ((u64::BITS - value.leading_zeros()) as usize).min(CLASSES - 1)
}

/// What was said and is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Said {
    Surge,
    Ebb,
}

/// The cadence of one container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cadence {
    first_ns: u64,
    last_ns: u64,
    /// Seconds.
    gaps: Usual,
    /// Lines in a minute.
    minutes: Usual,
    /// The minute that is counted: its begin, and the lines in it.
    minute_ns: u64,
    lines: u64,
    is_silent: bool,
    said: Option<Said>,
    /// Minutes in a row that were far outside, or usual again.
    in_a_row: u32,
}

impl Cadence {
    /// Lines were written at these times, in order as far as the engine's clock goes forward.
    pub fn lines(&mut self, times: &[u64]) -> Vec<Signal> {
        let mut signals = Vec::new();
        for &time_ns in times {
            if self.first_ns == 0 {
                (self.first_ns, self.last_ns, self.minute_ns) = (time_ns, time_ns, time_ns - time_ns % MINUTE_NS);
            }
            if time_ns >= self.minute_ns + MINUTE_NS {
                signals.extend(self.close_minutes(time_ns));
            }
            self.lines += 1;
            if time_ns >= self.last_ns + SECOND_NS {
                let weight = if std::mem::take(&mut self.is_silent) { SILENCE_WEIGHT } else { 1.0 };
                self.gaps.add((time_ns - self.last_ns) / SECOND_NS, weight);
                if weight < 1.0 {
                    signals.push(over(SignalKind::Silent, time_ns, "it writes again"));
                }
                self.last_ns = time_ns;
            }
        }
        signals
    }

    /// All lines up to `now_ns` were seen, and the container runs.
    pub fn pass(&mut self, now_ns: u64) -> Vec<Signal> {
        if self.first_ns == 0 {
            return Vec::new();
        }
        let mut signals = self.close_minutes(now_ns);
        let silent_ns = now_ns.saturating_sub(self.last_ns);
        if !self.is_silent && self.silence_ns().is_some_and(|most| silent_ns > most) {
            self.is_silent = true;
            let (said, usual) = (span(silent_ns / SECOND_NS), span(self.gaps.largest().unwrap_or(1)));
            let text = format!("no line for {said}, though pauses were at most {usual} so far");
            signals.push(signal(SignalKind::Silent, now_ns, text));
        }
        signals
    }

    /// Nothing can be said of a container that does not run, or whose engine does not answer: the pause is none of its own.
    pub fn interrupt(&mut self, now_ns: u64) -> Vec<Signal> {
        if self.first_ns == 0 {
            return Vec::new();
        }
        (self.last_ns, self.minute_ns, self.lines, self.in_a_row) = (now_ns, now_ns - now_ns % MINUTE_NS, 0, 0);
        let said = self.said.take().map(|said| over(kind(said), now_ns, "it does not run"));
        let silent = std::mem::take(&mut self.is_silent).then(|| over(SignalKind::Silent, now_ns, "it does not run"));
        said.into_iter().chain(silent).collect()
    }

    /// What was said and is not over.
    pub fn lasting(&self) -> impl Iterator<Item = SignalKind> {
        let silent = self.is_silent.then_some(SignalKind::Silent);
        silent.into_iter().chain(self.said.map(kind))
    }

    /// A longer gap is silence; `None` while too little is known.
    fn silence_ns(&self) -> Option<u64> {
        let is_known = self.gaps.total() >= GAPS_MIN && self.last_ns - self.first_ns >= SPAN_NS_MIN;
        let longest = self.gaps.largest().filter(|_| is_known)?;
        Some((longest * SILENCE_FACTOR * SECOND_NS).max(SILENCE_NS_MIN))
    }

    fn close_minutes(&mut self, until_ns: u64) -> Vec<Signal> {
        let mut signals = Vec::new();
        let passed = until_ns.saturating_sub(self.minute_ns) / MINUTE_NS;
        if passed == 0 {
            return signals;
        }
        let lines = std::mem::take(&mut self.lines);
        signals.extend(self.minute(lines, self.minute_ns + MINUTE_NS));
        // Of a long pause the first minutes tell all there is to tell of volume; silence is another matter.
        for empty in 1..passed.min(60) {
            signals.extend(self.minute(0, self.minute_ns + (empty + 1) * MINUTE_NS));
        }
        self.minute_ns += passed * MINUTE_NS;
        let keep = (-(passed as f32) / HALF_LIFE_MINUTES).exp2();
        self.gaps.forget(keep);
        self.minutes.forget(keep);
        signals
    }

    /// A minute is over.
    fn minute(&mut self, lines: u64, end_ns: u64) -> Option<Signal> {
        let far = self.far(lines);
        self.minutes.add(lines, if far.is_some() { FAR_WEIGHT } else { 1.0 });
        let goes_on = self.said == far;
        self.in_a_row = if goes_on { 0 } else { self.in_a_row + 1 };
        let needed = if self.said.is_none() && far == Some(Said::Ebb) { EBB_MINUTES } else { SURGE_MINUTES };
        if self.in_a_row < needed {
            return None;
        }
        self.in_a_row = 0;
        match self.said.take() {
            Some(said) => Some(over(kind(said), end_ns, "it writes as much as usual again")),
            None => {
                self.said = far;
                far.map(|far| signal(kind(far), end_ns, self.volume(far, lines)))
            }
        }
    }

    fn far(&self, lines: u64) -> Option<Said> {
        if self.minutes.total() < MINUTES_MIN {
            return None;
        }
        let (smallest, largest) = (self.minutes.smallest()?, self.minutes.largest()?);
        if lines >= SURGE_LINES_MIN && lines > FAR_FACTOR.saturating_mul(largest) {
            return Some(Said::Surge);
        }
        // None at all is silence.
        (lines > 0 && lines.saturating_mul(FAR_FACTOR) < smallest).then_some(Said::Ebb)
    }

    fn volume(&self, far: Said, lines: u64) -> String {
        let usual = match far {
            Said::Surge => format!("at most about {}", self.minutes.largest().unwrap_or_default()),
            Said::Ebb => format!("at least about {}", self.minutes.smallest().unwrap_or_default()),
        };
        format!("{lines} lines a minute, where {usual} were usual so far")
    }
}

fn kind(said: Said) -> SignalKind {
    match said {
        Said::Surge => SignalKind::Surge,
        Said::Ebb => SignalKind::Ebb,
    }
}

fn signal(kind: SignalKind, time_ns: u64, text: String) -> Signal {
    Signal { kind, time_ns, severity: Severity::Warning, text, over: false }
}

fn over(kind: SignalKind, time_ns: u64, text: &str) -> Signal {
    Signal { over: true, severity: Severity::None, ..signal(kind, time_ns, text.into()) }
}

/// Seconds for people.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests;
