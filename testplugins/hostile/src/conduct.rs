//! How a test component behaves, and from which call on. Shared by the hostile components of all slots.

use std::cell::{Cell, RefCell};
use std::hint::black_box;

/// The settings of all hostile components: key, default, summary.
pub(crate) const SETTINGS: [(&str, &str, &str); 3] = [
    ("misbehave", "none", "What to do instead of the right thing"),
    (
        "after",
        "0",
        "How many calls an instance answers well before it misbehaves; calls that learn, transform, score and decide count",
    ),
    ("above", "0", "Detectors: what is asked about rows of which none adds up to more than this is answered well"),
];

/// Bytes that a leak loses, and a state grows, in each call.
pub(crate) const GROWTH_BYTES: usize = 64 << 10;

/// Ways that need no slot: `Conduct::work` does these itself.
const ENDS: [&str; 6] = ["trap", "loop", "memory", "stack", "frames", "slow"];

/// What one instance does, and when.
pub(crate) struct Conduct {
    misbehave: String,
    after: u32,
    calls: Cell<u32>,
    leaked: RefCell<Vec<Vec<u8>>>,
}

impl Conduct {
    pub(crate) fn new(settings: &[(String, String)]) -> Self {
        let after = value(settings, "after").and_then(|after| after.parse().ok()).unwrap_or(0);
        Self { misbehave: misbehaviour(settings), after, calls: Cell::new(0), leaked: RefCell::default() }
    }

    /// Calls that were counted.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.get()
    }

    /// Whether it misbehaves in this way by now.
    pub(crate) fn is(&self, misbehave: &str) -> bool {
        self.misbehave == misbehave && self.calls.get() >= self.after
    }

    /// Counts a call and tells how to misbehave in it; what needs no slot is done here.
    pub(crate) fn work(&self) -> &str {
        let good = self.calls.get() < self.after;
        self.calls.set(self.calls.get() + 1);
        if good {
            return "none";
        }
        match &self.misbehave[..] {
            "trap" => panic!("no score\nfor you"),
            "loop" => endless(),
            "memory" => fill_memory(),
            "stack" => drop(black_box(recurse(1))),
            "frames" => drop(black_box(recurse_framed(1))),
            "slow" => spin(),
            "leak" => self.leaked.borrow_mut().push(black_box(vec![1; GROWTH_BYTES])),
            _ => {}
        }
        &self.misbehave
    }
}

/// What is wrong with settings; `ways` are those of the slot.
pub(crate) fn faults(settings: &[(String, String)], ways: &[&str]) -> Vec<String> {
    if misbehaviour(settings) == "validate-loop" {
        endless();
    }
    let fault = |(key, value): &(String, String)| match &key[..] {
        "misbehave" if ["none", "leak"].iter().chain(&ENDS).chain(ways).any(|way| way == value) => None,
        "misbehave" => Some(format!("there is no way to misbehave called {value}")),
        "after" if value.parse::<u32>().is_ok() => None,
        "above" if value.parse::<f32>().is_ok() => None,
        "above" => Some(format!("above is '{value}'; a number is allowed")),
        "after" => Some(format!("after is '{value}'; a number of calls is allowed")),
        _ => Some(format!("there is no setting {key}\n")),
    };
    settings.iter().filter_map(fault).collect()
}

fn misbehaviour(settings: &[(String, String)]) -> String {
    value(settings, "misbehave").unwrap_or("none").to_owned()
}

fn value<'a>(settings: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    settings.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str())
}

pub(crate) fn endless() {
    let mut number = 0_u32;
    while black_box(number) != u32::MAX || black_box(true) {
        number = number.wrapping_add(1);
    }
}

/// Some hundredths of a second.
fn spin() {
    for number in 0..40_000_000_u32 {
        black_box(number);
    }
}

fn fill_memory() {
    let mut held = Vec::new();
    loop {
        held.push(black_box(vec![1_u8; 1 << 20]));
    }
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
pub(crate) fn false_length() -> Vec<f32> {
    let length = usize::MAX / 8;
    // SAFETY: none; this is a lie, told to see whether the host believes it.
    unsafe { Vec::from_raw_parts(std::ptr::without_provenance_mut(1 << 10), length, length) }
}
