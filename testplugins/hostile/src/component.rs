//! The model and its ways to misbehave.

use std::cell::Cell;
use std::hint::black_box;

use exports::foghorn::plugin::detector::{self, GuestModel};
use exports::foghorn::plugin::lifecycle;
use foghorn::plugin::host;
use foghorn::plugin::types::{Error, Pairs, Rows};

use crate::conduct::{self, Conduct, GROWTH_BYTES, SETTINGS, false_length};

wit_bindgen::generate!({ path: "../../wit", world: "detector-plugin" });

struct Component;

export!(Component);

/// Ways to misbehave that are this slot's own.
const WAYS: [&str; 29] = [
    "accept-any",
    "alias-list",
    "chatty",
    "constant",
    "divide",
    "empty-trap",
    "explain-trap",
    "forgetful",
    "grow",
    "huge-state",
    "huge-trap",
    "liar-list",
    "load-trap",
    "long",
    "memory-shy",
    "nan",
    "negative",
    "negative-weight",
    "nondeterministic",
    "nondeterministic-weight",
    "refuse",
    "refuse-own",
    "short",
    "state-drift",
    "stats-nan",
    "train-parts",
    "train-trap",
    "validate-loop",
    "wide-trap",
];

const STATE: &[u8] = b"state";

/// A value above this is huge.
const HUGE: f32 = 1e30;

struct Model {
    conduct: Conduct,
    /// Written behind the state by ways that concern it.
    above: f32,
    written: Vec<u8>,
    explained: Cell<u32>,
}

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "hostile".into(),
            plugin_version: "0.1.0".into(),
            summary: "Breaks its contract".into(),
            state_format: 7,
            reads_state: vec![6, 7],
            extra: vec![("parts".into(), "4".into())],
        }
    }

    fn settings_schema() -> Vec<lifecycle::Setting> {
        let setting = |(key, default, summary): (&str, &str, &str)| lifecycle::Setting {
            key: key.into(),
            summary: summary.into(),
            default: default.into(),
        };
        SETTINGS.map(setting).into()
    }

    fn validate_settings(settings: Pairs) -> Vec<Error> {
        let error = |message| Error { code: 1, message };
        conduct::faults(&settings, &WAYS).into_iter().map(error).collect()
    }
}

impl detector::Guest for Component {
    type Model = Model;
}

impl Model {
    fn new(settings: &Pairs) -> Self {
        std::panic::set_hook(Box::new(|info| host::log(0, &info.to_string())));
        Self { conduct: Conduct::new(settings), above: above(settings), written: Vec::new(), explained: Cell::new(0) }
    }

    /// A model that writes `written` behind its state where it misbehaves in that way.
    fn writing(settings: &Pairs, misbehave: &str, written: Vec<u8>) -> Self {
        let model = Self::new(settings);
        let written = if model.conduct.is(misbehave) { written } else { Vec::new() };
        Self { written, ..model }
    }
}

impl GuestModel for Model {
    fn train(settings: Pairs, rows: Rows, _: u64, part: u32, parts: u32) -> Result<detector::Model, Error> {
        assert!(part < parts, "part {part} of {parts}");
        let model = Self::new(&settings);
        if rows.row_ptr.len() < 2 {
            return Err(Error { code: 3, message: "no row to learn from".into() });
        }
        if model.conduct.is("train-trap") && part + 1 == parts {
            panic!("part {part} is lost");
        }
        Ok(detector::Model::new(model))
    }

    fn merge(settings: Pairs, format: u32, states: Vec<Vec<u8>>) -> Result<detector::Model, Error> {
        assert!(format == 7 && states.iter().all(|state| state.starts_with(STATE)));
        Ok(detector::Model::new(Self::writing(&settings, "train-parts", vec![states.len() as u8])))
    }

