//! The contract's side: settings and state come in, the plain gate does the work.

use std::cell::RefCell;

use exports::foghorn::plugin::thresholds::{self, Decisions, GuestGate};
use foghorn_guest::{Error, Pairs, Settings as _, report_panics};

use crate::{FORMAT, Gate, Settings};

wit_bindgen::generate!({
    path: "wit",
    world: "thresholds-plugin",
    with: { "foghorn:plugin/types@0.1.0": foghorn_guest::types },
});

struct Component;

export!(Component);

foghorn_guest::lifecycle!(Component, Settings, {
    name: "plugin-name",
    summary: "Scores are too high when they lie many deviations above the mean",
    state_format: FORMAT,
});

impl thresholds::Guest for Component {
    type Gate = RefCell<Gate>;
}

impl GuestGate for RefCell<Gate> {
    fn open(settings: Pairs) -> Result<thresholds::Gate, Error> {
        Ok(thresholds::Gate::new(RefCell::new(Gate::new(begin(&settings)?))))
    }

    fn load(settings: Pairs, format: u32, state: Vec<u8>) -> Result<thresholds::Gate, Error> {
        let gate = Gate::load(begin(&settings)?, format, &state)?;
        Ok(thresholds::Gate::new(RefCell::new(gate)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(self.borrow().save())
    }

    fn calibrate(&self, scores: Vec<f32>) -> Result<(), Error> {
        self.borrow_mut().calibrate(&scores)
    }

    fn decide(&self, scores: Vec<f32>, times: Vec<u64>) -> Result<Decisions, Error> {
        if scores.len() != times.len() {
            return Err(Error::input(format!("there are {} scores but {} times", scores.len(), times.len())));
        }
        let decisions = self.borrow_mut().decide(&scores)?;
        Ok(Decisions {
            thresholds: decisions.iter().map(|decision| decision.threshold).collect(),
            severities: decisions.iter().map(|decision| decision.severity).collect(),
        })
    }
}

/// What every way to a gate begins with: panics are told to the host from here on.
fn begin(settings: &[(String, String)]) -> Result<Settings, Error> {
    report_panics(foghorn::plugin::host::log);
    Settings::parse(settings)
}
