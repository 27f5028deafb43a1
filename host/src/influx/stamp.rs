//! The time of a line's point.
//!
//! In InfluxDB two points of one series with one time are one point, and engines do give many lines one time. So times are
//! made strictly increasing per container; where the engine's clock was set back, a new *lap* begins, which is a tag and so
//! another series. Two lines of a container never share lap and time, whatever their own times are.
//!
//! A pure recurrence: from the same state the same lines get the same points, so lines may be sent again at any time. Its
//! state is the note of a `Place`.

use super::schema::TIME_NS_MAX;

/// Steps back of less than this are outputs that were stamped apart, not a clock that was set.
const SET_BACK_NS: i64 = 1_000_000_000;

/// Each lap is two series more for a container. After the last, times only go on counting.
const LAPS_MAX: u16 = 255;

/// Times are cut here, 13 days before the end, to leave room for counting on.
const ENGINE_NS_MAX: i64 = TIME_NS_MAX - (1 << 50);

/// Lap and time of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stamp {
    pub(super) time_ns: i64,
    /// 0 until the clock was set back.
    pub(super) lap: u16,
}

/// What the recurrence remembers: the stamp given last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stamps {
    last: Option<Stamp>,
}

impl Stamps {
    /// A note that is not ours begins anew.
    pub(super) fn from_note(note: &[u8]) -> Self {
        let last = note.split_last_chunk::<2>().and_then(|(time_ns, lap)| {
            let time_ns = i64::from_le_bytes(time_ns.try_into().ok()?);
            Some(Stamp { time_ns, lap: u16::from_le_bytes(*lap) })
        });
        Self { last }
    }

    /// Ten bytes, or none where no line was stamped.
    pub(super) fn to_note(self) -> Vec<u8> {
        let bytes = |last: Stamp| [last.time_ns.to_le_bytes().as_slice(), &last.lap.to_le_bytes()].concat();
        self.last.map(bytes).unwrap_or_default()
    }

    /// The stamp of the next line, which the engine stamped `time_ns`.
    pub(super) fn next(&mut self, time_ns: u64) -> Stamp {
        let time_ns = i64::try_from(time_ns).map_or(ENGINE_NS_MAX, |time_ns| time_ns.min(ENGINE_NS_MAX));
        let stamp = match self.last {
            None => Stamp { time_ns, lap: 0 },
            Some(last) if time_ns + SET_BACK_NS < last.time_ns && last.lap < LAPS_MAX => {
                Stamp { time_ns, lap: last.lap + 1 }
            }
            Some(last) => Stamp { time_ns: time_ns.max(last.time_ns + 1), lap: last.lap },
        };
        self.last = Some(stamp);
        stamp
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const DAY_NS: u64 = 86_400_000_000_000;

    fn stamps(times: &[u64]) -> Vec<Stamp> {
        let mut stamps = Stamps::default();
        times.iter().map(|&time_ns| stamps.next(time_ns)).collect()
    }

    #[test]
    fn lines_of_one_stamp_follow_each_other() {
        let all = stamps(&[DAY_NS; 10_000]);
        assert_eq!(all[0], Stamp { time_ns: DAY_NS as i64, lap: 0 });
        assert!(all.iter().zip(0..).all(|(stamp, at)| *stamp == Stamp { time_ns: DAY_NS as i64 + at, lap: 0 }));
    }

    #[test]
    fn a_line_stamped_a_little_before_its_neighbour_follows_it() {
        assert_eq!(stamps(&[DAY_NS, DAY_NS - 20_000_000])[1], Stamp { time_ns: DAY_NS as i64 + 1, lap: 0 });
    }

    #[test]
    fn a_clock_that_was_set_back_begins_a_lap_with_true_times() {
        let all = stamps(&[2 * DAY_NS, DAY_NS, DAY_NS + 5]);
        assert_eq!(
            all[1..].iter().map(|stamp| (stamp.time_ns as u64, stamp.lap)).collect::<Vec<_>>(),
            [(DAY_NS, 1), (DAY_NS + 5, 1)]
        );
    }

    #[test]
    fn laps_have_an_end_and_stamps_stay_apart_after_it() {
        let times: Vec<_> = (0..2_000).map(|at| if at % 2 == 0 { 2 * DAY_NS } else { DAY_NS }).collect();
        let all = stamps(&times);
        assert_eq!(all.iter().map(|stamp| stamp.lap).max(), Some(LAPS_MAX));
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }

    #[test]
    fn a_note_that_is_not_ours_begins_anew() {
        for note in [b"".as_slice(), b"x", b"123456789", b"12345678901"] {
            assert_eq!(Stamps::from_note(note), Stamps::default());
        }
    }

    /// Times as engines give them and as nobody does.
    fn time() -> impl Strategy<Value = u64> {
        prop_oneof![0..5u64, (0..3u64).prop_map(|day| day * DAY_NS), DAY_NS..DAY_NS + 3_000_000_000, any::<u64>()]
    }

    proptest! {
        #[test]
        fn no_two_lines_share_a_stamp(times in prop::collection::vec(time(), 0..2_000)) {
            let all = stamps(&times);
            prop_assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
            prop_assert!(all.iter().all(|stamp| (0..=TIME_NS_MAX).contains(&stamp.time_ns)));
        }

        #[test]
        fn lines_sent_again_from_any_place_get_the_same_stamps(
            times in prop::collection::vec(time(), 1..300), at in any::<prop::sample::Index>(),
        ) {
            let all = stamps(&times);
            let at = at.index(times.len());
            let mut before = Stamps::default();
            for &time_ns in &times[..at] {
                before.next(time_ns);
            }
            let mut again = Stamps::from_note(&before.to_note());
            prop_assert!(times[at..].iter().zip(&all[at..]).all(|(&time_ns, stamp)| again.next(time_ns) == *stamp));
        }
    }
}
