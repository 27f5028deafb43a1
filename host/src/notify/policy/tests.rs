//! What is said over simulated weeks: never too often, never too little, and the same whenever the host was restarted.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::alert::lifecycle::tests::{Book, window};
use crate::alert::lifecycle::{Open, Strange};
use crate::identity::Identity;

const MINUTE: u64 = 60_000_000_000;
const HOUR: u64 = 60 * MINUTE;
const WEEKS_2: u64 = 14 * 24 * 60;
const PATIENCE: Patience = Patience { hold_ns: 0, roll_up_ns: HOUR, remind_ns: 24 * HOUR };

/// A notice: when, of which alert, what.
type Said = (u64, u64, Say);

/// One container, what is known of its alerts, what was said of them.
struct Sim {
    book: Book,
    past: BTreeMap<u64, Alert>,
    told: BTreeMap<u64, Told>,
    due: BTreeMap<u64, u64>,
    said: Vec<Said>,
    suppressed: Vec<(u64, String)>,
    patience: Patience,
    silence: Option<Silence>,
}

impl Sim {
    fn new() -> Self {
        Self {
            book: Book::new(),
            past: BTreeMap::new(),
            told: BTreeMap::new(),
            due: BTreeMap::new(),
            said: Vec::new(),
            suppressed: Vec::new(),
            patience: PATIENCE,
            silence: None,
        }
    }

    /// A minute passes; `windows` come in it.
    fn minute(&mut self, minute: u64, windows: &[Strange]) {
        let now_ns = minute * MINUTE;
        let mut changed: BTreeMap<u64, Alert> =
            self.book.open.pass(now_ns).into_iter().map(|alert| (alert.id, alert)).collect();
        for window in windows {
            changed.extend(self.book.taken(window).alerts.into_iter().map(|alert| (alert.id, alert)));
        }
        self.look(changed, now_ns);
    }

    fn look(&mut self, changed: BTreeMap<u64, Alert>, now_ns: u64) {
        let due: Vec<u64> = self.due.iter().filter(|&(_, &at)| at <= now_ns).map(|(&id, _)| id).collect();
        self.past.extend(changed.clone());
        let ids: BTreeSet<u64> = changed.into_keys().chain(due).collect();
        for id in ids {
            let told = self.told.entry(id).or_default();
            let decision = decide(&self.past[&id], told, self.silence.as_ref(), &self.patience, now_ns);
            *told = decision.told;
            self.due.remove(&id);
            self.due.extend(decision.due_ns.map(|at| (id, at)));
            self.said.extend(decision.say.map(|say| (now_ns, id, say)));
            self.suppressed.extend(decision.suppressed.map(|reason| (id, reason)));
        }
    }

    /// All that a host keeps goes through the store and back.
    fn restart(&mut self) {
        let stored = |alert: &Alert| -> Alert { serde_json::from_str(&serde_json::to_string(alert).unwrap()).unwrap() };
        let open = self.book.open.alerts().iter().map(stored).collect();
        let mut over: Vec<Alert> =
            self.past.values().filter(|alert| alert.status == Status::Resolved).map(stored).collect();
        over.sort_by_key(|alert| (alert.last_ns, alert.id));
        let rule = crate::alert::lifecycle::tests::RULE;
        self.book.open = Open::new(Identity::from_text("h/c"), rule, open).with_past(&over);
        for told in self.told.values_mut() {
            *told = serde_json::from_str(&serde_json::to_string(told).unwrap()).unwrap();
        }
    }

    fn of(&self, alert: u64) -> Vec<(u64, Say)> {
        self.said.iter().filter(|said| said.1 == alert).map(|&(at, _, say)| (at, say)).collect()
    }
}

/// A failure that says its template for a while, at intervals, and pauses.
#[derive(Debug, Clone)]
struct Failure {
    begin: u64,
    lasts: u64,
    every: u64,
    pause_after: u64,
    pause: u64,
}

impl Failure {
    fn shows(&self, minute: u64) -> bool {
        let Some(since) = minute.checked_sub(self.begin).filter(|&since| since < self.lasts && minute < WEEKS_2) else {
            return false;
        };
        let in_turn = since % (self.pause_after + self.pause);
        in_turn < self.pause_after && in_turn.is_multiple_of(self.every)
    }
}

