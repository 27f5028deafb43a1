//! The contract's side: takes values from the boundary and calls the plain modules.

use std::cell::RefCell;

use crate::error::Error;
use crate::packed::Windows;
use crate::session::Session;
use crate::settings::{self, Settings};
use crate::state::FORMAT;
use exports::foghorn::plugin::lifecycle;
use exports::foghorn::plugin::vectorizer::{self, GuestSession};
use foghorn::plugin::types;

wit_bindgen::generate!({ path: "../../wit", world: "vectorizer-plugin" });

struct Component;

export!(Component);

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "vectorizer".to_owned(),
            plugin_version: env!("CARGO_PKG_VERSION").to_owned(),
            summary: "Masks lines, counts templates and tokens, and tells how new, how broken and how loud a window is"
                .to_owned(),
            state_format: FORMAT,
            reads_state: vec![FORMAT],
            extra: Vec::new(),
        }
    }

    fn settings_schema() -> Vec<lifecycle::Setting> {
        let setting = |(key, default, summary): (&str, String, String)| lifecycle::Setting {
            key: key.to_owned(),
            summary,
            default,
        };
        settings::schema().into_iter().map(setting).collect()
    }

    fn validate_settings(pairs: types::Pairs) -> Vec<types::Error> {
        settings::validate(&pairs).into_iter().map(types::Error::from).collect()
    }
}

impl vectorizer::Guest for Component {
    type Session = RefCell<Session>;
}

impl GuestSession for RefCell<Session> {
    fn open(pairs: types::Pairs, _seed: u64) -> Result<vectorizer::Session, types::Error> {
        Ok(vectorizer::Session::new(RefCell::new(Session::open(Settings::parse(&pairs)?))))
    }

    fn load(pairs: types::Pairs, format: u32, state: Vec<u8>) -> Result<vectorizer::Session, types::Error> {
        let session = Session::load(Settings::parse(&pairs)?, format, &state)?;
        Ok(vectorizer::Session::new(RefCell::new(session)))
    }

    fn save(&self) -> Result<Vec<u8>, types::Error> {
        Ok(self.borrow().save())
    }

    fn learn(&self, w: types::Windows) -> Result<(), types::Error> {
        Ok(self.borrow_mut().learn(view(&w))?)
    }

    fn settle(&self) -> Result<(), types::Error> {
        self.borrow_mut().settle();
        Ok(())
    }

    fn transform(&self, w: types::Windows, learned: bool) -> Result<types::Rows, types::Error> {
        let rows = self.borrow_mut().transform(view(&w), learned)?;
        Ok(types::Rows { columns: rows.columns, row_ptr: rows.row_ptr, idx: rows.idx, val: rows.val })
    }

    fn columns(&self) -> Vec<vectorizer::Column> {
        let columns = self.borrow().columns();
        columns.into_iter().map(|(name, summary)| vectorizer::Column { name, summary }).collect()
    }

    fn explain(&self, w: types::Windows, weights: Vec<f32>, limit: u32) -> Result<Vec<vectorizer::Term>, types::Error> {
        let terms = self.borrow_mut().explain(view(&w), &weights, limit)?;
        let term = |t: crate::explain::Term| vectorizer::Term {
            text: t.text,
            kind: t.kind.to_owned(),
            id: t.id,
            lines: t.lines,
            seen: t.seen,
            of: t.of,
            weight: t.weight,
        };
        Ok(terms.into_iter().map(term).collect())
    }

    fn stats(&self) -> Vec<(String, f64)> {
        self.borrow().stats()
    }
}

fn view(w: &types::Windows) -> Windows<'_> {
    Windows {
        data: &w.data,
        offsets: &w.offsets,
        times: &w.times,
        outputs: &w.outputs,
        starts: &w.starts,
        begins: &w.begins,
        ends: &w.ends,
    }
}

impl From<Error> for types::Error {
    fn from(error: Error) -> types::Error {
        types::Error { code: error.code, message: error.message }
    }
}
