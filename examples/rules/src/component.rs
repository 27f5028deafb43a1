//! The contract's side: takes values from the boundary and calls the plain modules.

use std::cell::RefCell;

use exports::foghorn::plugin::vectorizer::{self, Column, GuestSession};
use foghorn_guest::{Error, Pairs, Rows, Settings as _, Windows};

use crate::{FORMAT, Session, Settings, Term};

wit_bindgen::generate!({
    path: "../../wit",
    world: "vectorizer-plugin",
    with: { "foghorn:plugin/types@0.1.0": foghorn_guest::types },
});

struct Component;

export!(Component);

foghorn_guest::lifecycle!(Component, Settings, {
    name: "rules",
    summary: "Counts how many lines a minute match rules that you write",
    state_format: FORMAT,
});

impl vectorizer::Guest for Component {
    type Session = RefCell<Session>;
}

impl GuestSession for RefCell<Session> {
    fn open(settings: Pairs, _seed: u64) -> Result<vectorizer::Session, Error> {
        Ok(vectorizer::Session::new(Self::new(Session::new(Settings::parse(&settings)?))))
    }

    fn load(settings: Pairs, format: u32, state: Vec<u8>) -> Result<vectorizer::Session, Error> {
        let session = Session::load(Settings::parse(&settings)?, format, &state)?;
        Ok(vectorizer::Session::new(Self::new(session)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(self.borrow().save())
    }

    fn learn(&self, w: Windows) -> Result<(), Error> {
        self.borrow_mut().learn(&w)
    }

    fn settle(&self) -> Result<(), Error> {
        Ok(())
    }

    /// A rate has no part of what was learned in it, so learned windows are as all others.
    fn transform(&self, w: Windows, _learned: bool) -> Result<Rows, Error> {
        self.borrow().transform(&w)
    }

    fn columns(&self) -> Vec<Column> {
        self.borrow().columns().into_iter().map(|(name, summary)| Column { name, summary }).collect()
    }

    fn explain(&self, w: Windows, weights: Vec<f32>, limit: u32) -> Result<Vec<vectorizer::Term>, Error> {
        let session = self.borrow();
        let of = session.windows();
        let term = |Term { text, id, lines, seen, weight }| vectorizer::Term {
            text,
            kind: "template".to_owned(),
            id,
            lines,
            seen,
            of,
            weight,
        };
        Ok(session.explain(&w, &weights, limit)?.into_iter().map(term).collect())
    }

    fn stats(&self) -> Vec<(String, f64)> {
        self.borrow().stats()
    }
}
