//! How far a container's log was read.
//!
//! A [`Place`] says, for one container of the engine, which lines are stored: per output the last one, as its time stamp
//! and how many lines carried that stamp, because two lines may share a nanosecond and because stamps of stdout and stderr
//! are not in step. A [`Book`] holds the places of the last few containers of one identity: while a container is recreated
//! the old one may still be read when the new one already writes. The book is what is saved, in the same write as the lines.
//!
//! The [`Gate`] lets a line pass once, however often the engine sends it. It leans on stamps that rise within one output:
//! when the engine's clock is set back, lines stamped before the last stored one are taken for repetitions.

use crate::line::Output;

/// Places kept for one identity; the oldest goes first.
const PLACES_MAX: usize = 8;
const FORMAT_VERSION: u8 = 1;
/// By how much the stamps of the two outputs may be out of step. Seen: 21 ms.
const SKEW_NS: u64 = 5_000_000_000;

/// A line of one output: its stamp, and the how-manieth of that stamp it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub time_ns: u64,
    pub count: u32,
}

/// Which lines of one container are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub container: String,
    /// No line that was stamped before this is missing.
    pub since_ns: u64,
    /// The last stored line of each output.
    pub marks: [Option<Mark>; 2],
}

impl Place {
    /// Nothing read yet; lines stamped before `since_ns` are not wanted.
    pub(super) fn start(container: &str, since_ns: u64) -> Self {
        Self { container: container.to_owned(), since_ns, marks: [None; 2] }
    }

    pub(super) fn store(&mut self, output: Output, mark: Mark) {
        self.marks[output as usize] = Some(mark);
    }

    /// Moves `since_ns` up as far as is safe. `pending` is the stamp of the first line of each output that was read but
    /// is not stored. An output that is silent must not hold it back for ever: what it wrote long before a line that is
    /// already stored would have come before that line.
    pub(super) fn settle(&mut self, pending: [Option<u64>; 2]) {
        let Some(newest) = self.marks.iter().flatten().map(|mark| mark.time_ns).max() else { return };
        let floor = newest.saturating_sub(SKEW_NS);
        let reached = self.marks.map(|mark| mark.map_or(floor, |mark| mark.time_ns.max(floor)));
        let safe = reached.into_iter().chain(pending.into_iter().flatten()).min().unwrap_or(floor);
        self.since_ns = self.since_ns.max(safe);
    }
}

/// The places of the containers of one identity, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Book {
    places: Vec<Place>,
}

/// Why saved bytes are no book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CursorError {
    #[error("the saved cursor has format {found}, this host reads up to {FORMAT_VERSION}; update the host")]
    Newer { found: u8 },
    #[error(
        "the saved cursor of {bytes} bytes is damaged; reading again from the start could repeat lines, so nothing is read"
    )]
    Damaged { bytes: usize },
}

impl Book {
    pub(super) fn place(&self, container: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.container == container)
    }

    /// The newest stamp up to which any container of this identity was read.
    pub(super) fn newest_ns(&self) -> Option<u64> {
        let marks = self.places.iter().flat_map(|place| place.marks.iter().flatten().map(|mark| mark.time_ns));
        marks.chain(self.places.iter().map(|place| place.since_ns)).max()
    }

    pub(super) fn put(&mut self, place: Place) {
        self.places.retain(|old| old.container != place.container);
        if self.places.len() == PLACES_MAX {
            self.places.remove(0);
        }
        self.places.push(place);
    }

    /// Layout, integers little-endian: version, number of places, then for each: length of the id (`u16`), the id,
    /// `since_ns`, and per output stamp and count; a count of 0 stands for "no line yet".
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT_VERSION, u8::try_from(self.places.len()).expect("at most PLACES_MAX places")];
        for place in &self.places {
            let id = &place.container.as_bytes()[..place.container.len().min(usize::from(u16::MAX))];
            bytes.extend(u16::try_from(id.len()).expect("cut above").to_le_bytes());
            bytes.extend(id);
            bytes.extend(place.since_ns.to_le_bytes());
            for mark in place.marks {
                let mark = mark.unwrap_or(Mark { time_ns: 0, count: 0 });
                bytes.extend(mark.time_ns.to_le_bytes());
                bytes.extend(mark.count.to_le_bytes());
            }
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CursorError> {
        match bytes.first() {
            Some(&FORMAT_VERSION) => Reader(&bytes[1..]).book().ok_or(CursorError::Damaged { bytes: bytes.len() }),
            Some(&found) if found > FORMAT_VERSION => Err(CursorError::Newer { found }),
            _ => Err(CursorError::Damaged { bytes: bytes.len() }),
        }
    }
}

/// What is left to decode.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn book(mut self) -> Option<Book> {
        let places = self.array::<1>()?[0];
        let mut book = Book::default();
        for _ in 0..places {
            book.places.push(self.place()?);
        }
        (self.0.is_empty() && book.places.len() <= PLACES_MAX).then_some(book)
    }

    fn place(&mut self) -> Option<Place> {
        let id_bytes = u16::from_le_bytes(self.array()?);
        let container = String::from_utf8(self.take(usize::from(id_bytes))?.to_vec()).ok()?;
        let since_ns = u64::from_le_bytes(self.array()?);
        Some(Place { container, since_ns, marks: [self.mark()?, self.mark()?] })
    }

    fn mark(&mut self) -> Option<Option<Mark>> {
        let time_ns = u64::from_le_bytes(self.array()?);
        let count = u32::from_le_bytes(self.array()?);
        Some((count > 0).then_some(Mark { time_ns, count }))
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

/// Tells new lines from those that were read before. One for each reading of the engine's log.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    since_ns: u64,
    taken: [Option<Mark>; 2],
    /// The line that this reading saw last.
    last: [Option<Mark>; 2],
}

