//! The time of a whole check, and the shares of it that single loops may take.

use std::time::{Duration, Instant};

/// Runs from the start of a check.
#[derive(Debug)]
pub(super) struct Clock {
    ends: Instant,
    total: Duration,
}

/// The time of one loop.
#[derive(Debug)]
pub(super) struct Span {
    ends: Instant,
}

impl Clock {
    pub(super) fn start(total: Duration) -> Self {
        Self { ends: Instant::now() + total, total }
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.ends
    }

    pub(super) fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// One of `parts` equal shares of the whole, from now on, where as much is left.
    pub(super) fn share(&self, parts: u32) -> Span {
        Span { ends: self.ends.min(Instant::now() + self.total / parts) }
    }
}

impl Span {
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.ends
    }
}
