//! Finding the points that a server refuses among those it takes. Pure: it is told what was said of a range of points and
//! says what to try next.
//!
//! A refused range is halved until the poison points are alone, or until the server says that it dropped the whole of what
//! it was sent. One poison point among n costs about 2 log2 n requests more.

use std::ops::Range;

/// What a server said of a range of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Stored,
    /// Points of the range were refused; where the server says how many, at least so many.
    Refused {
        dropped: Option<usize>,
    },
    /// None is stored: they were too much at once.
    TooLarge,
}

/// Ranges still to be tried, in order.
#[derive(Debug)]
pub(super) struct Bisect {
    pending: Vec<Range<usize>>,
}

impl Bisect {
    pub(super) fn new(points: usize) -> Self {
        Self { pending: std::iter::once(0..points).filter(|all| !all.is_empty()).collect() }
    }

    /// What to try next; nothing when each point is stored or poison.
    pub(super) fn next(&self) -> Option<Range<usize>> {
        self.pending.last().cloned()
    }

    /// What was said of `next`. Gives the points that are poison, all of them.
    pub(super) fn answer(&mut self, said: &Said) -> Option<Range<usize>> {
        let range = self.pending.pop()?;
        let whole = match *said {
            Said::Stored => return None,
            Said::Refused { dropped } => dropped.is_some_and(|dropped| dropped >= range.len()),
            Said::TooLarge => false,
        };
        if whole || range.len() == 1 {
            return Some(range);
        }
        let middle = range.start + range.len() / 2;
        self.pending.push(middle..range.end);
        self.pending.push(range.start..middle);
        None
    }
}

/// The number in `partial write: … dropped=3`. A reason that repeats a line says nothing of numbers: the line may say
/// `dropped=1000` of itself.
pub(super) fn dropped(reason: &str) -> Option<usize> {
    if reason.contains("unable to parse") {
        return None;
    }
    let digits = reason.rsplit_once("dropped=")?.1;
    let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_cannot_say_how_many_points_were_dropped() {
        assert_eq!(dropped("partial write: points beyond retention policy dropped=12"), Some(12));
        assert_eq!(dropped("unable to parse 'log text=\"dropped=5000\"': missing field"), None);
        assert_eq!(dropped("partial write"), None);
    }

    /// A server that refuses `poison`, takes `most` points at once, and says how many it dropped or not.
    struct Server {
        poison: BTreeSet<usize>,
        most: usize,
        counts: bool,
        stored: BTreeSet<usize>,
        requests: usize,
    }

    impl Server {
        fn new(poison: impl IntoIterator<Item = usize>) -> Self {
            let poison = poison.into_iter().collect();
            Self { poison, most: usize::MAX, counts: false, stored: BTreeSet::new(), requests: 0 }
        }

        fn write(&mut self, range: Range<usize>) -> Said {
            self.requests += 1;
            if range.len() > self.most {
                return Said::TooLarge;
            }
            let dropped = range.clone().filter(|point| self.poison.contains(point)).count();
            self.stored.extend(range.filter(|point| !self.poison.contains(point)));
            match dropped {
                0 => Said::Stored,
                _ => Said::Refused { dropped: self.counts.then_some(dropped) },
            }
        }

        /// What is set aside of `points`.
        fn take(&mut self, points: usize) -> BTreeSet<usize> {
            let mut bisect = Bisect::new(points);
            let mut aside = BTreeSet::new();
            while let Some(range) = bisect.next() {
                let said = self.write(range);
                aside.extend(bisect.answer(&said).into_iter().flatten());
            }
            aside
        }
    }

    #[test]
    fn one_poison_point_is_found_in_a_few_requests() {
        let mut server = Server::new([4_321]);
        assert_eq!(server.take(5_000), BTreeSet::from([4_321]));
        assert!(server.requests <= 27, "{}", server.requests);
        assert_eq!(server.stored.len(), 4_999);
    }

    #[test]
    fn a_body_that_is_dropped_as_a_whole_is_not_tried_again() {
        let mut server = Server { counts: true, ..Server::new(0..5_000) };
        assert_eq!(server.take(5_000).len(), 5_000);
        assert_eq!(server.requests, 1);
    }

    #[test]
    fn nothing_is_written_of_nothing() {
        assert_eq!(Bisect::new(0).next(), None);
    }

    #[test]
    fn the_count_is_read_from_what_the_server_says() {
        assert_eq!(dropped("partial write: points beyond retention policy dropped=17"), Some(17));
        assert_eq!(dropped("partial write: tag dropped=9 of a container dropped=2, and more"), Some(2));
        assert_eq!(dropped("unable to parse"), None);
        assert_eq!(dropped("dropped="), None);
    }

    proptest! {
        #[test]
        fn each_point_is_either_stored_or_set_aside(
            points in 1..400usize,
            poison in prop::collection::btree_set(0..400usize, 0..20),
            most in 1..500usize,
            counts: bool,
        ) {
            let poison: BTreeSet<_> = poison.into_iter().filter(|&point| point < points).collect();
            let mut server = Server { most, counts, ..Server::new(poison.clone()) };
            prop_assert_eq!(server.take(points), poison.clone());
            prop_assert_eq!(server.stored, (0..points).filter(|point| !poison.contains(point)).collect());
        }
    }
}
