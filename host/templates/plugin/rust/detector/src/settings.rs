//! What a user may set: `--set detector.floor=0.1`.

use foghorn_guest::settings::number;
use foghorn_guest::{Described, Error};

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Least deviation that a column is said to have.
    pub floor: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { floor: 0.05 }
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &[Described {
        key: "floor",
        summary: "Least deviation that a column is said to have: 0.000001 to 1000",
        default: "0.05",
    }];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if key == "floor" {
            self.floor = number(key, value, 1e-6, 1e3)?;
        }
        Ok(())
    }
}
