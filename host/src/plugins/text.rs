//! Text that a plugin or a server of plugins wrote, made safe to log and to show: no control characters, no marks that turn the direction, a bound.

/// `text` on one line, at most `bytes_max` long; what is cut off is shown by `…`.
pub(crate) fn safe(text: &str, bytes_max: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(bytes_max));
    for c in text.chars() {
        let start = safe.len();
        match c {
            // Printable, but escaped by `escape_debug` for the sake of Rust's own literals.
            '"' | '\'' | '\\' => safe.push(c),
            _ => safe.extend(c.escape_debug()),
        }
        if safe.len() > bytes_max {
            safe.truncate(start);
            safe.push('…');
            break;
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_marks_are_shown_as_escapes() {
        assert_eq!(safe("a\n\x1b[31mb\u{202e}c \"d\" é", 99), "a\\n\\u{1b}[31mb\\u{202e}c \"d\" é");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(safe("ééé", 4), "éé…");
        assert_eq!(safe("a\n\n", 4), "a\\n…");
        assert_eq!(safe("abcd", 4), "abcd");
    }
}
