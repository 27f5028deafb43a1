//! Ids of entries: `<number of the first line>-<number of lines>`.
//!
//! Ids of a stream must rise, so an entry that was sent twice is refused the second time; and the last id alone says which
//! line comes next. An id that Redis made itself ends in `-0` and is thereby never one of ours.

use std::fmt;

/// Which lines an entry holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId {
    /// Number of the first line in the stream (`place::Base` says how it differs from the number in the store).
    pub(super) first: u64,
    pub(super) lines: u64,
}

impl EntryId {
    /// One more than the number of the last line.
    pub(super) fn end(self) -> u64 {
        self.first.saturating_add(self.lines)
    }

    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (first, lines) = std::str::from_utf8(text).ok()?.split_once('-')?;
        Some(Self { first: first.parse().ok()?, lines: lines.parse().ok()? })
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_the_lines_of_its_entry() {
        let id = EntryId::parse(b"513-512").unwrap();
        assert_eq!((id.first, id.end()), (513, 1025));
        assert_eq!(id.to_string(), "513-512");
    }

    #[test]
    fn text_that_is_no_id_is_refused() {
        for text in ["", "5", "5-", "-5", "a-1", "1-2-3", "99999999999999999999-1"] {
            assert_eq!(EntryId::parse(text.as_bytes()), None, "{text}");
        }
    }
}
