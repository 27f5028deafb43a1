//! The contract's side: settings and state come in, the plain model does the work.

use exports::foghorn::plugin::detector::{self, GuestModel};
use foghorn_guest::{Error, Pairs, Rows, Settings as _, report_panics};

use crate::{FORMAT, Model, Settings};

wit_bindgen::generate!({
    path: "wit",
    world: "detector-plugin",
    with: { "foghorn:plugin/types@0.1.0": foghorn_guest::types },
});

struct Component;

export!(Component);

foghorn_guest::lifecycle!(Component, Settings, {
    name: "plugin-name",
    summary: "How many deviations the columns of a window lie from their means",
    state_format: FORMAT,
});

impl detector::Guest for Component {
    type Model = Model;
}

impl GuestModel for Model {
    fn train(settings: Pairs, r: Rows, _seed: u64, _part: u32, _parts: u32) -> Result<detector::Model, Error> {
        let settings = begin(&settings)?;
        Ok(detector::Model::new(Model::train(&settings, &r)?))
    }

    /// This detector's training is one part, so there is one state.
    fn merge(settings: Pairs, format: u32, states: Vec<Vec<u8>>) -> Result<detector::Model, Error> {
        begin(&settings)?;
        match states.as_slice() {
            [state] => Ok(detector::Model::new(Model::load(format, state)?)),
            _ => Err(Error::state(format!("there are {} parts; this detector trains in one", states.len()))),
        }
    }

    fn load(settings: Pairs, format: u32, state: Vec<u8>) -> Result<detector::Model, Error> {
        begin(&settings)?;
        Ok(detector::Model::new(Model::load(format, &state)?))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(Model::save(self))
    }

    fn score(&self, r: Rows) -> Result<Vec<f32>, Error> {
        Model::score(self, &r)
    }

    fn explain(&self, r: Rows) -> Result<Vec<f32>, Error> {
        Model::explain(self, &r)
    }

    fn stats(&self) -> Vec<(String, f64)> {
        Model::stats(self)
    }
}

/// What every way to a model begins with: panics are told to the host from here on.
fn begin(settings: &[(String, String)]) -> Result<Settings, Error> {
    report_panics(foghorn::plugin::host::log);
    Settings::parse(settings)
}
