//! One line of a log, and who writes it.

use std::time::Duration;

use crate::chance::Chance;
use crate::trouble::Kind;
use crate::{api, web, worker};

/// A line and where it is written. A stack trace is several lines at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) stderr: bool,
}

impl Line {
    pub(crate) fn out(text: String) -> Self {
        Self { text, stderr: false }
    }

    pub(crate) fn err(text: String) -> Self {
        Self { text, stderr: true }
    }
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Character {
    Web,
    Api,
    Worker,
}

impl Character {
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        match text {
            "web" => Some(Self::Web),
            "api" => Some(Self::Api),
            "worker" => Some(Self::Worker),
            _ => None,
        }
    }

    /// What it says on a good day.
    pub(crate) fn usual(self, chance: &mut Chance, now: Duration) -> Line {
        match self {
            Self::Web => web::usual(chance, now),
            Self::Api => api::usual(chance, now),
            Self::Worker => worker::usual(chance, now),
        }
    }

    /// What it says in trouble; never said on a good day.
    pub(crate) fn in_trouble(self, kind: Kind, chance: &mut Chance, now: Duration) -> Line {
        match self {
            Self::Web => web::in_trouble(kind, chance, now),
            Self::Api => api::in_trouble(kind, chance, now),
            Self::Worker => worker::in_trouble(kind, chance, now),
        }
    }

    /// Numbers a line, so that a test can tell whether each arrived once.
    pub(crate) fn numbered(self, mut line: Line, number: u64) -> Line {
        match line.text.strip_suffix('}') {
            Some(open) => line.text = format!("{open},\"seq\":{number}}}"),
            None => line.text = format!("{} seq={number}", line.text),
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_795_357_205);
    const ALL: [Character; 3] = [Character::Web, Character::Api, Character::Worker];

    fn usual(character: Character, seed: u64) -> Vec<String> {
        let mut chance = Chance::new(seed);
        (0..2_000).map(|_| character.usual(&mut chance, NOW).text).collect()
    }

    #[test]
    fn the_same_seed_writes_the_same_log() {
        for character in ALL {
            assert_eq!(usual(character, 1), usual(character, 1));
            assert_ne!(usual(character, 1), usual(character, 2));
        }
    }

    #[test]
    fn what_is_said_in_trouble_is_never_said_on_a_good_day() {
        for character in ALL {
            let good = usual(character, 3);
            for (kind, sign) in [(Kind::Database, "connection refused"), (Kind::Disk, "no space left on device")] {
                let mut chance = Chance::new(4);
                let bad: Vec<_> = (0..50).map(|_| character.in_trouble(kind, &mut chance, NOW).text).collect();
                assert!(bad.iter().any(|l| l.to_lowercase().contains(sign)), "{character:?} {kind:?}");
                assert!(!good.iter().any(|l| l.to_lowercase().contains(sign)), "{character:?} {kind:?}");
            }
        }
    }

    #[test]
    fn a_number_keeps_json_whole() {
        let json = Character::Api.numbered(Line::out("{\"a\":1}".into()), 7);
        assert_eq!(json.text, "{\"a\":1,\"seq\":7}");
        assert_eq!(Character::Worker.numbered(Line::out("done".into()), 7).text, "done seq=7");
    }
}
