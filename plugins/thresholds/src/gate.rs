//! One container's thresholds: what is usual, and what to make of the next score.

use crate::budget::Budget;
use crate::memory::Memory;
use crate::rate::Rate;
use crate::run::Run;
use crate::scale::Scale;
use crate::statistics::{clip, level, middle_and_spread, sorted};
use crate::tail::{FIT_MIN, Tail};
use crate::{Error, Settings};
use std::f64::consts::LN_2;

/// Share of a residual by which it moves the level: windows of 30 seconds are followed over eight hours.
const FOLLOW: f64 = 1.0 / 1_024.0;
/// Of windows that come faster than this, only some are learned: what is known shall span hours, not a burst.
const REMEMBER_NS: u64 = 30_000_000_000;
/// They are learned a little before their time, because windows come a little early and a little late.
const REMEMBER_EARLY_NS: u64 = REMEMBER_NS / 10;
/// Usual windows between two fits of the tail.
pub(crate) const FIT_EVERY: u32 = 64;
/// Fewer calibration scores than this do not move a level that is known.
const CALIBRATE_MIN: usize = 5;
/// So many calibration scores need no help from older residuals.
const CALIBRATE_ENOUGH: usize = 500;
/// How far above the threshold, on the scale, a warning begins at least and at most; and what is critical.
const WARNING: (f64, f64) = (0.18, LN_2);
const CRITICAL: (f64, f64) = (LN_2, 2.0 * LN_2);
/// How much rarer than at the threshold a usual score is where a warning begins, and where critical does.
const RARER: (f64, f64) = (1e-2, 1e-4);
/// The threshold reported while nothing is known, unless the score itself is higher.
const COLD: f32 = 0.9;

/// What was decided on one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Finite and above 0.
    pub threshold: f32,
    /// 0 nothing, 1 info, 2 warning, 3 critical.
    pub severity: u8,
}

/// All that is known of one container's scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    pub(crate) settings: Settings,
    pub(crate) scale: Scale,
    /// Whether enough is known to raise alarms.
    pub(crate) warm: bool,
    pub(crate) level: f64,
    pub(crate) rate: Rate,
    pub(crate) memory: Memory,
    /// End of the last window that was remembered.
    pub(crate) remembered: u64,
    pub(crate) tail: Tail,
    /// Usual windows since the tail was fitted.
    pub(crate) unfitted: u32,
    pub(crate) run: Option<Run>,
    pub(crate) budget: Budget,
}