fn failure(until: u64) -> impl Strategy<Value = Failure> {
    (0..until, 1..until, 1..15_u64, 1..600_u64, 0..600_u64)
        .prop_map(|(begin, lasts, every, pause_after, pause)| Failure { begin, lasts, every, pause_after, pause })
}

fn check_pace(said: &[(u64, Say)]) {
    let loud: Vec<u64> = said.iter().filter(|(_, say)| *say != Say::Resolved).map(|&(at, _)| at).collect();
    for pair in loud.windows(2) {
        assert!(pair[1] - pair[0] >= PATIENCE.roll_up_ns, "two notices within one roll-up: {said:?}");
    }
    // A resolution follows a notice that something is wrong, and each of these at most once.
    let mut is_out = false;
    for (_, say) in said {
        match say {
            Say::Resolved => assert!(std::mem::take(&mut is_out), "resolved and nothing was said: {said:?}"),
            Say::Passed => {}
            _ => is_out = true,
        }
    }
    assert!(!is_out, "somebody was told that it is wrong and not that it is over: {said:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn one_looping_error_is_told_once_in_a_roll_up_and_when_it_is_over(failure in failure(WEEKS_2)) {
        let mut sim = Sim::new();
        for minute in 0..WEEKS_2 + 200 {
            let shown = failure.shows(minute).then(|| window(minute * MINUTE, &[1]));
            sim.minute(minute, shown.as_slice());
        }
        let said = sim.of(1);
        prop_assert!(!said.is_empty());
        check_pace(&said);
        let roll_ups = usize::try_from(failure.lasts / 60 + 1).unwrap();
        prop_assert!(said.iter().filter(|(_, say)| *say != Say::Resolved).count() <= roll_ups);
    }

    #[test]
    fn no_failure_is_swallowed_and_restarts_change_nothing(
        failures in proptest::collection::vec(failure(2_000), 1..12),
        restarts in proptest::collection::btree_set(0..2_500_u64, 0..40),
    ) {
        let (mut sim, mut again) = (Sim::new(), Sim::new());
        for minute in 0..4_500 {
            let shown: Vec<u64> =
                (1..).zip(&failures).filter(|(_, failure)| failure.shows(minute)).map(|(id, _)| id).collect();
            // Half of the time they are in one window, else each in one of its own.
            let windows: Vec<Strange> = match minute % 2 {
                _ if shown.is_empty() => Vec::new(),
                0 => vec![window(minute * MINUTE, &shown)],
                _ => shown.iter().map(|&id| window(minute * MINUTE, &[id])).collect(),
            };
            sim.minute(minute, &windows);
            again.minute(minute, &windows);
            if restarts.contains(&minute) {
                again.restart();
            }
        }
        prop_assert_eq!(&sim.said, &again.said);
        prop_assert_eq!(&sim.suppressed, &again.suppressed);
        let told: BTreeSet<u64> = sim.said.iter().map(|said| said.1).collect();
        for id in 1..=failures.len() as u64 {
            let homes: Vec<u64> =
                sim.past.values().filter(|alert| alert.term_ids.contains(&id)).map(|alert| alert.id).collect();
            prop_assert!(!homes.is_empty() && homes.iter().any(|home| told.contains(home)), "failure {} {:?}", id, homes);
        }
        for id in told {
            check_pace(&sim.of(id));
        }
    }
}

/// Says template 1 in each of these minutes.
fn run(sim: &mut Sim, minutes: std::ops::Range<u64>) {
    minutes.for_each(|minute| sim.minute(minute, &[window(minute * MINUTE, &[1])]));
}

fn pass(sim: &mut Sim, minutes: std::ops::Range<u64>) {
    minutes.for_each(|minute| sim.minute(minute, &[]));
}

fn says(sim: &Sim) -> Vec<(u64, Say)> {
    sim.of(1).into_iter().map(|(at, say)| (at / MINUTE, say)).collect()
}

