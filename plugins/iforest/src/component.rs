//! The contract's side of the forest: takes values from the boundary, checks them, and calls the plain modules.

use crate::{Error, FORMAT, Model, PARTS_MAX, Rows, Settings, settings};
use exports::foghorn::plugin::detector::{self, GuestModel};
use exports::foghorn::plugin::lifecycle;
use foghorn::plugin::types;

wit_bindgen::generate!({ path: "../../wit", world: "detector-plugin" });

struct Component;

export!(Component);

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "iforest".to_owned(),
            plugin_version: env!("CARGO_PKG_VERSION").to_owned(),
            summary: "Isolation forest: a window is strange when few random splits part it from the usual ones"
                .to_owned(),
            state_format: FORMAT,
            reads_state: vec![FORMAT],
            extra: vec![("parts".to_owned(), PARTS_MAX.to_string())],
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

impl detector::Guest for Component {
    type Model = Model;
}

impl GuestModel for Model {
    fn train(
        pairs: types::Pairs,
        r: types::Rows,
        seed: u64,
        part: u32,
        parts: u32,
    ) -> Result<detector::Model, types::Error> {
        let model = Model::train(&Settings::parse(&pairs)?, &checked(&r)?, seed, part, parts)?;
        Ok(detector::Model::new(model))
    }

    fn merge(pairs: types::Pairs, format: u32, states: Vec<Vec<u8>>) -> Result<detector::Model, types::Error> {
        Settings::parse(&pairs)?;
        Ok(detector::Model::new(Model::merge(format, &states)?))
    }

    fn load(pairs: types::Pairs, format: u32, state: Vec<u8>) -> Result<detector::Model, types::Error> {
        Settings::parse(&pairs)?;
        Ok(detector::Model::new(Model::load(format, &state)?))
    }

    fn save(&self) -> Result<Vec<u8>, types::Error> {
        Ok(Model::save(self))
    }

    fn score(&self, r: types::Rows) -> Result<Vec<f32>, types::Error> {
        Ok(Model::strangeness(self, &checked(&r)?)?)
    }

    fn explain(&self, r: types::Rows) -> Result<Vec<f32>, types::Error> {
        Ok(Model::explain(self, &checked(&r)?)?)
    }

    fn stats(&self) -> Vec<(String, f64)> {
        Model::stats(self)
    }
}

fn checked(r: &types::Rows) -> Result<Rows<'_>, Error> {
    Rows::check(r.columns, &r.row_ptr, &r.idx, &r.val)
}

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        Self { code: error.code, message: error.message }
    }
}
