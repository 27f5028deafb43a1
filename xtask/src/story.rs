//! What happens in the demo, and when: a pure function of the time and of what the dashboard shows.
//!
//! The api goes wrong only once it is watched, so that the story is the same on a slow machine. It is over within three
//! minutes: about one to learn, then two troubles of different kinds.

use std::time::Duration;

use crate::api::State;

/// Quiet time before the first trouble and between the two.
const QUIET: Duration = Duration::from_secs(15);
const BETWEEN: Duration = Duration::from_secs(50);
/// How long a trouble lasts, in seconds.
pub const TROUBLE_SECONDS: u64 = 25;

/// What the director does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Tells the audience.
    Say(String),
    /// Makes the api go wrong, and says so.
    Trouble { kind: &'static str, say: &'static str },
}

/// Where in the story we are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scene {
    Learning { done: Option<u64> },
    Quiet { until: Duration },
    Database { until: Duration },
    Disk { until: Duration },
    Over,
}

/// The story so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    scene: Scene,
}

impl Default for Story {
    fn default() -> Self {
        Self { scene: Scene::Learning { done: None } }
    }
}

impl Story {
    /// What to do `now`, given the state of the api.
    pub fn next(&mut self, now: Duration, api: &State) -> Option<Act> {
        let (scene, act) = match (&self.scene, api) {
            (Scene::Learning { done: told }, State::Learning { done, needed }) if *told != Some(*done) => (
                Scene::Learning { done: Some(*done) },
                say(&format!("the api is being learned, {done} of {needed} cycles")),
            ),
            (Scene::Learning { .. }, State::Watching) => {
                (Scene::Quiet { until: now + QUIET }, say("the api is watched from now on; all is well for a moment"))
            }
            (Scene::Quiet { until }, _) if now >= *until => {
                let say = "the api cannot reach its database any more: watch the dashboard";
                (Scene::Database { until: now + BETWEEN }, Act::Trouble { kind: "database", say })
            }
            (Scene::Database { until }, _) if now >= *until => {
                let say = "the database is back, but now the api's disk is full";
                (Scene::Disk { until: now + BETWEEN }, Act::Trouble { kind: "disk", say })
            }
            (Scene::Disk { until }, _) if now >= *until => {
                (Scene::Over, say("all is well again; this was the story, ctrl-c ends it"))
            }
            _ => return None,
        };
        self.scene = scene;
        Some(act)
    }
}

fn say(text: &str) -> Act {
    Act::Say(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_goes_wrong_before_the_api_is_watched() {
        let mut story = Story::default();
        let learning = |done| State::Learning { done, needed: 5 };
        assert!(matches!(story.next(at(1), &learning(0)), Some(Act::Say(_))));
        assert_eq!(story.next(at(2), &learning(0)), None);
        assert!(matches!(story.next(at(900), &learning(4)), Some(Act::Say(text)) if text.contains("4 of 5")));
        assert_eq!(story.next(at(901), &learning(4)), None);
    }

    #[test]
    fn two_troubles_of_different_kinds_come_within_two_minutes_of_being_watched() {
        let mut story = Story::default();
        let acts: Vec<_> = (0..120).filter_map(|second| story.next(at(second), &State::Watching)).collect();
        let kinds: Vec<_> = acts
            .iter()
            .filter_map(|act| if let Act::Trouble { kind, .. } = act { Some(*kind) } else { None })
            .collect();
        assert_eq!(kinds, ["database", "disk"]);
        assert!(matches!(acts.last(), Some(Act::Say(text)) if text.contains("ctrl-c")));
    }
}
