//! The canary: trouble made on purpose, put through what serves, to see whether it is still found. `Bench::canary` asks, `Tally` decides (pure).
//!
//! It touches nothing: the window is a copy of a usual one, its score goes through thresholds of its own that know what the real ones know, and neither
//! window nor score is stored, learned or told.

use std::time::{Duration, Instant};

use crate::alert::signal::{Signal, SignalKind};
use crate::history::Severity;
use crate::pipeline::gate::Gate;
use crate::plugins::PluginError;
use crate::train::probe::with_trouble;

/// So many in a row that were not found make a detector blind: one may be chance.
const BLIND_AFTER: u32 = 2;

/// How one went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canary {
    pub found: bool,
    /// From the window to the verdict.
    pub took: Duration,
}

/// How they went since the host was started.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub found: u64,
    pub missed: u64,
    in_a_row: u32,
    /// Of the newest one.
    pub took: Option<Duration>,
}

impl Tally {
    /// Takes in one; a detector that has gone blind, or sees again, is a signal.
    pub fn take(&mut self, canary: Canary, now_ns: u64) -> Option<Signal> {
        self.took = Some(canary.took);
        if canary.found {
            self.found += 1;
            let was_blind = std::mem::take(&mut self.in_a_row) >= BLIND_AFTER;
            return was_blind
                .then(|| Signal { over: true, ..signal("the detector finds trouble again".into(), now_ns) });
        }
        self.missed += 1;
        self.in_a_row += 1;
        let text = || format!("the detector did not find trouble made on purpose, {} times in a row", self.in_a_row);
        (self.in_a_row >= BLIND_AFTER).then(|| signal(text(), now_ns))
    }

    /// Goes on after a restart of the host, where it was blind then.
    pub fn blind() -> Self {
        Self { in_a_row: BLIND_AFTER, ..Self::default() }
    }
}

fn signal(text: String, time_ns: u64) -> Signal {
    Signal { kind: SignalKind::Blind, time_ns, severity: Severity::Warning, text, over: false }
}

impl super::bench::Bench {
    /// Asks what serves about trouble in the newest usual window; `None` while nothing serves, or where there is no such window. Blocks.
    pub fn canary(&mut self, now_ns: u64) -> Result<Option<Canary>, PluginError> {
        let Some(serving) = &mut self.serving else { return Ok(None) };
        let usual = self.recall.as_ref().map(|recall| recall()).unwrap_or_default();
        if usual.is_empty() {
            return Ok(None);
        }
        let troubled = with_trouble(&usual.select([usual.len() - 1]));
        let begun = Instant::now();
        let scores = serving.live.score(&troubled)?;
        let mut gate = Gate::open(serving.gate.pinned(), Some(&serving.saved), &self.costs)?;
        let verdicts = gate.decide(&scores, &[now_ns])?;
        let found = verdicts.iter().any(|verdict| verdict.severity > Severity::None);
        Ok(Some(Canary { found, took: begun.elapsed() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canary(found: bool) -> Canary {
        Canary { found, took: Duration::from_millis(3) }
    }

    #[test]
    fn two_misses_in_a_row_are_blindness_and_one_find_ends_it() {
        let mut tally = Tally::default();
        assert_eq!(tally.take(canary(true), 1), None);
        assert_eq!(tally.take(canary(false), 2), None);
        assert_eq!(tally.take(canary(true), 3), None);
        assert_eq!(tally.take(canary(false), 4), None);
        assert!(tally.take(canary(false), 5).is_some_and(|signal| !signal.over));
        assert!(tally.take(canary(true), 6).is_some_and(|signal| signal.over));
        assert_eq!((tally.found, tally.missed, tally.took), (3, 3, Some(Duration::from_millis(3))));
        assert!(Tally::blind().take(canary(true), 1).is_some_and(|signal| signal.over));
    }
}
