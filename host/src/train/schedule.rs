//! When a container's next cycle is due, and on which windows. Pure: it is given the counts and the time.
//!
//! While a container is learning, each cycle takes its share of the windows that wait, so that the cycles run on
//! disjoint slices: with enough history they follow each other at once (a warm start), without it one comes each interval.
//! Once the container is watched, a cycle comes each retrain interval and takes all that waits.

use crate::settings::TrainRule;

/// Where a container stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Cycles that succeeded, ever.
    pub successes: u32,
    /// When the last cycle was begun, failed or not; before any, when the container was first seen.
    pub last_begun_ns: u64,
    /// Whether the last cycle failed.
    pub failed: bool,
    /// Closed windows that no cycle has learned from yet, without those of alerts.
    pub waiting: u32,
}

/// How many of the waiting windows, the oldest first, the next cycle takes; `None` while none is due.
pub fn due(rule: &TrainRule, now_ns: u64, standing: Standing) -> Option<u32> {
    if standing.waiting < rule.windows_min {
        return None;
    }
    let learning = standing.successes < rule.cycles;
    let interval = if learning { rule.interval } else { rule.retrain_interval };
    let rested = now_ns >= standing.last_begun_ns.saturating_add(interval.as_ns());
    if !learning {
        return rested.then_some(standing.waiting);
    }
    let remaining = rule.cycles - standing.successes;
    let share = standing.waiting / remaining;
    let warm = share >= rule.windows_min && !standing.failed;
    (warm || rested).then_some(share.max(rule.windows_min))
}

/// When the container will be watched, if it goes on as it does: each cycle that is still to come takes an interval.
/// `None` once it is watched.
pub fn ready_at_ns(rule: &TrainRule, now_ns: u64, standing: Standing) -> Option<u64> {
    let remaining = u64::from(rule.cycles.checked_sub(standing.successes).filter(|&left| left > 0)?);
    let next = standing.last_begun_ns.saturating_add(rule.interval.as_ns()).max(now_ns);
    Some(next.saturating_add((remaining - 1) * rule.interval.as_ns()))
}

/// That a container which is learning has too few windows for its next cycle, for people.
pub fn waits(rule: &TrainRule, standing: Standing) -> Option<String> {
    let short = standing.successes < rule.cycles && standing.waiting < rule.windows_min;
    short.then(|| {
        let (found, needed) = (standing.waiting, rule.windows_min);
        format!("{found} windows wait to be learned, the next cycle needs {needed}: nothing is modelled from fewer")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::units::Span;

    const RULE: TrainRule = TrainRule {
        cycles: 5,
        interval: Span::from_secs(100),
        retrain_interval: Span::from_secs(1_000),
        range: Span::from_hours(24),
        windows_min: 20,
        windows_max: 4_096,
        generations: 5,
        vote: 1,
    };

    fn secs(secs: u64) -> u64 {
        secs * 1_000_000_000
    }

    fn standing(successes: u32, waiting: u32) -> Standing {
        Standing { successes, last_begun_ns: secs(1_000), failed: false, waiting }
    }

    #[test]
    fn a_long_history_is_learned_at_once_in_five_disjoint_slices() {
        let mut waiting = 1_000;
        let mut slices = Vec::new();
        for successes in 0..5 {
            let slice = due(&RULE, secs(1_000), standing(successes, waiting)).unwrap();
            slices.push(slice);
            waiting -= slice;
        }
        assert_eq!(slices, [200; 5]);
        assert_eq!(waiting, 0);
    }

    #[test]
    fn a_new_container_learns_once_an_interval() {
        assert_eq!(due(&RULE, secs(1_099), standing(1, 25)), None, "the interval is not over");
        assert_eq!(due(&RULE, secs(1_100), standing(1, 19)), None, "too few windows");
        assert_eq!(due(&RULE, secs(1_100), standing(1, 25)), Some(20), "the rest is left to later cycles");
    }

    #[test]
    fn a_failed_cycle_is_not_tried_again_at_once() {
        let failed = Standing { failed: true, ..standing(0, 1_000) };
        assert_eq!(due(&RULE, secs(1_099), failed), None);
        assert_eq!(due(&RULE, secs(1_100), failed), Some(200));
    }

    #[test]
    fn a_watched_container_learns_all_that_waits_each_retrain_interval() {
        assert_eq!(due(&RULE, secs(1_999), standing(5, 300)), None);
        assert_eq!(due(&RULE, secs(2_000), standing(5, 300)), Some(300));
    }

    #[test]
    fn too_little_is_said_while_a_container_is_learning() {
        let said = waits(&RULE, standing(2, 12)).unwrap();
        assert!(said.starts_with("12 windows wait to be learned, the next cycle needs 20"), "{said}");
        assert_eq!(waits(&RULE, standing(2, 20)), None);
        assert_eq!(waits(&RULE, standing(5, 3)), None, "it is watched");
    }

    #[test]
    fn readiness_is_an_interval_for_each_cycle_to_come() {
        assert_eq!(ready_at_ns(&RULE, secs(1_010), standing(3, 0)), Some(secs(1_200)));
        assert_eq!(ready_at_ns(&RULE, secs(1_010), standing(5, 0)), None);
    }
}