impl Gate {
    pub(super) fn behind(place: &Place) -> Self {
        Self { since_ns: place.since_ns, taken: place.marks, last: [None; 2] }
    }

    /// The mark of the next line of `output`, or `None` when the line was read before.
    pub(super) fn pass(&mut self, output: Output, time_ns: u64) -> Option<Mark> {
        let output = output as usize;
        let count = match self.last[output] {
            Some(last) if last.time_ns == time_ns => last.count.saturating_add(1),
            _ => 1,
        };
        let mark = Mark { time_ns, count };
        self.last[output] = Some(mark);
        let new = time_ns >= self.since_ns && self.taken[output].is_none_or(|taken| mark > taken);
        new.then(|| *self.taken[output].insert(mark))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OUT: Output = Output::Stdout;
    const ERR: Output = Output::Stderr;

    fn mark(time_ns: u64, count: u32) -> Mark {
        Mark { time_ns, count }
    }

    #[test]
    fn a_line_passes_once() {
        let mut gate = Gate::behind(&Place::start("a", 0));
        assert_eq!(gate.pass(OUT, 5), Some(mark(5, 1)));
        assert_eq!(gate.pass(OUT, 3), None, "the engine stepped back");
        assert_eq!(gate.pass(OUT, 5), None, "and repeats");
        assert_eq!(gate.pass(OUT, 6), Some(mark(6, 1)));
    }

    #[test]
    fn lines_of_one_nanosecond_are_counted() {
        let mut place = Place::start("a", 0);
        place.store(OUT, mark(5, 2));
        let mut gate = Gate::behind(&place);
        let passed: Vec<bool> = [5, 5, 5, 5].iter().map(|&time| gate.pass(OUT, time).is_some()).collect();
        assert_eq!(passed, [false, false, true, true]);
    }

    #[test]
    fn outputs_do_not_hold_each_other_back() {
        let mut place = Place::start("a", 0);
        place.store(OUT, mark(9, 1));
        assert_eq!(Gate::behind(&place).pass(ERR, 4), Some(mark(4, 1)));
    }

    #[test]
    fn lines_from_before_the_range_stay_out() {
        assert_eq!(Gate::behind(&Place::start("a", 10)).pass(OUT, 9), None);
    }

    #[test]
    fn a_silent_output_does_not_force_a_day_to_be_read_again() {
        let mut place = Place::start("a", 1);
        place.store(ERR, mark(2, 1));
        place.store(OUT, mark(90_000_000_000, 1));
        place.settle([None; 2]);
        assert_eq!(place.since_ns, 90_000_000_000 - SKEW_NS);
    }

    #[test]
    fn a_line_that_is_not_stored_is_read_again() {
        let mut place = Place::start("a", 1);
        place.store(OUT, mark(90_000_000_000, 1));
        place.settle([None, Some(7)]);
        assert_eq!(place.since_ns, 7);
    }

    #[test]
    fn the_book_keeps_the_latest_containers() {
        let mut book = Book::default();
        for n in 0..20 {
            book.put(Place::start(&format!("c{n}"), n));
        }
        book.put(Place::start("c15", 99));
        assert_eq!(book.places.len(), PLACES_MAX);
        assert_eq!(book.place("c15").map(|place| place.since_ns), Some(99));
        assert_eq!(book.place("c0"), None);
        assert_eq!(book.newest_ns(), Some(99));
    }

    #[test]
    fn a_newer_format_is_refused_by_name() {
        assert_eq!(Book::decode(&[7, 0]), Err(CursorError::Newer { found: 7 }));
        assert_eq!(Book::decode(&[]), Err(CursorError::Damaged { bytes: 0 }));
    }

    fn any_mark() -> impl Strategy<Value = Option<Mark>> {
        prop::option::of((any::<u64>(), 1..u32::MAX).prop_map(|(time_ns, count)| Mark { time_ns, count }))
    }

    fn any_place() -> impl Strategy<Value = Place> {
        ("[a-f0-9]{0,64}", any::<u64>(), any_mark(), any_mark()).prop_map(|(container, since_ns, out, err)| Place {
            container,
            since_ns,
            marks: [out, err],
        })
    }

    proptest! {
        #[test]
        fn a_book_comes_back_as_it_was_saved(places in prop::collection::vec(any_place(), 0..12)) {
            let mut book = Book::default();
            places.into_iter().for_each(|place| book.put(place));
            prop_assert_eq!(Book::decode(&book.encode()), Ok(book));
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Book::decode(&bytes);
            let mut valid = vec![FORMAT_VERSION];
            valid.extend(bytes);
            let _ = Book::decode(&valid);
        }

        /// However a reading is broken off and begun again, every line passes exactly once, in order.
        #[test]
        fn broken_readings_pass_every_line_once(
            steps in prop::collection::vec((0u64..3, any::<bool>()), 1..80),
            stops in prop::collection::vec(0usize..80, 0..6),
        ) {
            let mut times = [10u64; 2];
            let log: Vec<(Output, u64)> = steps.iter().map(|&(step, err)| {
                let output = if err { ERR } else { OUT };
                times[output as usize] += step;
                (output, times[output as usize])
            }).collect();
            let mut place = Place::start("a", 0);
            let mut taken = Vec::new();
            for stop in stops.into_iter().chain([log.len()]) {
                let mut gate = Gate::behind(&place);
                for (index, &(output, time)) in log.iter().enumerate().take(stop) {
                    if let Some(mark) = gate.pass(output, time) {
                        place.store(output, mark);
                        taken.push(index);
                    }
                }
                place.settle([None; 2]);
            }
            taken.sort_unstable();
            prop_assert_eq!(taken, (0..log.len()).collect::<Vec<_>>());
        }
    }
}
