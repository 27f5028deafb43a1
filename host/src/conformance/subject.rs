//! The plugin under check, and how much is asked of it.

use std::sync::Arc;
use std::time::Duration;

use super::Options;
use super::clock::Clock;
use super::corpus;
use crate::plugins::{Catalogue, Plugin};
use crate::window::Windows;

/// The seed of everything that a check learns.
pub(super) const SEED: u64 = 7;

/// Windows that most checks are made with, and the fewest that a slow guest is asked for.
const WINDOWS: usize = 60;
const WINDOWS_MIN: usize = 12;

/// What the basic calls may take before less is asked.
const BASICS_EXPECTED: Duration = Duration::from_millis(500);

/// A loaded plugin and the means to check it.
pub(super) struct Subject<'a> {
    pub(super) plugin: Arc<Plugin>,
    pub(super) settings: Vec<(String, String)>,
    pub(super) options: &'a Options,
    pub(super) clock: Clock,
    /// Where the other two slots are filled from.
    pub(super) catalogue: &'a Catalogue,
    /// Windows, rows or scores that most checks are made with.
    pub(super) size: usize,
    /// Time that the basic calls took for one of them.
    pub(super) pace: Duration,
}

impl<'a> Subject<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, plugin: Arc<Plugin>, options: &'a Options) -> Self {
        let clock = Clock::start(options.time_max);
        let settings = options.settings.clone();
        Self { plugin, settings, options, clock, catalogue, size: WINDOWS, pace: Duration::ZERO }
    }

    /// Takes note of how long the basic calls took: a slow guest is asked for less from now on.
    pub(super) fn took(&mut self, basics: Duration) {
        self.pace = basics / u32::try_from(self.size).unwrap_or(u32::MAX);
        self.size = affordable(self.size, basics);
    }

    /// The settings with every default spelled out.
    pub(super) fn all_settings(&self) -> Vec<(String, String)> {
        let given = |key: &str| self.settings.iter().any(|(other, _)| other == key);
        let defaults = self.plugin.schema.iter().filter(|setting| !given(&setting.key));
        let defaults = defaults.map(|setting| (setting.key.clone(), setting.default.clone()));
        self.settings.iter().cloned().chain(defaults).collect()
    }

    /// Usual windows.
    pub(super) fn windows(&self) -> Windows {
        corpus::usual(self.size)
    }

    /// `whole` where there is time for it, a tenth in a quick check.
    pub(super) fn many(&self, whole: usize) -> usize {
        if self.options.quick { whole / 10 } else { whole }
    }
}

/// How many windows take as long as was expected, when `size` of them took `basics`; never more than `size`.
fn affordable(size: usize, basics: Duration) -> usize {
    let excess = basics.as_secs_f64() / BASICS_EXPECTED.as_secs_f64();
    if excess > 1.0 { ((size as f64 / excess) as usize).max(WINDOWS_MIN) } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_guest_is_asked_for_less_but_never_for_nothing() {
        assert_eq!(affordable(60, Duration::from_millis(2)), 60);
        assert_eq!(affordable(60, Duration::from_secs(1)), 30);
        assert_eq!(affordable(60, Duration::from_secs(90)), WINDOWS_MIN);
    }
}
