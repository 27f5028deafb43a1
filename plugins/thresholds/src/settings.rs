//! What a user may set, with defaults and limits.

use crate::Error;
use foghorn_guest::settings::number;

pub use foghorn_guest::Described;

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub alerts_per_week: f64,
    pub accept_after_hours: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { alerts_per_week: 7.0, accept_after_hours: 6.0 }
    }
}

/// Every setting, in the order shown.
pub const SCHEMA: [Described; 2] = [
    Described {
        key: "alerts_per_week",
        summary: "About how many alerts a week this container may raise at most while nothing is wrong: 0.01 to 1000",
        default: "7",
    },
    Described {
        key: "accept_after_hours",
        summary: "After how many hours on one steady higher level that level counts as usual: 0.5 to 720",
        default: "6",
    },
];

impl Settings {
    /// Reads settings; keys that are not known are passed over, as the contract says.
    ///
    /// # Errors
    /// The first bad value, code 1.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Error> {
        <Self as foghorn_guest::Settings>::parse(pairs)
    }

    /// One error for each unknown key, repeated key and bad value.
    #[must_use]
    pub fn validate(pairs: &[(String, String)]) -> Vec<Error> {
        <Self as foghorn_guest::Settings>::validate(pairs)
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &SCHEMA;

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "alerts_per_week" => self.alerts_per_week = number(key, value, 0.01, 1_000.0)?,
            "accept_after_hours" => self.accept_after_hours = number(key, value, 0.5, 720.0)?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_schema_states_the_defaults_in_use() {
        let stated: Vec<_> = SCHEMA.iter().map(|s| (s.key, s.default)).collect();
        assert_eq!(Settings::parse(&pairs(&stated)).unwrap(), Settings::default());
        assert!(Settings::validate(&pairs(&stated)).is_empty());
    }

    #[test]
    fn each_bad_setting_gets_its_own_error() {
        let list = pairs(&[
            ("alerts_per_week", "many"),
            ("accept_after_hours", "inf"),
            ("alerts", "1"),
            ("alerts_per_week", "2"),
        ]);
        let errors = Settings::validate(&list);
        let messages: Vec<_> = errors.iter().map(|e| e.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "setting alerts_per_week is \"many\"; allowed are numbers from 0.01 to 1000",
                "setting accept_after_hours is \"inf\"; allowed are numbers from 0.5 to 720",
                "setting \"alerts\" is not known; known are alerts_per_week, accept_after_hours",
                "setting alerts_per_week is given twice; give it once",
            ]
        );
        assert!(errors.iter().all(|e| e.code == 1));
    }
}
