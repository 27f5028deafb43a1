//! What goes on for days must not grow for days: a state that is saved after every cycle, the memory of an instance.

use super::clock::Span;
use super::outcome::{Figures, Verdict, failed, mib};
use crate::plugins::PluginError;

/// Rounds of the same input after which a state is weighed, and calls after which an instance is.
const ROUNDS: usize = 16;
pub(super) const CALLS: usize = 240;

/// What a state may grow in the second half of the rounds: a quarter, and 64 KiB.
const SLACK_BYTES: usize = 64 << 10;

/// What an instance may grow in the second half of the calls, bytes. An interpreter collects its garbage when it likes.
const LEAK_BYTES: usize = 4 << 20;

/// `round` gives the same input once more and tells the size of the state.
pub(super) fn state(
    figures: &mut Figures,
    span: &Span,
    mut round: impl FnMut() -> Result<usize, PluginError>,
) -> Verdict {
    let mut sizes = Vec::new();
    while sizes.len() < ROUNDS && (sizes.len() < 4 || !span.is_over()) {
        sizes.push(round()?);
    }
    let (half, end) = (sizes[sizes.len() / 2 - 1], sizes[sizes.len() - 1]);
    figures.add("rounds", sizes.len() as f64);
    figures.add("state_bytes", end as f64);
    if end > half + half / 4 + SLACK_BYTES {
        return failed(format!(
            "its state grew from {half} to {end} bytes in {} rounds of what it had seen before; forget, or count instead of keeping",
            sizes.len() - sizes.len() / 2
        ));
    }
    Ok(())
}

/// `call` makes the same call once more and tells the memory of the instance, bytes.
pub(super) fn memory(
    figures: &mut Figures,
    span: &Span,
    mut call: impl FnMut() -> Result<usize, PluginError>,
) -> Verdict {
    let mut taken = Vec::new();
    while taken.len() < CALLS && (taken.len() < 4 || !span.is_over()) {
        taken.push(call()?);
    }
    let (half, end) = (taken[taken.len() / 2 - 1], taken[taken.len() - 1]);
    figures.add("calls", taken.len() as f64);
    figures.add("memory_mib", mib(end));
    if end > half + LEAK_BYTES {
        return failed(format!(
            "its memory grew from {:.0} to {:.0} MiB in {} calls with the same input; free what a call made",
            mib(half),
            mib(end),
            taken.len() - taken.len() / 2
        ));
    }
    Ok(())
}
