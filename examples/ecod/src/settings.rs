//! What a user may set.

use foghorn_guest::settings::number;
use foghorn_guest::{Described, Error};

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub outside: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { outside: 1.0 }
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &[Described {
        key: "outside",
        summary: "How much a value beyond the learned range adds for its distance: 0 (nothing, as in the paper) to 100",
        default: "1",
    }];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if key == "outside" {
            self.outside = number(key, value, 0.0, 100.0)?;
        }
        Ok(())
    }
}
