//! What a user may set.

use foghorn_guest::settings::number;
use foghorn_guest::{Described, Error};

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub outside: f32,
    pub tolerance: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { outside: 1.0, tolerance: 0.05 }
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &[
        Described {
            key: "outside",
            summary: "How much a value beyond the learned range adds for its distance: 0 (nothing, as in the paper) to 100",
            default: "1",
        },
        Described {
            key: "tolerance",
            summary: "How far apart two values may be and still count as equal: 0 (not at all, as in the paper) to 1000",
            default: "0.05",
        },
    ];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "outside" => self.outside = number(key, value, 0.0, 100.0)?,
            "tolerance" => self.tolerance = number(key, value, 0.0, 1_000.0)?,
            _ => {}
        }
        Ok(())
    }
}
