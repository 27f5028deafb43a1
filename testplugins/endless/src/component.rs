//! Everything the contract asks for, and an endless `describe`.

use std::hint::black_box;

use exports::foghorn::plugin::lifecycle;
use exports::foghorn::plugin::thresholds::{self, Decisions, GuestGate};
use foghorn::plugin::types::{Error, Pairs};

wit_bindgen::generate!({ path: "../../wit", world: "thresholds-plugin" });

struct Component;

export!(Component);

struct Gate;

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        loop {
            black_box(());
        }
    }

    fn settings_schema() -> Vec<lifecycle::Setting> {
        Vec::new()
    }

    fn validate_settings(_: Pairs) -> Vec<Error> {
        Vec::new()
    }
}

impl thresholds::Guest for Component {
    type Gate = Gate;
}

impl GuestGate for Gate {
    fn open(_: Pairs) -> Result<thresholds::Gate, Error> {
        Ok(thresholds::Gate::new(Self))
    }

    fn load(_: Pairs, _: u32, _: Vec<u8>) -> Result<thresholds::Gate, Error> {
        Ok(thresholds::Gate::new(Self))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn calibrate(&self, _: Vec<f32>) -> Result<(), Error> {
        Ok(())
    }

    fn decide(&self, _: Vec<f32>, _: Vec<u64>) -> Result<Decisions, Error> {
        Ok(Decisions { thresholds: Vec::new(), severities: Vec::new() })
    }
}
