//! Shapes of traffic over simulated weeks: nothing is said of what is usual, and what is not is found.

use super::*;

const DAY: u64 = 24 * 3_600;

/// Chance that is the same each time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How many of `mean` come.
    fn poisson(&mut self, mean: f64) -> u64 {
        let (limit, mut product, mut count) = ((-mean.min(500.0)).exp(), self.next(), 0);
        while product > limit {
            product *= self.next();
            count += 1;
        }
        count
    }
}

/// Lives through seconds, each with as many lines as `rate` says; returns what was said.
fn live(
    cadence: &mut Cadence,
    seconds: std::ops::Range<u64>,
    mut rate: impl FnMut(u64) -> u64,
) -> Vec<(u64, SignalKind, bool)> {
    let mut said = Vec::new();
    let begin_ns = 1_700_000_000 * SECOND_NS;
    for second in seconds {
        let time_ns = begin_ns + second * SECOND_NS;
        let mut signals = cadence.lines(&vec![time_ns; usize::try_from(rate(second)).unwrap()]);
        signals.extend(cadence.pass(time_ns));
        said.extend(signals.into_iter().map(|signal| (second, signal.kind, signal.over)));
    }
    said
}

fn raised(said: &[(u64, SignalKind, bool)]) -> Vec<SignalKind> {
    said.iter().filter(|(_, _, over)| !over).map(|&(_, kind, _)| kind).collect()
}

#[test]
fn usual_traffic_of_any_shape_is_hardly_ever_told_in_a_month() {
    let mut chance = Chance(7);
    type Rate = Box<dyn FnMut(u64) -> u64>;
    let mut shapes: Vec<(&str, Rate)> = vec![
        ("constant", Box::new(|second| u64::from(second.is_multiple_of(10)))),
        ("cron", Box::new(|second| if second.is_multiple_of(300) { 40 } else { 0 })),
        ("hourly", Box::new(|second| if second.is_multiple_of(3_600) { 500 } else { 0 })),
        ("chance", Box::new(move |_| chance.poisson(0.3))),
        (
            "bursts",
            Box::new(|second| if (second / 97).is_multiple_of(13) { 20 } else { u64::from(second.is_multiple_of(7)) }),
        ),
        (
            "day and night",
            Box::new(|second| {
                let day = (second % DAY) as f64 / DAY as f64;
                let rate = 1.0 + 9.0 * (std::f64::consts::TAU * day).sin().max(0.0);
                rate.round() as u64
            }),
        ),
        ("switched down at night", Box::new(|second| if second % DAY < DAY / 2 { 20 } else { 2 })),
    ];
    for (name, rate) in &mut shapes {
        let said = live(&mut Cadence::default(), 0..30 * DAY, rate);
        assert!(raised(&said).len() <= 1, "{name}: {said:?}");
    }
}

#[test]
fn silence_is_found_after_a_multiple_of_the_longest_pause_and_is_over_with_the_next_line() {
    let mut cadence = Cadence::default();
    let said = live(&mut cadence, 0..4_000, |second| {
        u64::from(second.is_multiple_of(10) && !(1_800..3_000).contains(&second))
    });
    let found: Vec<_> = said.iter().map(|&(_, kind, over)| (kind, over)).collect();
    assert_eq!(found, [(SignalKind::Silent, false), (SignalKind::Silent, true)]);
    assert!((1_900..2_000).contains(&said[0].0), "two minutes after the last line: {said:?}");
    assert_eq!(said[1].0, 3_000);
}

#[test]
fn a_container_that_always_pauses_long_is_silent_only_after_longer() {
    let mut cadence = Cadence::default();
    let cron = |second: u64| if second.is_multiple_of(300) { 5 } else { 0 };
    assert!(live(&mut cadence, 0..DAY, cron).is_empty());
    let said = live(&mut cadence, DAY..2 * DAY, |_| 0);
    assert!(said.len() == 1 && said[0].0 - DAY > 1_800, "six times the pause: {said:?}");
}

#[test]
fn nothing_is_said_before_there_is_enough_to_go_by() {
    let mut cadence = Cadence::default();
    let said = live(&mut cadence, 0..3_000, |second| u64::from(second < 500));
    assert!(said.is_empty(), "eight minutes are too few: {said:?}");
}

#[test]
fn a_flood_and_a_trickle_are_found_and_over_when_they_are() {
    let mut cadence = Cadence::default();
    let usual = |second: u64| match second {
        8_000..8_600 => 200,
        12_000..12_900 => u64::from(second.is_multiple_of(60)),
        _ => 5,
    };
    let said = live(&mut cadence, 0..16_000, usual);
    let found: Vec<_> = said.iter().map(|&(_, kind, over)| (kind, over)).collect();
    assert_eq!(
        found,
        [(SignalKind::Surge, false), (SignalKind::Surge, true), (SignalKind::Ebb, false), (SignalKind::Ebb, true)]
    );
}

#[test]
fn what_becomes_usual_is_over_within_two_hours() {
    let mut cadence = Cadence::default();
    let said = live(&mut cadence, 0..20_000, |second| if second < 8_000 { 2 } else { 100 });
    assert_eq!(raised(&said), [SignalKind::Surge]);
    let over = said.iter().find(|(_, _, over)| *over).expect("it is learned");
    assert!(over.0 - 8_000 < 7_200, "{said:?}");
}

#[test]
fn a_pause_while_it_does_not_run_is_none_of_its_own() {
    let mut cadence = Cadence::default();
    let steady = |second: u64| u64::from(second.is_multiple_of(5));
    live(&mut cadence, 0..3_000, steady);
    let begin_ns = 1_700_000_000 * SECOND_NS;
    assert!(cadence.interrupt(begin_ns + 9_000 * SECOND_NS).is_empty());
    assert!(live(&mut cadence, 9_001..9_100, steady).is_empty());
    let said = live(&mut cadence, 9_100..9_300, |_| 0);
    assert_eq!(raised(&said), [SignalKind::Silent], "what it knows stays");
    let over = cadence.interrupt(begin_ns + 9_400 * SECOND_NS);
    assert!(over.len() == 1 && over[0].over);
}

#[test]
fn it_goes_on_after_a_restart_of_the_host_and_stays_small() {
    let mut cadence = Cadence::default();
    live(&mut cadence, 0..5_000, |second| second % 3);
    let text = serde_json::to_string(&cadence).unwrap();
    assert!(text.len() < 1_024, "{}", text.len());
    let mut again: Cadence = serde_json::from_str(&text).unwrap();
    let rate = |second: u64| if second < 6_000 { second % 3 } else { 0 };
    assert_eq!(live(&mut again, 5_000..9_000, rate), live(&mut cadence, 5_000..9_000, rate));
}

#[test]
fn a_clock_that_goes_back_says_nothing() {
    let mut cadence = Cadence::default();
    live(&mut cadence, 0..2_000, |_| 1);
    assert!(cadence.lines(&[5, 6, 7]).is_empty());
    assert!(cadence.pass(10).is_empty());
}
