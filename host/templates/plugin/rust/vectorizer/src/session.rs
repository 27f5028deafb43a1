//! What lines usually say, as the set of their words, and windows as four numbers.

use std::collections::{BTreeMap, BTreeSet};

use foghorn_guest::{Error, Format, Rows, Window, Windows};

use crate::words::{id, is_trouble, words};

/// Format number of the bytes that `save` writes. Raise it when they change.
pub const FORMAT: u32 = 1;

const STATE: Format =
    Format { magic: *b"MYPLUGIN", number: FORMAT, reader: "this vectorizer reads", remedy: "train again" };

/// Words that are remembered; further ones stay unknown.
const KNOWN_MAX: usize = 65_536;

/// Name and summary of each column.
pub const COLUMNS: [(&str, &str); 4] = [
    ("lines", "Logarithm of the number of lines"),
    ("unknown", "Share of lines with a word that was never seen"),
    ("trouble", "Share of lines with a word of trouble"),
    ("stderr", "Share of lines written to stderr"),
];
const UNKNOWN: usize = 1;

/// One container's vectorizer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    windows: u64,
    /// In how many learned windows each word stood.
    known: BTreeMap<u64, u32>,
}

/// A word that made a window strange.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub text: String,
    pub id: u64,
    pub lines: Vec<u32>,
    pub seen: u64,
    pub of: u64,
    pub weight: f32,
}

impl Session {
    /// # Errors
    /// Code 4 for windows that break the contract.
    pub fn learn(&mut self, windows: &Windows) -> Result<(), Error> {
        for window in windows.check()?.iter() {
            self.windows += 1;
            let found: BTreeSet<u64> = window.lines().flat_map(|line| words(line.text)).map(|word| id(&word)).collect();
            for word in found {
                if self.known.len() < KNOWN_MAX || self.known.contains_key(&word) {
                    let seen = self.known.entry(word).or_insert(0);
                    *seen = seen.saturating_add(1);
                }
            }
        }
        Ok(())
    }

    /// One row a window. Learned windows are seen as live ones are: without their own part.
    ///
    /// # Errors
    /// Code 4 for windows that break the contract.
    pub fn transform(&self, windows: &Windows, learned: bool) -> Result<Rows, Error> {
        let mut rows = Rows::new(COLUMNS.len() as u32);
        for window in windows.check()?.iter() {
            rows.push_dense(&self.row(window, learned))?;
        }
        Ok(rows)
    }

    fn row(&self, window: Window<'_>, learned: bool) -> [f32; 4] {
        let lines = window.lines().len() as f32;
        let [mut unknown, mut trouble, mut stderr] = [0.0; 3];
        for line in window.lines() {
            unknown += f32::from(u8::from(words(line.text).any(|word| self.seen(&word, learned) == 0)));
            trouble += f32::from(u8::from(is_trouble(line.text)));
            stderr += f32::from(u8::from(line.is_stderr));
        }
        [lines.ln_1p(), unknown / lines, trouble / lines, stderr / lines]
    }

    fn seen(&self, word: &str, learned: bool) -> u32 {
        let seen = self.known.get(&id(word)).copied().unwrap_or(0);
        seen.saturating_sub(u32::from(learned))
    }

    /// The words of the one window that were never seen, if that column did something; otherwise nothing is said, and the
    /// host takes lines out one by one to find the reason.
    ///
    /// # Errors
    /// Code 4 for anything but one window and one weight a column.
    pub fn explain(&self, windows: &Windows, weights: &[f32], limit: u32) -> Result<Vec<Term>, Error> {
        let window = windows.check()?.only()?;
        if weights.len() != COLUMNS.len() {
            return Err(Error::input(format!("there are {} weights for {} columns", weights.len(), COLUMNS.len())));
        }
        let all: f32 = weights.iter().sum();
        let share = if all > 0.0 { weights[UNKNOWN] / all } else { 0.0 };
        let mut terms: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (number, line) in (0..).zip(window.lines()) {
            for word in words(line.text).filter(|word| self.seen(word, false) == 0) {
                let lines = terms.entry(word).or_default();
                if lines.last() != Some(&number) {
                    lines.push(number);
                }
            }
        }
        let weight = share / terms.len().max(1) as f32;
        let term =
            |(text, lines): (String, Vec<u32>)| Term { id: id(&text), text, lines, seen: 0, of: self.windows, weight };
        Ok(terms.into_iter().map(term).take(limit as usize).collect())
    }

    /// Figures for people.
    pub fn stats(&self) -> Vec<(String, f64)> {
        vec![("windows".to_owned(), self.windows as f64), ("tokens".to_owned(), self.known.len() as f64)]
    }

    /// All that was learned, as bytes.
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.u64(self.windows);
        out.u32(self.known.len() as u32);
        for (word, seen) in &self.known {
            out.u64(*word);
            out.u32(*seen);
        }
        out.finish()
    }

    /// A session from what `save` wrote.
    ///
    /// # Errors
    /// Code 2 for bytes that cannot be a session.
    pub fn load(format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut bytes = STATE.read(format, state)?;
        let mut session = Self { windows: bytes.u64()?, known: BTreeMap::new() };
        for _ in 0..bytes.count(KNOWN_MAX)? {
            session.known.insert(bytes.u64()?, bytes.u32()?);
        }
        bytes.end()?;
        Ok(session)
    }
}
