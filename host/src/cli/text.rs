//! Text for terminals. Log text is hostile: control characters are shown, never sent.

use std::io::{self, Write};

pub(super) use crate::clock::rfc3339 as time;

/// Control and bidirectional characters as visible escapes.
pub(super) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                safe.extend(character.escape_unicode());
            }
            control if control.is_control() => safe.extend(control.escape_default()),
            plain => safe.push(plain),
        }
    }
    safe
}

/// Writes to standard output. A reader that went away, as `head` does, ends the output and is no error.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    print_on(write).map(|_| ())
}

/// As `print`, for output in parts; tells whether the reader is still there for the next one.
pub(super) fn print_on(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<bool> {
    write_on(io::stdout().lock(), write)
}

fn write_on(out: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<bool> {
    let mut out = io::BufWriter::new(out);
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_marks_are_shown_not_sent() {
        assert_eq!(safe("a\u{1b}[31mb\u{202e}c\td"), "a\\u{1b}[31mb\\u{202e}c\\td");
        assert_eq!(safe("grüße 日本"), "grüße 日本");
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(time(1_700_000_000_123_456_789), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn a_reader_that_went_away_is_told_and_is_no_error() {
        let (reader, writer) = io::pipe().unwrap();
        assert!(write_on(&writer, |out| writeln!(out, "x")).unwrap());
        drop(reader);
        assert!(!write_on(&writer, |out| writeln!(out, "x")).unwrap());
    }
}
