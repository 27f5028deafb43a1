//! What a user may set.

use foghorn_guest::settings::number;
use foghorn_guest::{Described, Error};

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub minutes: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { minutes: 0.5 }
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &[Described {
        key: "minutes",
        summary: "Length of a window in minutes, for how far a rate scatters by chance alone: 0.01 to 1440",
        default: "0.5",
    }];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if key == "minutes" {
            self.minutes = number(key, value, 0.01, 1_440.0)?;
        }
        Ok(())
    }
}
