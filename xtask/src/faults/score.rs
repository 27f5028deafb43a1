//! Which faults were found, how soon, and which alerts were false: from the times of the run and of the alerts. Pure.

use super::sighting::Sighting;
use super::stage::Service;

/// An open alert counts as having noticed the next fault only if it was quiet for this long before.
const CALM_MS: u64 = 15_000;

/// A part of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) begin_ms: u64,
    pub(super) end_ms: u64,
}

impl Period {
    pub(super) fn holds(self, at_ms: u64) -> bool {
        (self.begin_ms..self.end_ms).contains(&at_ms)
    }

    pub(super) fn minutes(self) -> f64 {
        (self.end_ms - self.begin_ms) as f64 / 60_000.0
    }
}

/// What came of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A new alert came.
    Found {
        alert: u64,
        after_ms: u64,
    },
    /// No new alert came, but one of an earlier fault, open and calm until then, took the signs for its own.
    Joined {
        alert: u64,
        after_ms: u64,
    },
    Missed,
}

/// Judges a fault that lasted over `period`; an alert may come `grace_ms` after its end, because a window has to close first.
pub(super) fn verdict(period: Period, grace_ms: u64, signs: &[Service], sightings: &[Sighting]) -> Verdict {
    let within = Period { end_ms: period.end_ms + grace_ms, ..period };
    let mut seen = sightings.iter().filter(|s| within.holds(s.at_ms) && signs.contains(&s.service));
    if let Some(first) = seen.clone().find(|sighting| sighting.is_new) {
        return Verdict::Found { alert: first.alert, after_ms: first.at_ms - period.begin_ms };
    }
    let before = Period { begin_ms: period.begin_ms.saturating_sub(CALM_MS), end_ms: period.begin_ms };
    let was_calm = |alert| !sightings.iter().any(|s| s.alert == alert && before.holds(s.at_ms));
    match seen.find(|sighting| was_calm(sighting.alert)) {
        Some(again) => Verdict::Joined { alert: again.alert, after_ms: again.at_ms - period.begin_ms },
        None => Verdict::Missed,
    }
}

/// New alerts within a period, each by its number.
pub(super) fn new_alerts(period: Period, sightings: &[Sighting]) -> Vec<u64> {
    sightings.iter().filter(|s| s.is_new && period.holds(s.at_ms)).map(|s| s.alert).collect()
}

#[cfg(test)]
mod tests {
    use Service::{Api, Web};

    use super::*;

    const FAULT: Period = Period { begin_ms: 100_000, end_ms: 160_000 };

    fn seen(at_ms: u64, alert: u64, service: Service, is_new: bool) -> Sighting {
        Sighting { at_ms, alert, service, is_new, severity: String::new(), reason: String::new() }
    }

    #[test]
    fn a_new_alert_on_a_service_of_the_fault_finds_it() {
        let sightings = [seen(90_000, 1, Api, true), seen(104_000, 2, Web, true), seen(107_000, 3, Api, true)];
        assert_eq!(verdict(FAULT, 5_000, &[Api], &sightings), Verdict::Found { alert: 3, after_ms: 7_000 });
        assert_eq!(verdict(FAULT, 5_000, &[Api, Web], &sightings), Verdict::Found { alert: 2, after_ms: 4_000 });
    }

    #[test]
    fn an_alert_before_or_long_after_is_none() {
        let sightings = [seen(99_999, 1, Api, true), seen(165_000, 2, Api, true)];
        assert_eq!(verdict(FAULT, 5_000, &[Api], &sightings), Verdict::Missed);
        assert!(matches!(verdict(FAULT, 5_001, &[Api], &sightings), Verdict::Found { alert: 2, .. }));
    }

    #[test]
    fn an_open_alert_that_was_calm_has_joined_and_one_that_went_on_has_not() {
        let calm = [seen(50_000, 1, Api, true), seen(110_000, 1, Api, false)];
        assert_eq!(verdict(FAULT, 0, &[Api], &calm), Verdict::Joined { alert: 1, after_ms: 10_000 });
        let noisy = [seen(50_000, 1, Api, true), seen(95_000, 1, Api, false), seen(110_000, 1, Api, false)];
        assert_eq!(verdict(FAULT, 0, &[Api], &noisy), Verdict::Missed);
    }

    #[test]
    fn only_new_alerts_are_counted_as_false() {
        let sightings = [seen(100_000, 1, Api, true), seen(120_000, 1, Api, false), seen(160_000, 2, Web, true)];
        assert_eq!(new_alerts(FAULT, &sightings), [1]);
    }
}