#[test]
fn a_failure_that_lasts_two_weeks_is_told_once_a_day() {
    let mut sim = Sim::new();
    run(&mut sim, 0..WEEKS_2);
    pass(&mut sim, WEEKS_2..WEEKS_2 + 20);
    assert_eq!(says(&sim).len(), 1 + 14 + 1);
    assert_eq!(says(&sim).last().unwrap().1, Say::Resolved);
}

#[test]
fn worse_is_told_at_once_and_twice_the_score_once_in_a_roll_up() {
    let mut sim = Sim::new();
    run(&mut sim, 0..5);
    let mut worse = window(5 * MINUTE, &[1]);
    worse.severity = Severity::Critical;
    sim.minute(5, &[worse]);
    let mut higher = window(6 * MINUTE, &[1]);
    higher.scaled = 9.0;
    sim.minute(6, &[higher]);
    pass(&mut sim, 7..15);
    assert_eq!(says(&sim), [(0, Say::Opened), (5, Say::Escalated)]);
    run(&mut sim, 15..70);
    assert_eq!(says(&sim)[2..], [(65, Say::Escalated)], "an hour after the last");
}

#[test]
fn what_is_held_is_told_when_it_lasts_and_counted_when_it_does_not() {
    let mut sim = Sim::new();
    sim.patience.hold_ns = 5 * MINUTE;
    run(&mut sim, 0..2);
    pass(&mut sim, 2..30);
    assert!(says(&sim).is_empty());
    let reasons: Vec<&str> = sim.suppressed.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(reasons, ["held: does it last?", "it was over soon"]);
    run(&mut sim, 100..110);
    assert_eq!(says(&sim), [(105, Say::Opened)]);
}

#[test]
fn acknowledged_snoozed_and_archived_alerts_are_silent_until_their_time() {
    use crate::alert::attend::Deed;
    let attended = |sim: &mut Sim, deed, minute: u64| {
        let (alert, _) = sim.book.open.attend(1, deed, minute * MINUTE).unwrap().unwrap();
        sim.look(BTreeMap::from([(1, alert)]), minute * MINUTE);
    };
    let mut sim = Sim::new();
    run(&mut sim, 0..1);
    attended(&mut sim, Deed::Acknowledge, 0);
    run(&mut sim, 1..3_000);
    assert_eq!(says(&sim), [(0, Say::Opened)]);
    attended(&mut sim, Deed::Hear, 3_000);
    assert_eq!(says(&sim)[1..], [(3_000, Say::Ongoing)]);
    attended(&mut sim, Deed::Snooze { minutes: 2_000 }, 3_000);
    run(&mut sim, 3_001..5_100);
    assert_eq!(says(&sim)[2..], [(5_000, Say::Ongoing)]);
    attended(&mut sim, Deed::Archive, 5_100);
    run(&mut sim, 5_101..9_000);
    assert_eq!(says(&sim).len(), 3);
    let mut worse = window(9_000 * MINUTE, &[1]);
    worse.severity = Severity::Critical;
    sim.minute(9_000, &[worse]);
    assert_eq!(says(&sim)[3..], [(9_000, Say::Escalated)]);
    pass(&mut sim, 9_001..9_020);
    assert_eq!(says(&sim)[4].1, Say::Resolved, "who was told hears that it is over");
    let reasons: BTreeSet<&str> = sim.suppressed.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(reasons, BTreeSet::from(["acknowledged", "snoozed", "archived"]));
}

#[test]
fn a_quiet_time_holds_back_and_what_still_lasts_is_told_behind_it() {
    let mut sim = Sim::new();
    sim.silence = Some(Silence { reason: "maintenance".into(), until_ns: 60 * MINUTE });
    run(&mut sim, 0..90);
    assert_eq!(says(&sim), [(60, Say::Opened)]);
    assert_eq!(sim.suppressed, [(1, "maintenance".to_owned())]);
}

#[test]
fn what_a_release_says_is_told_when_its_grace_is_over() {
    let mut sim = Sim::new();
    sim.book.open.deployed(crate::alert::release::Release::new("a", "b", 10 * MINUTE));
    run(&mut sim, 1..30);
    assert_eq!(says(&sim), [(10, Say::Opened)]);
}
