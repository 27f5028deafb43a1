//! How far a container's log was read.
//!
//! A [`Place`] says, for one container of the engine, which lines are stored: per output the last one, as its time stamp
//! and how many lines carried that stamp, because two lines may share a nanosecond and because stamps of stdout and stderr
//! are not in step. A [`Book`] holds the places of the last few containers of one identity: while a container is recreated
//! the old one may still be read when the new one already writes. The book is what is saved, in the same write as the lines.
//!
//! The [`Gate`] lets a line pass once, however often the engine sends it. It leans on stamps that rise within one output:
//! when the engine's clock is set back, lines stamped before the last stored one are taken for repetitions. Out of files a
//! log is read in order, so there a stamp that does not rise counts as one more of the last.

use super::files::Spot;
use crate::line::Output;

/// Places kept for one identity; the oldest goes first.
const PLACES_MAX: usize = 8;
/// Version 1 had no places in files.
const FORMAT_VERSION: u8 = 2;
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
    /// How far its files were read, where they are.
    pub reached: Option<Reached>,
}

/// A place in the files of a log, before which every line is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reached {
    pub spot: Spot,
    /// The last line of each output before it.
    pub seen: [Option<Mark>; 2],
}

impl Place {
    /// Nothing read yet; lines stamped before `since_ns` are not wanted.
    pub(super) fn start(container: &str, since_ns: u64) -> Self {
        Self { container: container.to_owned(), since_ns, marks: [None; 2], reached: None }
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
    /// `since_ns`, and per output stamp and count; a count of 0 stands for "no line yet". Then 1 and the place in files (inode, head, offset,
    /// and stamps and counts as before), or 0.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT_VERSION, u8::try_from(self.places.len()).expect("at most PLACES_MAX places")];
        for place in &self.places {
            let id = &place.container.as_bytes()[..place.container.len().min(usize::from(u16::MAX))];
            bytes.extend(u16::try_from(id.len()).expect("cut above").to_le_bytes());
            bytes.extend(id);
            bytes.extend(place.since_ns.to_le_bytes());
            put_marks(&mut bytes, place.marks);
            bytes.push(u8::from(place.reached.is_some()));
            if let Some(Reached { spot, seen }) = place.reached {
                [spot.inode, spot.head, spot.offset].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
                put_marks(&mut bytes, seen);
            }
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CursorError> {
        match bytes.first() {
            Some(&version @ 1..=FORMAT_VERSION) => {
                Reader { version, left: &bytes[1..] }.book().ok_or(CursorError::Damaged { bytes: bytes.len() })
            }
            Some(&found) if found > FORMAT_VERSION => Err(CursorError::Newer { found }),
            _ => Err(CursorError::Damaged { bytes: bytes.len() }),
        }
    }
}

fn put_marks(bytes: &mut Vec<u8>, marks: [Option<Mark>; 2]) {
    for mark in marks {
        let mark = mark.unwrap_or(Mark { time_ns: 0, count: 0 });
        bytes.extend(mark.time_ns.to_le_bytes());
        bytes.extend(mark.count.to_le_bytes());
    }
}

/// What is left to decode.
struct Reader<'a> {
    version: u8,
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    fn book(mut self) -> Option<Book> {
        let places = self.array::<1>()?[0];
        let mut book = Book::default();
        for _ in 0..places {
            book.places.push(self.place()?);
        }
        (self.left.is_empty() && book.places.len() <= PLACES_MAX).then_some(book)
    }

    fn place(&mut self) -> Option<Place> {
        let id_bytes = u16::from_le_bytes(self.array()?);
        let container = String::from_utf8(self.take(usize::from(id_bytes))?.to_vec()).ok()?;
        let since_ns = self.number()?;
        let marks = [self.mark()?, self.mark()?];
        let has_reached = self.version >= 2 && self.array::<1>()? == [1];
        Some(Place { container, since_ns, marks, reached: if has_reached { Some(self.reached()?) } else { None } })
    }

    fn reached(&mut self) -> Option<Reached> {
        let spot = Spot { inode: self.number()?, head: self.number()?, offset: self.number()? };
        Some(Reached { spot, seen: [self.mark()?, self.mark()?] })
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.array()?))
    }

    fn mark(&mut self) -> Option<Option<Mark>> {
        let time_ns = self.number()?;
        let count = u32::from_le_bytes(self.array()?);
        Some((count > 0).then_some(Mark { time_ns, count }))
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.left.split_at_checked(bytes)?;
        self.left = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

/// Tells new lines from those that were read before. One for each reading of a log.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    since_ns: u64,
    taken: [Option<Mark>; 2],
    /// The line that this reading saw last.
    last: [Option<Mark>; 2],
    /// Nothing comes twice within a reading: a stamp before the last one is that of a clock which was set back.
    rises: bool,
}

impl Gate {
    /// For a log as the engine gives it.
    pub(super) fn behind(place: &Place) -> Self {
        Self { since_ns: place.since_ns, taken: place.marks, last: [None; 2], rises: false }
    }

    /// For a log out of its files, read from the place in them on, or from the oldest record.
    pub(super) fn in_files(place: &Place, is_at_place: bool) -> Self {
        match place.reached.filter(|_| is_at_place) {
            Some(reached) => Self { since_ns: 0, taken: place.marks, last: reached.seen, rises: true },
            None => Self { rises: true, ..Self::behind(place) },
        }
    }

    /// The line of each output that this reading saw last.
    pub(super) fn seen(&self) -> [Option<Mark>; 2] {
        self.last
    }

    /// The last line of each output that ever passed.
    pub(super) fn passed(&self) -> [Option<Mark>; 2] {
        self.taken
    }

    /// The mark of the next line of `output`, or `None` when the line was read before.
    pub(super) fn pass(&mut self, output: Output, time_ns: u64) -> Option<Mark> {
        let output = output as usize;
        let last_ns = self.last[output].filter(|_| self.rises).map_or(0, |last| last.time_ns);
        let time_ns = time_ns.max(last_ns);
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
