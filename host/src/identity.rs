//! Who a container is.
//!
//! A container is keyed by what stays when it is recreated: `host/project/service` under compose, else `host/name`. Never by
//! its id, so that a recreated container keeps its model and its history.

use std::fmt;
use std::sync::Arc;

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

/// A slash inside a part would make two identities one; control characters and direction marks would reach terminals and logs.
fn part(text: &str) -> String {
    text.chars().map(|character| if is_unfit(character) { '_' } else { character }).collect()
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
    fn no_part_can_steer_a_terminal() {
        let identity = Identity::of_service("h\u{1b}[2J", "a\nb", "c\u{202e}\u{2069}\u{61c}\u{85}é");
        assert_eq!(identity.as_str(), "h_[2J/a_b/c____é");
    }
}
