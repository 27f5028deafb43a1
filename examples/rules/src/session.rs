//! Windows as rates of the rules' matches.

use foghorn_guest::{Error, Format, Rows, Window, Windows};

use crate::Settings;
use crate::rule::{ALL, Rule};

/// Format number of the bytes that `save` writes.
pub const FORMAT: u32 = 1;

const STATE: Format = Format { magic: *b"FGHRULES", number: FORMAT, reader: "these rules read", remedy: "train again" };

/// Shorter windows count as so long, seconds: a window that was full at once says little about a minute.
const SECONDS_MIN: f64 = 1.0;
const NAME_BYTES_MAX: usize = 32;

/// One container's vectorizer: what it learns is only told to people, the rows depend on nothing but the rules.
#[derive(Debug, Clone)]
pub struct Session {
    rules: Vec<Rule>,
    windows: u64,
    lines: u64,
    /// In how many learned windows each rule matched.
    seen: Vec<u64>,
}

/// A rule that made a window strange.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub text: String,
    pub id: u64,
    pub lines: Vec<u32>,
    pub seen: u64,
    pub weight: f32,
}

impl Session {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let seen = vec![0; settings.rules.len()];
        Self { rules: settings.rules, windows: 0, lines: 0, seen }
    }

    /// # Errors
    /// Code 4 for windows that break the contract.
    pub fn learn(&mut self, windows: &Windows) -> Result<(), Error> {
        for window in windows.check()?.iter() {
            self.windows += 1;
            self.lines += window.lines().len() as u64;
            let matched: Vec<bool> = self.matches(window).iter().map(|lines| !lines.is_empty()).collect();
            for (seen, matched) in self.seen.iter_mut().zip(matched) {
                *seen += u64::from(matched);
            }
        }
        Ok(())
    }

    /// One row a window: lines a minute that match each rule, then all lines a minute.
    ///
    /// # Errors
    /// Code 4 for windows that break the contract.
    pub fn transform(&self, windows: &Windows) -> Result<Rows, Error> {
        let mut rows = Rows::new(self.columns().len() as u32);
        for window in windows.check()?.iter() {
            let minutes = window.seconds().max(SECONDS_MIN) / 60.0;
            let counts = self.matches(window).into_iter().map(|lines| lines.len());
            let counts = counts.chain([window.lines().len()]);
            rows.push_dense(&counts.map(|count| (count as f64 / minutes) as f32).collect::<Vec<_>>())?;
        }
        Ok(rows)
    }

    /// The lines of the window that match each rule.
    fn matches(&self, window: Window<'_>) -> Vec<Vec<u32>> {
        let mut matches = vec![Vec::new(); self.rules.len()];
        for (number, line) in (0..).zip(window.lines()) {
            let text = String::from_utf8_lossy(line.text);
            for (lines, rule) in matches.iter_mut().zip(&self.rules) {
                if rule.expression.is_match(&text) {
                    lines.push(number);
                }
            }
        }
        matches
    }

    /// Name and summary of each column.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, String)> {
        let column =
            |rule: &Rule| (rule.name.clone(), format!("Lines a minute that match {}", rule.expression.as_str()));
        let all = (ALL.to_owned(), "Lines a minute".to_owned());
        self.rules.iter().map(column).chain([all]).collect()
    }

    /// The rules whose columns did something, each with the lines that match it, the heaviest first.
    ///
    /// # Errors
    /// Code 4 for anything but one window and one finite weight a column.
    pub fn explain(&self, windows: &Windows, weights: &[f32], limit: u32) -> Result<Vec<Term>, Error> {
        let window = windows.check()?.only()?;
        let columns = self.rules.len() + 1;
        if weights.len() != columns || weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
            return Err(Error::input(format!("there are {} weights; allowed are {columns}, 0 or more", weights.len())));
        }
        let all: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let mut terms: Vec<Term> = Vec::new();
        for (((rule, lines), seen), weight) in self.rules.iter().zip(self.matches(window)).zip(&self.seen).zip(weights)
        {
            if *weight > 0.0 {
                let weight = (f64::from(*weight) / all) as f32;
                let text = format!("{}: {}", rule.name, rule.expression.as_str());
                terms.push(Term { text, id: rule.id(), lines, seen: *seen, weight });
            }
        }
        terms.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        terms.truncate(limit as usize);
        Ok(terms)
    }

    /// How many windows were learned.
    #[must_use]
    pub fn windows(&self) -> u64 {
        self.windows
    }

    /// Figures for people.
    #[must_use]
    pub fn stats(&self) -> Vec<(String, f64)> {
        let own = [("windows".to_owned(), self.windows as f64), ("lines".to_owned(), self.lines as f64)];
        let seen = self.rules.iter().zip(&self.seen).map(|(rule, seen)| (format!("seen_{}", rule.name), *seen as f64));
        own.into_iter().chain(seen).collect()
    }

    /// All that was learned, as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.u64(self.windows);
        out.u64(self.lines);
        out.u32(self.rules.len() as u32);
        for (rule, seen) in self.rules.iter().zip(&self.seen) {
            out.text(&rule.name);
            out.u64(rule.id());
            out.u64(*seen);
        }
        out.finish()
    }

    /// A session from what `save` wrote with the same rules.
    ///
    /// # Errors
    /// Code 2 for bytes that cannot be a session, and for other rules: the columns would be others.
    pub fn load(settings: Settings, format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut session = Self::new(settings);
        let mut bytes = STATE.read(format, state)?;
        (session.windows, session.lines) = (bytes.u64()?, bytes.u64()?);
        let rules = bytes.u32()? as usize;
        if rules != session.rules.len() {
            let now = session.rules.len();
            return Err(Error::state(format!(
                "the state was made with {rules} rules, the settings have {now}; train again"
            )));
        }
        for (rule, seen) in session.rules.iter().zip(&mut session.seen) {
            let name = bytes.text(NAME_BYTES_MAX)?;
            if bytes.u64()? != rule.id() {
                return Err(Error::state(format!("rule {} is not the {name} of the state; train again", rule.name)));
            }
            *seen = bytes.u64()?;
            if *seen > session.windows {
                return Err(bytes.damaged(format!("{name} was seen in {seen} of {} windows", session.windows)));
            }
        }
        bytes.end()?;
        Ok(session)
    }
}
