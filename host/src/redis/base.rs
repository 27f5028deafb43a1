//! The difference between the numbers of lines in a stream and in the store.
//!
//! Both are the same as a rule. When a data directory is new but the stream still holds lines of the one before, numbers in
//! the stream go on where they were, so that nothing has to be deleted. The difference is kept in the note of the place.

use crate::spool::Place;

/// Number in the stream − number in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Base(pub(super) u64);

impl Base {
    /// `None` before the first line was sent.
    pub(super) fn of(place: &Place) -> Option<Self> {
        Some(Self(u64::from_le_bytes(place.note.as_slice().try_into().ok()?)))
    }

    pub(super) fn number(self, seq: u64) -> u64 {
        self.0.saturating_add(seq)
    }

    /// The line of the store, or the first one where the number is one of an earlier data directory.
    pub(super) fn seq(self, number: u64) -> u64 {
        number.saturating_sub(self.0).max(1)
    }

    pub(super) fn place(self, next_seq: u64) -> Place {
        Place { next_seq, note: self.0.to_le_bytes().to_vec() }
    }
}
