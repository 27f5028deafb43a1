//! The time stamp that the engine puts before each piece of a log.
//!
//! Engines write RFC 3339 in UTC with nine digits after the point; that form is read by hand, because it is read for every
//! line. Other forms, with an offset or fewer digits, are left to `jiff`.

/// Longest stamp: date, time, nine digits and an offset.
const STAMP_BYTES_MAX: usize = 35;
/// The engine cuts lines into pieces of this size, each with a stamp of its own.
pub(super) const PIECE_BYTES: usize = 16 * 1024;

/// The stamp in nanoseconds since the Unix epoch, and the text behind it. `None` when there is no stamp.
pub(super) fn split(piece: &[u8]) -> Option<(u64, &[u8])> {
    let end = memchr::memchr(b' ', &piece[..piece.len().min(STAMP_BYTES_MAX + 1)])?;
    let stamp = &piece[..end];
    Some((of(stamp)?, &piece[end + 1..]))
}

/// A stamp alone.
pub(super) fn of(stamp: &[u8]) -> Option<u64> {
    usual(stamp).or_else(|| unusual(stamp))
}

/// Calls `each` with the stamp and text of every piece in a frame. A terminal's log has no frames: the client cuts it at
/// newlines, so the pieces of a long line come glued together, told apart only by the stamp that all of them share.
pub(super) fn pieces(frame: &[u8], tty: bool, mut each: impl FnMut(Option<u64>, &[u8])) {
    let Some((time_ns, mut text)) = split(frame) else { return each(None, frame) };
    let stamp = &frame[..frame.len() - text.len()];
    while tty && text.len() > PIECE_BYTES {
        let Some(at) = memchr::memmem::find(text, stamp) else { break };
        each(Some(time_ns), &text[..at]);
        text = &text[at + stamp.len()..];
    }
    each(Some(time_ns), text);
}

/// `2026-11-22T16:20:04.123456789Z`, with 0 to 9 digits after the point.
fn usual(stamp: &[u8]) -> Option<u64> {
    let (&b'Z', stamp) = stamp.split_last()? else { return None };
    let (whole, fraction) = stamp.split_at_checked(19)?;
    let shape = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if shape.iter().any(|&(at, byte)| whole[at] != byte) {
        return None;
    }
    let year = digits(&whole[0..4])?;
    let (month, day) = (digits(&whole[5..7])?, digits(&whole[8..10])?);
    let (hour, minute, second) = (digits(&whole[11..13])?, digits(&whole[14..16])?, digits(&whole[17..19])?);
    let fits = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !fits || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds(fraction)?)
}

fn nanoseconds(fraction: &[u8]) -> Option<u64> {
    match fraction {
        [] => Some(0),
        [b'.', rest @ ..] if (1..=9).contains(&rest.len()) => {
            let missing = u32::try_from(9 - rest.len()).ok()?;
            Some(digits(rest)? * 10_u64.pow(missing))
        }
        _ => None,
    }
}

fn digits(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')))
}

/// Days from 1970-01-01. The year is counted from March, so that the leap day is its last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

fn unusual(stamp: &[u8]) -> Option<u64> {
    if !stamp.first()?.is_ascii_digit() {
        return None;
    }
    let time: jiff::Timestamp = std::str::from_utf8(stamp).ok()?.parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok()
}

/// A stamp out of the engine's JSON. `None` for the zero time, by which it says "never".
pub(super) fn parse(text: &str) -> Option<u64> {
    of(text.as_bytes()).filter(|&time_ns| time_ns > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stamp_and_text_are_told_apart() {
        let piece = b"2026-11-22T16:20:04.123456789Z hello world\n";
        assert_eq!(split(piece), Some((1_795_364_404_123_456_789, &b"hello world\n"[..])));
    }

    #[test]
    fn short_fractions_and_offsets_are_read() {
        assert_eq!(split(b"2026-11-22T16:20:04.1Z "), Some((1_795_364_404_100_000_000, &b""[..])));
        assert_eq!(split(b"2026-11-22T18:20:04.1+02:00 a"), Some((1_795_364_404_100_000_000, &b"a"[..])));
        assert_eq!(parse("0001-01-01T00:00:00Z"), None);
    }

    #[test]
    fn text_without_a_stamp_is_not_cut() {
        for text in ["", " ", "hello world", "2026-13-22T16:20:04.1Z a", "2026-11-22 16:20:04 a", "20261122 a"] {
            assert_eq!(split(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn glued_pieces_of_a_terminal_are_parted() {
        let stamp = "2026-11-22T16:20:04.123456789Z ";
        let frame = format!("{stamp}{}{stamp}{}{stamp}end\n", "a".repeat(PIECE_BYTES), "b".repeat(PIECE_BYTES));
        let mut texts = Vec::new();
        pieces(frame.as_bytes(), true, |_, text| texts.push(text.to_vec()));
        assert_eq!(
            texts,
            ["a".repeat(PIECE_BYTES).into_bytes(), "b".repeat(PIECE_BYTES).into_bytes(), b"end\n".into()]
        );
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_long_one(seconds in 0i64..4_102_444_800, nanos in 0i32..1_000_000_000) {
            let time = jiff::Timestamp::new(seconds, nanos).unwrap();
            let text = format!("{time:.9}");
            prop_assert_eq!(usual(text.as_bytes()), unusual(text.as_bytes()));
            prop_assert_eq!(usual(text.as_bytes()).map(i128::from), Some(time.as_nanosecond()));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = split(&bytes);
        }
    }
}
