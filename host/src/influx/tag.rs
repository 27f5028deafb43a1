//! Tag values: names of containers and hosts, which may come from labels that anybody wrote.
//!
//! Line protocol has no way to write every text as a tag: a backslash at the end, a line break, nothing at all. Such
//! characters are written as in URLs (`\` is `%5C`), so that two names never become one tag. Usual names stay as they are.
//! Left out: the way back. Tags are compared and shown, never decoded.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::identity::Identity;

/// Longer values are cut and end in a digest of the whole. The server's limit is 64 KiB for all tags of a point.
const TAG_BYTES_MAX: usize = 1024;

/// Tag `container`.
pub(super) fn of_identity(identity: &Identity) -> String {
    of_text(identity.as_str())
}

/// Tag `host`: the first part of the identity.
pub(super) fn of_host(identity: &Identity) -> String {
    of_text(identity.as_str().split('/').next().unwrap_or_default())
}

fn of_text(text: &str) -> String {
    let mut tag = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || matches!(character, '\\' | '%') {
            percent(&mut tag, character);
        } else {
            tag.push(character);
        }
    }
    if tag.len() > TAG_BYTES_MAX {
        cut(&mut tag, text);
    }
    // A lone percent sign stands for nothing else: all others have two digits behind them.
    if tag.is_empty() { "%".into() } else { tag }
}

fn percent(tag: &mut String, character: char) {
    let mut bytes = [0; 4];
    for byte in character.encode_utf8(&mut bytes).bytes() {
        let _ = write!(tag, "%{byte:02X}");
    }
}

/// No whole value ends like this: `%~` does not come out of `percent`.
fn cut(tag: &mut String, text: &str) {
    tag.truncate(tag.floor_char_boundary(TAG_BYTES_MAX - 70));
    tag.push_str("%~");
    for byte in Sha256::digest(text) {
        let _ = write!(tag, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> String {
        of_identity(&Identity::from_text(text))
    }

    #[test]
    fn usual_names_stay_as_they_are() {
        assert_eq!(tag("web-1/shop/api_2.x"), "web-1/shop/api_2.x");
        assert_eq!(tag("Büro/π ,=\"'"), "Büro/π ,=\"'");
        assert_eq!(of_host(&Identity::of_service("web-1", "shop", "api")), "web-1");
    }

    #[test]
    fn what_a_tag_cannot_hold_is_written_in_digits() {
        assert_eq!(tag("a\\"), "a%5C");
        assert_eq!(tag("a\nb\u{85}"), "a%0Ab%C2%85");
        assert_eq!(tag("100%"), "100%25");
        assert_eq!(tag(""), "%");
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (one, other) = (tag(&("é".repeat(40_000) + "1")), tag(&("é".repeat(40_000) + "2")));
        assert!(one.len() <= TAG_BYTES_MAX && other.len() <= TAG_BYTES_MAX);
        assert_ne!(one, other);
        assert_eq!(tag(&"x".repeat(TAG_BYTES_MAX)), "x".repeat(TAG_BYTES_MAX), "just short enough");
    }
}
