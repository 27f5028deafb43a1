//! The model and its ways to misbehave.

use std::cell::Cell;
use std::hint::black_box;

use exports::foghorn::plugin::detector::{self, GuestModel};
use exports::foghorn::plugin::lifecycle;
use foghorn::plugin::host;
use foghorn::plugin::types::{Error, Pairs, Rows};

wit_bindgen::generate!({ path: "../../wit", world: "detector-plugin" });

struct Component;

export!(Component);

/// What is done instead of the right thing.
struct Model {
    misbehave: String,
    calls: Cell<u32>,
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
        vec![lifecycle::Setting {
            key: "misbehave".into(),
            summary: "What to do instead of the right thing".into(),
            default: "none".into(),
        }]
    }

    fn validate_settings(settings: Pairs) -> Vec<Error> {
        if misbehaviour(&settings) == "validate-loop" {
            endless();
        }
        let unknown = settings.iter().filter(|(key, _)| key != "misbehave");
        unknown.map(|(key, _)| Error { code: 1, message: format!("there is no setting {key}\n") }).collect()
    }
}

impl detector::Guest for Component {
    type Model = Model;
}

impl Model {
    fn new(settings: &Pairs) -> Self {
        std::panic::set_hook(Box::new(|info| host::log(0, &info.to_string())));
        Self { misbehave: misbehaviour(settings), calls: Cell::new(0) }
    }

    fn is(&self, misbehave: &str) -> bool {
        self.misbehave == misbehave
    }
}

impl GuestModel for Model {
    fn train(settings: Pairs, rows: Rows, _: u64, part: u32, parts: u32) -> Result<detector::Model, Error> {
        assert!(part < parts, "part {part} of {parts}");
        let model = Self::new(&settings);
        if rows.row_ptr.len() < 2 {
            return Err(Error { code: 3, message: "no row to learn from".into() });
        }
        if model.is("train-trap") && part + 1 == parts {
            panic!("part {part} is lost");
        }
        Ok(detector::Model::new(model))
    }

    fn merge(settings: Pairs, format: u32, states: Vec<Vec<u8>>) -> Result<detector::Model, Error> {
        assert!(format == 7 && states.iter().all(|state| state == b"state"));
        Ok(detector::Model::new(Self::new(&settings)))
    }

    fn load(settings: Pairs, _: u32, state: Vec<u8>) -> Result<detector::Model, Error> {
        match &state[..] {
            b"state" => Ok(detector::Model::new(Self::new(&settings))),
            _ => Err(Error { code: 2, message: format!("a state of {} bytes is not mine", state.len()) }),
        }
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok(if self.is("huge-state") { vec![0; 40 << 20] } else { b"state".to_vec() })
    }

    fn score(&self, rows: Rows) -> Result<Vec<f32>, Error> {
        self.calls.set(self.calls.get() + 1);
        let count = rows.row_ptr.len() - 1;
        let mut scores: Vec<f32> =
            rows.row_ptr.windows(2).map(|ends| rows.val[ends[0] as usize..ends[1] as usize].iter().sum()).collect();
        match &self.misbehave[..] {
            "trap" => panic!("no score\nfor you"),
            "loop" => endless(),
            "memory" => fill_memory(),
            "memory-shy" => assert!(refused_memory(), "all memory was given"),
            "stack" => scores[0] = recurse(1) as f32,
            "frames" => scores[0] = recurse_framed(1) as f32,
            "divide" => scores[0] = (7 / black_box(self.calls.get() - 1)) as f32,
            "nan" => scores[count - 1] = f32::NAN,
            "negative" => scores[0] = -1.0,
            "short" => drop(scores.pop()),
            "long" => scores.push(0.0),
            "nondeterministic" => scores[0] += self.calls.get() as f32,
            "forgetful" => scores[0] += if count > 1 { 1.0 } else { 0.0 },
            "liar-list" => scores = false_length(),
            "refuse" => return Err(Error { code: 4, message: "not \u{1b}[31mtoday".into() }),
            "chatty" => (0..1_000).for_each(|_| host::log(2, &"x".repeat(8 << 10))),
            _ => {}
        }
        Ok(scores)
    }

    fn explain(&self, rows: Rows) -> Result<Vec<f32>, Error> {
        let columns = rows.columns as usize;
        Ok(vec![if self.is("negative-weight") { -1.0 } else { 0.5 }; columns])
    }

    fn stats(&self) -> Vec<(String, f64)> {
        if self.is("alias-list") { aliases() } else { vec![("calls".into(), f64::from(self.calls.get()))] }
    }
}

fn misbehaviour(settings: &Pairs) -> String {
    settings.iter().find(|(key, _)| key == "misbehave").map_or("none".into(), |(_, value)| value.clone())
}

fn endless() {
    let mut number = 0_u32;
    while black_box(number) != u32::MAX || black_box(true) {
        number = number.wrapping_add(1);
    }
}

fn fill_memory() {
    let mut held = Vec::new();
    loop {
        held.push(black_box(vec![1_u8; 1 << 20]));
    }
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

/// Endless recursion on the machine's stack.
#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth) + 1)) + depth
}

/// Endless recursion on the stack in linear memory.
#[allow(unconditional_recursion)]
fn recurse_framed(depth: u64) -> u64 {
    let mut frame = [depth; 4_096];
    black_box(&mut frame);
    black_box(recurse_framed(frame[17] + 1)) + frame[23]
}

/// A list that claims a length that no memory holds.
fn false_length() -> Vec<f32> {
    let length = usize::MAX / 8;
    // SAFETY: none; this is a lie, told to see whether the host believes it.
    unsafe { Vec::from_raw_parts(std::ptr::without_provenance_mut(1 << 10), length, length) }
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
