//! One container's vectorizer: the contract's resource, callable natively.

use crate::bag::Bag;
use crate::columns::{self, FIGURES};
use crate::error::Error;
use crate::explain::{self, Term};
use crate::learned::Learned;
use crate::packed::Windows;
use crate::settings::Settings;
use crate::state;
use crate::view::{Derived, View};

/// Rows in compressed form; the fields are the contract's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    pub columns: u32,
    pub row_ptr: Vec<u32>,
    pub idx: Vec<u32>,
    pub val: Vec<f32>,
}

/// What was learned of one container.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    learned: Learned,
    derived: Derived,
    /// Something was learned since `derived` was made.
    stale: bool,
    bag: Bag,
}

impl Session {
    /// A session that has learned nothing. Nothing in it is left to chance, so there is no seed.
    pub fn open(settings: Settings) -> Session {
        Session {
            settings,
            learned: Learned::new(settings.terms_max),
            derived: Derived::default(),
            stale: false,
            bag: Bag::new(),
        }
    }

    /// A session from what `save` wrote.
    pub fn load(settings: Settings, format: u32, bytes: &[u8]) -> Result<Session, Error> {
        let learned = state::read(format, bytes, settings)?;
        let derived = Derived::new(&learned);
        Ok(Session { settings, learned, derived, stale: false, bag: Bag::new() })
    }

    pub fn save(&self) -> Vec<u8> {
        state::write(&self.learned, self.settings)
    }

    pub fn learn(&mut self, windows: Windows<'_>) -> Result<(), Error> {
        windows.check()?;
        self.stale = true;
        for window in windows.iter() {
            self.bag.fill(window);
            self.learned.add(&self.bag, window);
        }
        Ok(())
    }

    pub fn settle(&mut self) {
        self.learned.settle();
        self.derive();
    }

    fn derive(&mut self) {
        self.derived = Derived::new(&self.learned);
        self.stale = false;
    }

    /// One row a window; `learned` takes each window's own part out of the counts.
    pub fn transform(&mut self, windows: Windows<'_>, learned: bool) -> Result<Rows, Error> {
        windows.check()?;
        if self.stale {
            self.derive();
        }
        let mut rows = Rows { columns: self.settings.columns as u32, row_ptr: vec![0], ..Rows::default() };
        for window in windows.iter() {
            self.bag.fill(window);
            let view = View { learned: &self.learned, derived: &self.derived, own: u32::from(learned) };
            let mut row = columns::row(view, &self.bag, self.settings.buckets());
            self.settings.without.clear(&mut row);
            for (column, value) in (0..).zip(row).filter(|(_, value)| *value != 0.0) {
                rows.idx.push(column);
                rows.val.push(value);
            }
            rows.row_ptr.push(rows.idx.len() as u32);
        }
        Ok(rows)
    }

    /// Name and summary of each column.
    pub fn columns(&self) -> Vec<(String, String)> {
        let figures = FIGURES.iter().map(|(name, _, summary)| ((*name).to_owned(), (*summary).to_owned()));
        let buckets = (0..self.settings.buckets())
            .map(|b| (format!("tf_idf_{b:03}"), format!("TF-IDF of the terms that fall into bucket {b}")));
        figures.chain(buckets).collect()
    }

    /// Why the one window is strange, given a weight for each column.
    pub fn explain(&mut self, windows: Windows<'_>, weights: &[f32], limit: u32) -> Result<Vec<Term>, Error> {
        windows.check()?;
        let mut all = windows.iter();
        let (Some(window), None) = (all.next(), all.next()) else {
            return Err(Error::input(format!("{} windows came; explain takes one", windows.len())));
        };
        if weights.len() != self.settings.columns || weights.iter().any(|w| !w.is_finite() || *w < 0.0) {
            return Err(Error::input(format!(
                "{} weights came; explain takes {}, none of them negative",
                weights.len(),
                self.settings.columns
            )));
        }
        if self.stale {
            self.derive();
        }
        self.bag.fill(window);
        let view = View { learned: &self.learned, derived: &self.derived, own: 0 };
        Ok(explain::explain(view, &self.bag, window, weights, limit as usize))
    }

    /// Figures for people.
    pub fn stats(&self) -> Vec<(String, f64)> {
        let l = &self.learned;
        let figures = [
            ("windows", f64::from(l.windows)),
            ("lines", l.lines as f64),
            ("templates", l.templates.len() as f64),
            ("templates_usual", self.derived.usual.len() as f64),
            ("tokens", l.tokens.len() as f64),
            ("successions", l.successions.len() as f64),
        ];
        figures.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}
