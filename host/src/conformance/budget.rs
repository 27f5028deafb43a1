//! What a plugin may cost.

use std::time::{Duration, Instant};

use super::outcome::{Verdict, failed, mib, ms};
use super::subject::Subject;
use crate::plugins::PluginError;

/// Calls that speed is measured with, and the time they may take.
const SPEED_CALLS: usize = 50;
const SPEED_TIME: Duration = Duration::from_secs(2);

/// Milliseconds of the fastest of many calls: what others do on the machine only ever adds.
pub(super) fn fastest(mut call: impl FnMut() -> Result<(), PluginError>) -> Result<f64, PluginError> {
    let begun = Instant::now();
    let mut best = f64::INFINITY;
    for number in 0..SPEED_CALLS {
        if number > 0 && begun.elapsed() > SPEED_TIME {
            break;
        }
        let started = Instant::now();
        call()?;
        best = best.min(ms(started.elapsed()));
    }
    Ok(best)
}

/// Whether `ms` keep within `times` the budget of time. `what` begins the sentence.
pub(super) fn within_time(subject: &Subject<'_>, what: &str, ms: f64, times: f64) -> Verdict {
    let budget = subject.options.budget_ms * times;
    if ms <= budget {
        return Ok(());
    }
    failed(format!("{what} took {ms:.3} ms, the budget is {budget:.3}; make it faster, or allow more (--budget-ms)"))
}

/// Whether an instance keeps within `times` the budget of memory.
pub(super) fn within_memory(subject: &Subject<'_>, what: &str, bytes: usize, times: f64) -> Verdict {
    let (found, budget) = (mib(bytes), subject.options.budget_mib * times);
    if found <= budget {
        return Ok(());
    }
    failed(format!("{what} took {found:.1} MiB, the budget is {budget:.1}; hold less, or allow more (--budget-mib)"))
}
