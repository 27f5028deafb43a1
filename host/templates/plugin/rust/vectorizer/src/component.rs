//! The contract's side: settings and state come in, the plain session does the work.

use std::cell::RefCell;

use exports::foghorn::plugin::vectorizer::{self, Column, GuestSession};
use foghorn_guest::{Error, Pairs, Rows, Settings as _, Windows, report_panics};

use crate::{COLUMNS, FORMAT, Session, Term};

wit_bindgen::generate!({
    path: "wit",
    world: "vectorizer-plugin",
    with: { "foghorn:plugin/types@0.1.0": foghorn_guest::types },
});

struct Component;

export!(Component);

// This plugin takes no settings; a type of your own that implements `foghorn_guest::Settings` stands here otherwise.
foghorn_guest::lifecycle!(Component, (), {
    name: "plugin-name",
    summary: "Counts lines, words of trouble and words that were never seen",
    state_format: FORMAT,
});

impl vectorizer::Guest for Component {
    type Session = RefCell<Session>;
}

impl GuestSession for RefCell<Session> {
    fn open(settings: Pairs, _seed: u64) -> Result<vectorizer::Session, Error> {
        begin(&settings)?;
        Ok(vectorizer::Session::new(RefCell::new(Session::default())))
    }

    fn load(settings: Pairs, format: u32, state: Vec<u8>) -> Result<vectorizer::Session, Error> {
        begin(&settings)?;
        Ok(vectorizer::Session::new(RefCell::new(Session::load(format, &state)?)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(self.borrow().save())
    }

    fn learn(&self, w: Windows) -> Result<(), Error> {
        self.borrow_mut().learn(&w)
    }

    /// Nothing is forgotten here.
    fn settle(&self) -> Result<(), Error> {
        Ok(())
    }

    fn transform(&self, w: Windows, learned: bool) -> Result<Rows, Error> {
        self.borrow().transform(&w, learned)
    }

    fn columns(&self) -> Vec<Column> {
        let column = |(name, summary): (&str, &str)| Column { name: name.to_owned(), summary: summary.to_owned() };
        COLUMNS.into_iter().map(column).collect()
    }

    fn explain(&self, w: Windows, weights: Vec<f32>, limit: u32) -> Result<Vec<vectorizer::Term>, Error> {
        let term = |Term { text, id, lines, seen, of, weight }| vectorizer::Term {
            text,
            kind: "token".to_owned(),
            id,
            lines,
            seen,
            of,
            weight,
        };
        Ok(self.borrow().explain(&w, &weights, limit)?.into_iter().map(term).collect())
    }

    fn stats(&self) -> Vec<(String, f64)> {
        self.borrow().stats()
    }
}

/// What every way to a session begins with: panics are told to the host from here on.
fn begin(settings: &[(String, String)]) -> Result<(), Error> {
    report_panics(foghorn::plugin::host::log);
    <()>::parse(settings)
}
