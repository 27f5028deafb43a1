//! The gate and its ways to misbehave.

use std::cell::{Cell, RefCell};

use exports::foghorn::plugin::lifecycle;
use exports::foghorn::plugin::thresholds::{self, Decisions, GuestGate};
use foghorn::plugin::host;
use foghorn::plugin::types::{Error, Pairs};

use crate::conduct::{self, Conduct, GROWTH_BYTES, SETTINGS, false_length};

wit_bindgen::generate!({ path: "../../wit", world: "thresholds-plugin" });

struct Component;

export!(Component);

/// Ways to misbehave that are this slot's own.
const WAYS: [&str; 26] = [
    "accept-any",
    "alarm-all",
    "alarm-none",
    "below",
    "calibrate-trap",
    "chatty",
    "empty-trap",
    "forgetful",
    "grow",
    "huge-answer",
    "huge-state",
    "infinite",
    "liar-list",
    "load-trap",
    "long",
    "nan",
    "nondeterministic",
    "refuse",
    "refuse-own",
    "severity",
    "short",
    "split",
    "state-drift",
    "time-trap",
    "zero",
    "zero-trap",
];

const FORMAT: u32 = 1;
const MARK: &[u8; 8] = b"HOSTGAT1";

/// How far above the mean a threshold is.
const ABOVE: f64 = 2.0;

struct Gate {
    conduct: Conduct,
    saved: Cell<u32>,
    seen: RefCell<Seen>,
}

/// What was usual.
#[derive(Clone, Default)]
struct Seen {
    sum: f64,
    count: u64,
    /// Written behind the rest, by ways that concern the state.
    more: Vec<u8>,
}

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "hostile-thresholds".into(),
            plugin_version: "0.1.0".into(),
            summary: "Breaks its contract".into(),
            state_format: FORMAT,
            reads_state: vec![FORMAT],
            extra: Vec::new(),
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

impl thresholds::Guest for Component {
    type Gate = Gate;
}

impl Gate {
    fn new(settings: &Pairs, seen: Seen) -> Self {
        std::panic::set_hook(Box::new(|info| host::log(0, &info.to_string())));
        Self { conduct: Conduct::new(settings), saved: Cell::new(0), seen: RefCell::new(seen) }
    }

    /// The threshold that holds for a score, and its severity; what is usual is learned.
    fn decide_one(&self, way: &str, score: f32) -> (f32, u8) {
        let mut seen = self.seen.borrow_mut();
        let threshold = seen.threshold();
        if way == "alarm-all" {
            return if score > 0.0 { (score, 2) } else { (threshold, 0) };
        }
        if score >= threshold && way != "alarm-none" {
            return (threshold, if score >= 2.0 * threshold { 3 } else { 2 });
        }
        seen.add(score);
        (threshold, 0)
    }
}

impl GuestGate for Gate {
    fn open(settings: Pairs) -> Result<thresholds::Gate, Error> {
        Ok(thresholds::Gate::new(Self::new(&settings, Seen::default())))
    }

    fn load(settings: Pairs, _: u32, state: Vec<u8>) -> Result<thresholds::Gate, Error> {
        let gate = Self::new(&settings, Seen::default());
        let odd = ["grow", "state-drift", "split"].iter().any(|way| gate.conduct.is(way));
        let read = Seen::read(&state, odd);
        assert!(read.is_some() || !gate.conduct.is("load-trap"), "what is this?");
        let read = if gate.conduct.is("accept-any") { Some(read.unwrap_or_default()) } else { read };
        match read.filter(|_| !gate.conduct.is("refuse-own")) {
            Some(seen) => Ok(thresholds::Gate::new(Self { seen: RefCell::new(seen), ..gate })),
            None => Err(Error { code: 2, message: format!("a state of {} bytes is not mine", state.len()) }),
        }
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        self.saved.set(self.saved.get() + 1);
        let mut seen = self.seen.borrow().clone();
        match &self.conduct {
            conduct if conduct.is("huge-state") => return Ok(vec![0; 40 << 20]),
            conduct if conduct.is("state-drift") => seen.more = self.saved.get().to_le_bytes().into(),
            _ => {}
        }
        Ok(seen.write())
    }

    fn calibrate(&self, scores: Vec<f32>) -> Result<(), Error> {
        assert!(!self.conduct.is("calibrate-trap"), "no level for you");
        if !scores.is_empty() {
            let mut seen = self.seen.borrow_mut();
            (seen.sum, seen.count) = (0.0, 0);
            scores.iter().for_each(|&score| seen.add(score));
        }
        Ok(())
    }

    fn decide(&self, scores: Vec<f32>, times: Vec<u64>) -> Result<Decisions, Error> {
        let calls = self.conduct.calls();
        let way = self.conduct.work();
        let (mut thresholds, mut severities): (Vec<f32>, Vec<u8>) =
            scores.iter().map(|&score| self.decide_one(way, score)).unzip();
        let (first, severity) = (thresholds.first_mut(), severities.first_mut());
        match way {
            "nan" => first.into_iter().for_each(|threshold| *threshold = f32::NAN),
            "infinite" => first.into_iter().for_each(|threshold| *threshold = f32::INFINITY),
            "zero" => first.into_iter().for_each(|threshold| *threshold = 0.0),
            "severity" => severity.into_iter().for_each(|severity| *severity = 9),
            "below" => {
                thresholds.fill(f32::MAX);
                severities.fill(1);
            }
            "nondeterministic" => first.into_iter().for_each(|threshold| *threshold += 1.0 + calls as f32),
            "forgetful" => *self.seen.borrow_mut() = Seen::default(),
            "split" => self.seen.borrow_mut().more = calls.to_le_bytes().into(),
            "short" => drop(thresholds.pop()),
            "long" => severities.push(0),
            "grow" => self.seen.borrow_mut().more.extend([1; GROWTH_BYTES]),
            "liar-list" => thresholds = false_length(),
            "huge-answer" => thresholds.resize(6 << 20, 1.0),
            "refuse" => return Err(Error { code: 4, message: "not \u{1b}[31mtoday".into() }),
            "chatty" => (0..1_000).for_each(|_| host::log(2, &"x".repeat(8 << 10))),
            "empty-trap" => assert!(!scores.is_empty(), "there is always a score"),
            "time-trap" => assert!(times.is_sorted(), "time went backwards"),
            "zero-trap" => assert!(!scores.contains(&0.0), "nothing is ever so usual"),
            _ => {}
        }
        Ok(Decisions { thresholds, severities })
    }
}

impl Seen {
    fn add(&mut self, score: f32) {
        self.sum += f64::from(score);
        self.count += 1;
    }

    /// High while nothing is known.
    fn threshold(&self) -> f32 {
        if self.count == 0 {
            return f32::MAX;
        }
        let threshold = ABOVE * self.sum / self.count as f64;
        threshold.clamp(f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX)) as f32
    }

    fn write(&self) -> Vec<u8> {
        [MARK, &self.sum.to_le_bytes()[..], &self.count.to_le_bytes(), &self.more].concat()
    }

    /// `more`: whether anything may stand behind the rest.
    fn read(state: &[u8], more: bool) -> Option<Self> {
        let (sum, rest) = state.strip_prefix(MARK)?.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (sum, count) = (f64::from_le_bytes(*sum), u64::from_le_bytes(*count));
        let sound = sum.is_finite() && sum >= 0.0;
        (sound && (more || rest.is_empty())).then(|| Self { sum, count, more: rest.to_vec() })
    }
}
