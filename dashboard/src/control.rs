//! How the dashboard changes something: which plugins serve a container.
//!
//! Like `Source` it is declared here and answered by the host. Pages, the API and the command line send the same actions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::view::{KnownPlugin, Slot};

/// One thing to do. As JSON it is the body of `POST /api/v1/plugins/VERB`, where the verb is the value of `action`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// The container uses this plugin from now on, whatever label and settings say. `plugin` is written as in settings: `NAME`,
    /// `NAME@1.2`, `NAME@latest`, `sha256:…`. The slot is the plugin's own.
    Pin {
        container: String,
        plugin: String,
        #[serde(default, with = "pairs")]
        #[schema(value_type = HashMap<String, String>)]
        settings: Vec<(String, String)>,
    },
    /// Label and settings decide again.
    Unpin { container: String, slot: Slot },
    /// The plugin is tried beside what serves, and alerts nobody. Replaces a candidate that is tried already.
    Shadow {
        container: String,
        plugin: String,
        #[serde(default, with = "pairs")]
        #[schema(value_type = HashMap<String, String>)]
        settings: Vec<(String, String)>,
    },
    /// The candidate is let go.
    StopShadow { container: String },
    /// The candidate serves from the next window on, and is pinned.
    Promote { container: String },
    /// The generation before serves again from the next window on.
    Rollback { container: String },
    /// A quarantined plugin may be used again.
    Release { digest: String },
}

impl Action {
    /// All that `verb` may say.
    pub const VERBS: [&str; 7] = ["pin", "unpin", "shadow", "stop-shadow", "promote", "rollback", "release"];

    /// As the API names it in its path, and JSON in `action`.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Pin { .. } => "pin",
            Self::Unpin { .. } => "unpin",
            Self::Shadow { .. } => "shadow",
            Self::StopShadow { .. } => "stop-shadow",
            Self::Promote { .. } => "promote",
            Self::Rollback { .. } => "rollback",
            Self::Release { .. } => "release",
        }
    }
}

/// What a person does with an alert. As JSON it is the body of `POST /api/v1/alerts/ID/VERB`, where the verb is the value of `action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AlertAction {
    /// Somebody takes care of it: no reminders.
    Acknowledge,
    /// Nothing more of it for so many minutes.
    Snooze { minutes: u32 },
    /// Nothing more of it until it is worse.
    Archive,
    /// Takes back the three above.
    Hear,
    /// It was a failure.
    Real,
    /// It is normal for this container.
    Normal,
    /// Takes back a label.
    Unlabel,
}

impl AlertAction {
    /// All that `verb` may say.
    pub const VERBS: [&str; 7] = ["acknowledge", "snooze", "archive", "hear", "real", "normal", "unlabel"];

    /// As the API names it in its path, and JSON in `action`.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Snooze { .. } => "snooze",
            Self::Archive => "archive",
            Self::Hear => "hear",
            Self::Real => "real",
            Self::Normal => "normal",
            Self::Unlabel => "unlabel",
        }
    }
}

/// Settings are an object in JSON.
mod pairs {
    use std::fmt;

    use serde::de::{Deserializer, MapAccess, Visitor};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(pairs: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(pairs.iter().map(|(key, value)| (key, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(String, String)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }

        from.deserialize_map(Pairs)
    }
}

/// What changes the host.
///
/// Calls may block: the dashboard makes them as it makes those of `Source`.
pub trait Control: Send + Sync + 'static {
    /// Does it, or says why not. `Ok` is one sentence in lowercase that says what was done and what comes next.
    fn act(&self, action: Action) -> Result<String, Refusal>;

    /// The same for an alert.
    fn attend(&self, alert: u64, action: AlertAction) -> Result<String, Refusal>;

    /// Computes the score of an alert again from its evidence. `Ok` says what came of it: the same, or what differs.
    fn replay(&self, alert: u64) -> Result<String, Refusal>;

    /// Why no plugin can be uploaded here; `None` where one can.
    fn uploads_closed(&self) -> Option<String>;

    /// Whether this is the token of who may upload plugins. Who is refused waits before that is told.
    fn admit(&self, token: &str) -> Result<(), Refusal>;

    /// Looks at an uploaded component; nothing is installed by this.
    fn inspect(&self, name: &str, bytes: Vec<u8>) -> Result<Uploaded, Refusal>;

    /// Installs what was looked at, once.
    fn install(&self, ticket: &str) -> Result<String, Refusal>;

    /// Nothing is told of some containers for a while.
    fn mute(&self, mute: MuteAction) -> Result<String, Refusal>;

    /// Ends such a silence.
    fn unmute(&self, id: u64) -> Result<String, Refusal>;

    /// What a link of a notice would do; it is not done by this.
    fn open_link(&self, token: &str) -> Result<LinkSeen, Refusal>;

    /// Does what a link of a notice says, once.
    fn use_link(&self, token: &str) -> Result<String, Refusal>;
}

/// Silence that a person asks for: the body of `POST /api/v1/mutes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MuteAction {
    /// Identity, where `*` stands for any text; all where it is left out.
    #[serde(default = "all")]
    pub container: String,
    pub minutes: u32,
    #[serde(default)]
    pub reason: String,
}

fn all() -> String {
    "*".into()
}

/// What a link of a notice would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSeen {
    pub alert: u64,
    /// Completes "this link would", such as `label it normal`.
    pub what: String,
}

/// A plugin that was uploaded and is not installed yet.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Uploaded {
    /// By which it can be installed, once and for a few minutes. Nobody else can guess it.
    pub ticket: String,
    /// What it says of itself; `source` is where it would be.
    pub plugin: KnownPlugin,
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such container, plugin or generation; one sentence in lowercase.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done, now or at all; one sentence in lowercase that says what is allowed.
    #[error("{0}")]
    Refused(String),
    /// The host failed; the text goes to the log and to the command line.
    #[error("{0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_written_under_its_verb_and_read_again() {
        let container = || String::from("h/api");
        let settings = vec![("seed".into(), "7".into()), ("trees".into(), "200".into())];
        let actions = [
            Action::Pin { container: container(), plugin: "iforest@latest".into(), settings: settings.clone() },
            Action::Unpin { container: container(), slot: Slot::Detector },
            Action::Shadow { container: container(), plugin: "iforest".into(), settings },
            Action::StopShadow { container: container() },
            Action::Promote { container: container() },
            Action::Rollback { container: container() },
            Action::Release { digest: "ab".into() },
        ];
        for (action, verb) in actions.into_iter().zip(Action::VERBS) {
            let json = serde_json::to_value(&action).unwrap();
            assert_eq!((action.verb(), json["action"].as_str()), (verb, Some(verb)));
            assert_eq!(serde_json::from_value::<Action>(json).unwrap(), action);
        }
    }

    #[test]
    fn what_an_action_does_not_know_is_refused() {
        let read = |json: &str| serde_json::from_str::<Action>(json).map_err(|error| error.to_string());
        assert!(read(r#"{"action":"pin","container":"h/a","plugin":"x"}"#).is_ok(), "settings may be left out");
        assert!(read(r#"{"action":"promote","container":"h/a","force":true}"#).unwrap_err().contains("force"));
        assert!(read(r#"{"action":"pin","container":"h/a"}"#).unwrap_err().contains("plugin"));
        assert!(read(r#"{"action":"unpin","container":"h/a","slot":"x"}"#).unwrap_err().contains("vectorizer"));
    }
}