    fn load(settings: Pairs, _: u32, state: Vec<u8>) -> Result<detector::Model, Error> {
        let model = Self::new(&settings);
        let (own, conduct) = (state.starts_with(STATE), &model.conduct);
        assert!(own || !conduct.is("load-trap"), "what is this?");
        let odd = ["grow", "state-drift", "train-parts"].iter().any(|way| conduct.is(way));
        let own = own && (odd || state == STATE);
        if own != conduct.is("refuse-own") || conduct.is("accept-any") {
            return Ok(detector::Model::new(Self {
                written: state.get(STATE.len()..).unwrap_or(&[]).to_vec(),
                ..model
            }));
        }
        Err(Error { code: 2, message: format!("a state of {} bytes is not mine", state.len()) })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(match &self.conduct {
            conduct if conduct.is("huge-state") => vec![0; 40 << 20],
            conduct if conduct.is("grow") => [STATE, &vec![1; GROWTH_BYTES * conduct.calls() as usize]].concat(),
            conduct if conduct.is("state-drift") => [STATE, &conduct.calls().to_le_bytes()].concat(),
            _ => [STATE, &self.written].concat(),
        })
    }

    fn score(&self, rows: Rows) -> Result<Vec<f32>, Error> {
        let count = rows.row_ptr.len() - 1;
        let calls = self.conduct.calls();
        let mut scores: Vec<f32> =
            rows.row_ptr.windows(2).map(|ends| sum(&rows.val[ends[0] as usize..ends[1] as usize])).collect();
        if self.above > 0.0 && scores.iter().all(|&score| score <= self.above) {
            return Ok(scores);
        }
        match self.conduct.work() {
            "memory-shy" => assert!(refused_memory(), "all memory was given"),
            "divide" => scores[0] = (7 / black_box(0_u32)) as f32,
            "nan" => scores[count - 1] = f32::NAN,
            "negative" => scores[0] = -1.0,
            "short" => drop(scores.pop()),
            "long" => scores.push(0.0),
            "nondeterministic" => scores[0] += 1.0 + calls as f32,
            "forgetful" => scores[0] += if count > 1 { 1.0 } else { 0.0 },
            "constant" => scores.fill(1.0),
            "empty-trap" => assert!(count > 0, "there is always a row"),
            "huge-trap" => assert!(rows.val.iter().all(|value| value.abs() < HUGE), "values are never so huge"),
            "wide-trap" => assert!(rows.columns == 16 || rows.columns == 48, "rows are never so wide"),
            "liar-list" => scores = false_length(),
            "refuse" => return Err(Error { code: 4, message: "not \u{1b}[31mtoday".into() }),
            "chatty" => (0..1_000).for_each(|_| host::log(2, &"x".repeat(8 << 10))),
            _ => {}
        }
        Ok(scores)
    }

    fn explain(&self, rows: Rows) -> Result<Vec<f32>, Error> {
        let columns = rows.columns as usize;
        self.explained.set(self.explained.get() + 1);
        assert!(!self.conduct.is("explain-trap"), "there is no explanation");
        let weight = match &self.conduct {
            conduct if conduct.is("negative-weight") => -1.0,
            conduct if conduct.is("nondeterministic-weight") => self.explained.get() as f32,
            _ => 0.5,
        };
        Ok(vec![weight; columns])
    }

    fn stats(&self) -> Vec<(String, f64)> {
        match &self.conduct {
            conduct if conduct.is("alias-list") => aliases(),
            conduct if conduct.is("stats-nan") => vec![("calls".into(), f64::NAN)],
            conduct => vec![("calls".into(), f64::from(conduct.calls()))],
        }
    }
}

fn above(settings: &Pairs) -> f32 {
    let written = settings.iter().find(|(key, _)| key == "above");
    written.and_then(|(_, value)| value.parse().ok()).unwrap_or(0.0)
}

/// A sum that stays what a score may be.
fn sum(values: &[f32]) -> f32 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>().clamp(0.0, f64::from(f32::MAX)) as f32
}

/// Asks for memory until it is refused, and bears it.
fn refused_memory() -> bool {
    let mut held: Vec<Vec<u8>> = Vec::new();
    (0..10_000).any(|_| {
        let mut more = Vec::new();
        let refused = more.try_reserve_exact(1 << 20).is_err();
        held.push(more);
        refused
    })
}

/// 100,000 names that are all the same megabyte.
fn aliases() -> Vec<(String, f64)> {
    let text = "x".repeat(1 << 20).leak();
    let alias = |_| {
        // SAFETY: none; one buffer is handed out many times, to see whether the host copies it as often.
        let name = unsafe { String::from_raw_parts(text.as_mut_ptr(), text.len(), text.len()) };
        (name, 0.0)
    };
    (0..100_000).map(alias).collect()
}
