//! Two sides that take turns.

use std::time::{Duration, Instant};

use crate::Outcome;

const ROUNDS: usize = 5;

/// Seconds of both sides in each round.
#[derive(Debug)]
pub(crate) struct Times(Vec<(f64, f64)>);

/// Each side does its work once and says how long it took, another one first in each round.
pub(crate) fn race(
    mut ours: impl FnMut() -> Outcome<Duration>,
    mut theirs: impl FnMut() -> Outcome<Duration>,
) -> Outcome<Times> {
    // Code, caches and memory come in.
    ours()?;
    theirs()?;
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let (one, other) = if round % 2 == 0 {
            let one = ours()?;
            (one, theirs()?)
        } else {
            let other = theirs()?;
            (ours()?, other)
        };
        times.push((one.as_secs_f64(), other.as_secs_f64()));
    }
    Ok(Times(times))
}

/// How long a piece of work takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<Duration> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed())
}

impl Times {
    pub(crate) fn ours(&self) -> f64 {
        median(self.0.iter().map(|(ours, _)| *ours).collect())
    }

    pub(crate) fn theirs(&self) -> f64 {
        median(self.0.iter().map(|(_, theirs)| *theirs).collect())
    }

    /// How many times as fast we are: the least, the median and the most of all rounds.
    pub(crate) fn ratios(&self) -> [f64; 3] {
        let mut ratios: Vec<f64> = self.0.iter().map(|(ours, theirs)| theirs / ours).collect();
        ratios.sort_by(f64::total_cmp);
        [ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]]
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
