//! Three simple rules that people would write by hand, beside the model: a line says error, a template was never seen, far more
//! lines than usual. Pure.
//!
//! They alert nobody. They are there so that a model that is no better than a rule does not stay unnoticed.

use std::collections::{HashSet, VecDeque};

use foghorn_vectorizer::Level;
use foghorn_vectorizer::reading::Reader;

use crate::line::Lines;

/// Windows of which the usual count is known.
const COUNTS: usize = 60;
/// Fewer say nothing of what is usual.
const COUNTS_MIN: usize = 5;
/// A count is a spike from so many times the median on, and with so many lines more.
const SPIKE_TIMES: u64 = 3;
const SPIKE_LINES: u64 = 10;
/// Templates that are remembered.
const TEMPLATES_MAX: usize = 20_000;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Error,
    NewTemplate,
    Spike,
}

impl Rule {
    pub const ALL: [Self; 3] = [Self::Error, Self::NewTemplate, Self::Spike];

    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "level is error",
            Self::NewTemplate => "new template",
            Self::Spike => "count spike",
        }
    }

    /// Completes "alarms when".
    pub fn what(self) -> &'static str {
        match self {
            Self::Error => "a line says that it is an error",
            Self::NewTemplate => "a line has a template that came in no window before",
            Self::Spike => "there are three times as many lines as usual",
        }
    }
}

/// What the rules have seen so far; windows come in order of time.
#[derive(Debug, Default)]
pub struct Rules {
    reader: Reader,
    known: HashSet<u64>,
    counts: VecDeque<u64>,
    unseen: u64,
}

impl Rules {
    /// Which rules alarm on this window, in the order of `Rule::ALL`.
    pub fn judge(&mut self, window: &Lines) -> [bool; 3] {
        let (mut error, mut new) = (false, false);
        for line in window.iter() {
            let reading = self.reader.read(line.text);
            error |= reading.level == Level::Error;
            let is_new = !self.known.contains(&reading.template);
            self.unseen += u64::from(is_new);
            new |= is_new;
            if self.known.len() < TEMPLATES_MAX {
                self.known.insert(reading.template);
            }
        }
        let count = window.len() as u64;
        let spike = self.median().is_some_and(|usual| count >= usual * SPIKE_TIMES && count >= usual + SPIKE_LINES);
        self.counts.push_back(count);
        if self.counts.len() > COUNTS {
            self.counts.pop_front();
        }
        [error, new, spike]
    }

    /// Lines so far whose template came in no line before.
    pub fn unseen(&self) -> u64 {
        self.unseen
    }

    fn median(&self) -> Option<u64> {
        let mut counts: Vec<u64> = self.counts.iter().copied().collect();
        counts.sort_unstable();
        (counts.len() >= COUNTS_MIN).then(|| counts[counts.len() / 2])
    }
}

/// How a judge did on windows of which people said what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    pub alarms: u64,
    hits: u64,
    false_alarms: u64,
    misses: u64,
}

impl Score {
    /// `truth`: whether it was a failure; `None` where nobody said.
    pub fn take(&mut self, alarm: bool, truth: Option<bool>) {
        self.alarms += u64::from(alarm);
        match (alarm, truth) {
            (true, Some(true)) => self.hits += 1,
            (true, Some(false)) => self.false_alarms += 1,
            (false, Some(true)) => self.misses += 1,
            _ => {}
        }
    }

    pub fn precision(&self) -> Option<f64> {
        share(self.hits, self.hits + self.false_alarms)
    }

    pub fn recall(&self) -> Option<f64> {
        share(self.hits, self.hits + self.misses)
    }

    /// The harmonic mean of both (van Rijsbergen 1979); 0 where nothing was found, `None` where there was nothing to find.
    pub fn f1(&self) -> Option<f64> {
        (self.hits + self.misses > 0)
            .then(|| 2.0 * self.hits as f64 / (2 * self.hits + self.false_alarms + self.misses) as f64)
    }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Line, Output};

    fn lines(texts: &[&str]) -> Lines {
        let mut lines = Lines::default();
        for text in texts {
            lines.push(Line { time_ns: 0, output: Output::Stdout, text: text.as_bytes() });
        }
        lines
    }

    #[test]
    fn each_rule_alarms_for_its_own_reason() {
        let mut rules = Rules::default();
        let usual = lines(&["order 1 stored", "order 2 stored"]);
        assert_eq!(rules.judge(&usual), [false, true, false], "the first window is all new");
        for _ in 0..COUNTS_MIN {
            assert_eq!(rules.judge(&usual), [false; 3]);
        }
        assert_eq!(rules.judge(&lines(&["ERROR disk is full"])), [true, true, false]);
        assert_eq!(rules.judge(&lines(&["ERROR disk is full"])), [true, false, false]);
        assert_eq!(rules.unseen(), 2);
        assert_eq!(rules.judge(&lines(&["order 7 stored"; 12])), [false, false, true]);
        assert_eq!(rules.judge(&lines(&["order 7 stored"; 11])), [false; 3], "not ten lines more");
    }

    #[test]
    fn figures_are_those_computed_by_hand() {
        let mut score = Score::default();
        for (alarm, truth) in [
            (true, Some(true)),
            (true, Some(true)),
            (true, Some(false)),
            (false, Some(true)),
            (true, None),
            (false, None),
        ] {
            score.take(alarm, truth);
        }
        assert_eq!((score.alarms, score.precision(), score.recall()), (4, Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!(score.f1(), Some(2.0 / 3.0));
        assert_eq!(Score::default().f1(), None);
    }
}
