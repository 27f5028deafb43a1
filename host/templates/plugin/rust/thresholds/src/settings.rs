//! What a user may set: `--set thresholds.deviations=8`.

use foghorn_guest::settings::number;
use foghorn_guest::{Described, Error};

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How many deviations above the mean a score must be.
    pub deviations: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { deviations: 6.0 }
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &[Described {
        key: "deviations",
        summary: "How many deviations above the mean a score must be: 1 to 100",
        default: "6",
    }];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if key == "deviations" {
            self.deviations = number(key, value, 1.0, 100.0)?;
        }
        Ok(())
    }
}
