//! The contract's side: takes values from the boundary and calls the plain modules.

use exports::foghorn::plugin::detector::{self, GuestModel};
use foghorn_guest::{Error, Pairs, Rows, Settings as _};

use crate::{FORMAT, Model, Settings};

wit_bindgen::generate!({
    path: "../../wit",
    world: "detector-plugin",
    with: { "foghorn:plugin/types@0.1.0": foghorn_guest::types },
});

struct Component;

export!(Component);

foghorn_guest::lifecycle!(Component, Settings, {
    name: "knn",
    summary: "Nearest neighbours: a window is strange when it is far from all that was learned",
    state_format: FORMAT,
});

impl detector::Guest for Component {
    type Model = Model;
}

impl GuestModel for Model {
    fn train(settings: Pairs, r: Rows, seed: u64, _part: u32, _parts: u32) -> Result<detector::Model, Error> {
        Ok(detector::Model::new(Model::train(&Settings::parse(&settings)?, &r, seed)?))
    }

    /// A training is one part here, so there is one state.
    fn merge(settings: Pairs, format: u32, states: Vec<Vec<u8>>) -> Result<detector::Model, Error> {
        match <[Vec<u8>; 1]>::try_from(states) {
            Ok([state]) => <Self as GuestModel>::load(settings, format, state),
            Err(states) => Err(Error::state(format!("there are {} parts; a training is one part here", states.len()))),
        }
    }

    fn load(settings: Pairs, format: u32, state: Vec<u8>) -> Result<detector::Model, Error> {
        Settings::parse(&settings)?;
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
