//! The thread's processor time, and how several sides are compared by it.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;
use crate::side::Side;

const ROUNDS: usize = 31;

/// Processor time of this thread.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Times of all rounds, in nanoseconds for each unit of work; one list a side.
#[derive(Debug)]
pub(crate) struct Times(Vec<Vec<f64>>);

/// Lets the sides take turns, another one first in each round. `work` does one slice of the round and says how many units it was.
pub(crate) fn compare(
    sides: &mut [Box<dyn Side>],
    mut work: impl FnMut(&mut dyn Side, usize) -> Outcome<usize>,
) -> Outcome<Times> {
    let mut times = vec![Vec::with_capacity(ROUNDS); sides.len()];
    for round in 0..=ROUNDS {
        for turn in 0..sides.len() {
            let at = (round + turn) % sides.len();
            let begun = now();
            let units = work(sides[at].as_mut(), round)?;
            let taken = now().saturating_sub(begun);
            // The first round brings code and memory in.
            if round > 0 {
                times[at].push(taken.as_nanos() as f64 / units as f64);
            }
        }
    }
    Ok(Times(times))
}

impl Times {
    /// The median time of a side.
    pub(crate) fn median(&self, side: usize) -> f64 {
        median(self.0[side].clone())
    }

    /// The median ratio of a side to the first.
    pub(crate) fn ratio(&self, side: usize) -> f64 {
        median(self.0[side].iter().zip(&self.0[0]).map(|(side, first)| side / first).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