impl Gate {
    /// A gate that has seen nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            scale: Scale::Unit,
            warm: false,
            level: 0.0,
            rate: Rate::NEW,
            memory: Memory::default(),
            remembered: 0,
            tail: Tail::NONE,
            unfitted: 0,
            run: None,
            budget: Budget::default(),
        }
    }

    /// A new generation gives these scores to windows it did not learn from. Fewer than 5 change nothing if anything is
    /// known; fewer than 500 are helped out by the newest residuals of the generation before, brought to the new deviation.
    ///
    /// # Errors
    /// Code 4 for a score that is not finite or is negative; nothing is changed then.
    pub fn calibrate(&mut self, scores: &[f32]) -> Result<(), Error> {
        check(scores)?;
        self.run = None;
        if scores.is_empty() || (scores.len() < CALIBRATE_MIN && self.memory.len() > 0) {
            return Ok(());
        }
        scores.iter().for_each(|s| self.fit_scale(*s));
        let list = sorted(scores.iter().map(|s| self.scale.up(*s)));
        let usual = self.usual(&list);
        self.level = level(usual);
        let keep = CALIBRATE_ENOUGH.saturating_sub(list.len());
        let ratio = self.spread_ratio(usual);
        self.memory.keep(keep, |residual| residual * ratio);
        // What is beyond counts, but its height says nothing of what is usual.
        let limit = usual[usual.len() - 1];
        self.memory.extend(scores.iter().map(|s| self.scale.up(*s).min(limit) - self.level));
        self.warm = self.memory.len() >= CALIBRATE_MIN;
        self.fit();
        Ok(())
    }

    /// The values of a sorted list that would raise no alarm: all but a tenth at most.
    fn usual<'a>(&self, list: &'a [f64]) -> &'a [f64] {
        let limit = Tail::fit(list).reached(self.rate.probability(self.settings.alerts_per_week));
        &list[..list.partition_point(|v| *v <= limit).max(1)]
    }

    /// How much wider the new scores are spread than the remembered ones; 1 while that cannot be told.
    fn spread_ratio(&self, usual: &[f64]) -> f64 {
        if usual.len() < FIT_MIN || self.memory.len() == 0 {
            return 1.0;
        }
        (middle_and_spread(usual).1 / self.tail.spread).clamp(0.5, 4.0)
    }

    /// Decides on scores in order of time.
    ///
    /// # Errors
    /// Code 4 for lists of different lengths or a score that is not finite or is negative; nothing is changed then.
    pub fn decide(&mut self, scores: &[f32], times: &[u64]) -> Result<Vec<Decision>, Error> {
        if scores.len() != times.len() {
            return Err(Error::input(format!("there are {} scores but {} times", scores.len(), times.len())));
        }
        check(scores)?;
        Ok(scores.iter().zip(times).map(|(score, time)| self.decide_one(*score, *time)).collect())
    }

    fn decide_one(&mut self, score: f32, time: u64) -> Decision {
        self.fit_scale(score);
        self.rate.saw(time);
        let decision = self.judge(score, time);
        self.learn(score, time, decision.severity > 0);
        decision
    }

    fn judge(&mut self, score: f32, time: u64) -> Decision {
        if !self.warm {
            return Decision { threshold: COLD.max((score * 2.0).min(f32::MAX)), severity: 0 };
        }
        let per_week = self.settings.alerts_per_week;
        let fitted = self.level + self.tail.reached(self.rate.probability(per_week));
        let at = fitted + self.budget.raise(time, per_week);
        let threshold = self.scale.down(at);
        let value = self.scale.up(score);
        self.budget.saw(time, value - fitted);
        let above = value - at;
        let severity = match score >= threshold {
            false => 0,
            true if above >= self.tail.rarer(RARER.1).clamp(CRITICAL.0, CRITICAL.1) => 3,
            true if above >= self.tail.rarer(RARER.0).clamp(WARNING.0, WARNING.1) => 2,
            true => 1,
        };
        Decision { threshold, severity }
    }

    fn learn(&mut self, score: f32, time: u64, above: bool) {
        let value = self.scale.up(score);
        if above && self.run.is_none() {
            self.run = Some(Run::new(time));
        }
        if let Some(run) = &mut self.run {
            run.saw(value, above);
        }
        if !above {
            self.remember(value, time);
        }
        self.run = match self.run.take() {
            Some(run) if run.is_usual(time, self.settings.accept_after_hours) => self.accept(&run),
            Some(run) if run.is_over() => None,
            run => run,
        };
    }

    fn remember(&mut self, value: f64, time: u64) {
        let residual = value - self.level;
        if !self.warm {
            self.memory.push(residual);
            return self.warm_up();
        }
        if time.saturating_add(REMEMBER_EARLY_NS) < self.remembered.saturating_add(REMEMBER_NS) {
            return;
        }
        self.remembered = time;
        self.level += FOLLOW * clip(residual, self.tail.spread);
        self.memory.push(residual);
        self.unfitted += 1;
        if self.unfitted >= FIT_EVERY || self.unfitted as usize >= self.memory.len() / 8 {
            self.fit();
        }
    }

    /// The first scores of a gate that was not calibrated: a calibration as soon as they are enough.
    fn warm_up(&mut self) {
        let values = sorted(self.memory.iter().map(|residual| residual + self.level));
        if values.len() < FIT_MIN {
            return;
        }
        let (from, to) = (self.level, level(self.usual(&values)));
        self.memory.keep(usize::MAX, |residual| residual + from - to);
        self.level = to;
        self.warm = true;
        self.fit();
    }

    /// The level of a long run is usual from now on. What is known of the residuals stays, and the run's are added.
    fn accept(&mut self, run: &Run) -> Option<Run> {
        let list = sorted(run.scores.iter().copied().map(f64::from));
        self.level = level(&list);
        self.memory.extend(list.iter().map(|v| v - self.level));
        self.fit();
        None
    }

    fn fit(&mut self) {
        self.tail = Tail::fit(&sorted(self.memory.iter()));
        self.unfitted = 0;
    }

    /// A first score above 1 ends the scale for scores up to 1: what is remembered is brought to the other.
    fn fit_scale(&mut self, score: f32) {
        if self.scale == Scale::Any || score <= 1.0 {
            return;
        }
        let (from, level) = (self.scale, self.level);
        let convert = |value: f64| Scale::Any.up(from.down(value));
        self.scale = Scale::Any;
        self.level = convert(level);
        let to = self.level;
        self.memory.keep(usize::MAX, |residual| convert(level + residual) - to);
        self.run = None;
        self.fit();
    }
}

fn check(scores: &[f32]) -> Result<(), Error> {
    match scores.iter().position(|s| !s.is_finite() || *s < 0.0) {
        Some(i) => Err(Error::input(format!("score {i} is {}; scores are finite and 0 or more", scores[i]))),
        None => Ok(()),
    }
}
