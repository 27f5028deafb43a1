//! The contract's side of the thresholds: takes values from the boundary and calls the plain modules.

use crate::{Error, FORMAT, Gate, Settings, settings};
use exports::foghorn::plugin::lifecycle;
use exports::foghorn::plugin::thresholds::{self, GuestGate};
use foghorn::plugin::types;
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../wit", world: "thresholds-plugin" });

struct Component;

export!(Component);

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "thresholds".to_owned(),
            plugin_version: env!("CARGO_PKG_VERSION").to_owned(),
            summary: "Adaptive thresholds: scores are too high when usual ones would hardly ever come so far"
                .to_owned(),
            state_format: FORMAT,
            reads_state: vec![FORMAT],
            extra: Vec::new(),
        }
    }

    fn settings_schema() -> Vec<lifecycle::Setting> {
        let setting = |s: &settings::Described| lifecycle::Setting {
            key: s.key.to_owned(),
            summary: s.summary.to_owned(),
            default: s.default.to_owned(),
        };
        settings::SCHEMA.iter().map(setting).collect()
    }

    fn validate_settings(pairs: types::Pairs) -> Vec<types::Error> {
        Settings::validate(&pairs).into_iter().map(types::Error::from).collect()
    }
}

impl thresholds::Guest for Component {
    type Gate = RefCell<Gate>;
}

impl GuestGate for RefCell<Gate> {
    fn open(pairs: types::Pairs) -> Result<thresholds::Gate, types::Error> {
        Ok(thresholds::Gate::new(Self::new(Gate::new(Settings::parse(&pairs)?))))
    }

    fn load(pairs: types::Pairs, format: u32, state: Vec<u8>) -> Result<thresholds::Gate, types::Error> {
        let gate = Gate::load(Settings::parse(&pairs)?, format, &state)?;
        Ok(thresholds::Gate::new(Self::new(gate)))
    }

    fn save(&self) -> Result<Vec<u8>, types::Error> {
        Ok(self.borrow().save())
    }

    fn calibrate(&self, scores: Vec<f32>) -> Result<(), types::Error> {
        Ok(self.borrow_mut().calibrate(&scores)?)
    }

    fn decide(&self, scores: Vec<f32>, times: Vec<u64>) -> Result<thresholds::Decisions, types::Error> {
        let decisions = self.borrow_mut().decide(&scores, &times)?;
        Ok(thresholds::Decisions {
            thresholds: decisions.iter().map(|d| d.threshold).collect(),
            severities: decisions.iter().map(|d| d.severity).collect(),
        })
    }
}

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        Self { code: error.code, message: error.message }
    }
}
