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
mod tests;
