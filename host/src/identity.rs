//! Who a container is.
//!
//! A container is keyed by what stays when it is recreated: `host/project/service` under compose, else `host/name`. Never by
//! its id, so that a recreated container keeps its model and its history.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// The key of a container in streams, history, models and alerts. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(Arc<str>);

impl Identity {
    /// `host/project/service`.
    pub fn of_service(host: &str, project: &str, service: &str) -> Self {
        Self(format!("{}/{}/{}", part(host), part(project), part(service)).into())
    }

    /// `host/name`. A leading slash, as the engine writes names, is taken off.
    pub fn of_name(host: &str, name: &str) -> Self {
        Self(format!("{}/{}", part(host), part(name.trim_start_matches('/'))).into())
    }

    /// From text that was an identity before: out of the store, a URL, a command line.
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Longest part, in bytes. Names of containers and hosts are shorter; a label may hold anything, and stands on every page.
const PART_BYTES_MAX: usize = 128;
/// Digits of the hash that stands for what is cut off.
const HASH_DIGITS: usize = 16;

/// A slash inside a part would make two identities one; control characters and direction marks would reach terminals and logs; a part of dots
/// would be a step up in an address.
fn part(text: &str) -> String {
    let fit: String = text.chars().map(|character| if is_unfit(character) { '_' } else { character }).collect();
    match fit.as_str() {
        "" | "." => "_".into(),
        ".." => "__".into(),
        fit if fit.len() > PART_BYTES_MAX => shortened(fit),
        _ => fit,
    }
}

/// The beginning, and a hash of all of it: two long names that begin alike stay two.
fn shortened(text: &str) -> String {
    let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let end = text.floor_char_boundary(PART_BYTES_MAX - 1 - HASH_DIGITS);
    format!("{}~{}", &text[..end], &hash[..HASH_DIGITS])
}

fn is_unfit(character: char) -> bool {
    let mark = matches!(character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character == '/' || character.is_control() || mark
}

impl serde::Serialize for Identity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_host_project_and_service() {
        let identity = Identity::of_service("web-1", "shop", "api");
        assert_eq!(identity.as_str(), "web-1/shop/api");
    }

    #[test]
    fn a_lone_container_is_known_by_host_and_name() {
        assert_eq!(Identity::of_name("web-1", "/cache").as_str(), "web-1/cache");
    }

    #[test]
    fn slashes_inside_a_part_do_not_make_two_identities_one() {
        assert_ne!(Identity::of_service("h", "a/b", "c"), Identity::of_service("h", "a", "b/c"));
    }

    #[test]
    fn no_part_is_a_step_in_an_address() {
        let identity = Identity::of_service("h", ".", "..");
        assert_eq!(identity.as_str(), "h/_/__");
        assert_eq!(Identity::of_service("h", "", "...").as_str(), "h/_/...");
    }

    #[test]
    fn a_long_part_is_cut_and_two_that_begin_alike_stay_two() {
        let long = "é".repeat(100);
        let [one, other] = ["a", "b"].map(|end| Identity::of_name("h", &format!("{long}{end}")));
        assert_ne!(one, other);
        assert_eq!(one, Identity::of_name("h", &format!("{long}a")), "the same one again");
        assert!(one.as_str().len() <= "h/".len() + PART_BYTES_MAX && one.as_str().starts_with("h/éé"));
        let fits = "x".repeat(PART_BYTES_MAX);
        assert_eq!(Identity::of_name("h", &fits).as_str(), format!("h/{fits}"));
    }

    #[test]
    fn no_part_can_steer_a_terminal() {
        let identity = Identity::of_service("h\u{1b}[2J", "a\nb", "c\u{202e}\u{2069}\u{61c}\u{85}é");
        assert_eq!(identity.as_str(), "h_[2J/a_b/c____é");
    }
}
