//! The session and its ways to misbehave.

use std::cell::{Cell, RefCell};

use exports::foghorn::plugin::lifecycle;
use exports::foghorn::plugin::vectorizer::{self, Column, GuestSession, Term};
use foghorn::plugin::host;
use foghorn::plugin::types::{Error, Pairs, Rows, Windows};

use crate::conduct::{self, Conduct, GROWTH_BYTES, SETTINGS, false_length};

wit_bindgen::generate!({ path: "../../wit", world: "vectorizer-plugin" });

struct Component;

export!(Component);

/// Ways to misbehave that are this slot's own.
const WAYS: [&str; 28] = [
    "accept-any",
    "blind",
    "chatty",
    "columns-twice",
    "explain-line",
    "explain-nan",
    "explain-weight",
    "forgetful",
    "grow",
    "huge-answer",
    "huge-state",
    "learn-trap",
    "liar-list",
    "load-trap",
    "long",
    "long-line-trap",
    "nan",
    "nondeterministic",
    "nondeterministic-terms",
    "refuse",
    "refuse-own",
    "settle-loop",
    "short",
    "split",
    "state-drift",
    "unsorted",
    "utf8-trap",
    "wrong-columns",
];

const FORMAT: u32 = 1;
const MARK: &[u8; 8] = b"HOSTVEC1";

/// Kinds of first words that are told apart.
const WORDS: usize = 1_024;

const COLUMNS: [(&str, &str); 4] = [
    ("lines", "Lines of the window"),
    ("bytes", "Bytes of text in the window"),
    ("errors", "Share of lines on stderr"),
    ("novel", "Share of lines whose first word was never learned"),
];

struct Session {
    conduct: Conduct,
    explained: Cell<u32>,
    learned: RefCell<Learned>,
}

/// What was learned of one container.
#[derive(Clone)]
struct Learned {
    windows: u64,
    words: [u8; WORDS],
    /// Written behind the rest, by ways that concern the state.
    more: Vec<u8>,
}

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "hostile-vectorizer".into(),
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

impl vectorizer::Guest for Component {
    type Session = Session;
}

impl Session {
    fn new(settings: &Pairs, learned: Learned) -> Self {
        std::panic::set_hook(Box::new(|info| host::log(0, &info.to_string())));
        Self { conduct: Conduct::new(settings), explained: Cell::new(0), learned: RefCell::new(learned) }
    }

    fn row(&self, w: &Windows, window: usize) -> [f32; 4] {
        let learned = self.learned.borrow();
        let lines = w.starts[window] as usize..w.starts[window + 1] as usize;
        let bytes = w.offsets[lines.end] - w.offsets[lines.start];
        let share = |count: usize| count as f32 / lines.len() as f32;
        let errors = w.outputs[lines.clone()].iter().filter(|&&output| output == 1).count();
        let novel = lines.clone().filter(|&line| learned.words[word(text(w, line))] == 0).count();
        [lines.len() as f32, bytes as f32, share(errors), share(novel)]
    }
}

impl GuestSession for Session {
    fn open(settings: Pairs, _: u64) -> Result<vectorizer::Session, Error> {
        let learned = Learned { windows: 0, words: [0; WORDS], more: Vec::new() };
        Ok(vectorizer::Session::new(Self::new(&settings, learned)))
    }

    fn load(settings: Pairs, _: u32, state: Vec<u8>) -> Result<vectorizer::Session, Error> {
        let empty = Learned { windows: 0, words: [0; WORDS], more: Vec::new() };
        let session = Self::new(&settings, empty.clone());
        let odd = ["grow", "state-drift", "split"].iter().any(|way| session.conduct.is(way));
        let read = Learned::read(&state, odd);
        assert!(read.is_some() || !session.conduct.is("load-trap"), "what is this?");
        let read = if session.conduct.is("accept-any") { Some(read.unwrap_or(empty)) } else { read };
        match read.filter(|_| !session.conduct.is("refuse-own")) {
            Some(learned) => Ok(vectorizer::Session::new(Self { learned: RefCell::new(learned), ..session })),
            None => Err(Error { code: 2, message: format!("a state of {} bytes is not mine", state.len()) }),
        }
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let mut learned = self.learned.borrow().clone();
        match &self.conduct {
            conduct if conduct.is("huge-state") => return Ok(vec![0; 40 << 20]),
            conduct if conduct.is("state-drift") => learned.more = conduct.calls().to_le_bytes().into(),
            _ => {}
        }
        Ok(learned.write())
    }

    fn learn(&self, w: Windows) -> Result<(), Error> {
        let way = self.conduct.work();
        assert!(way != "learn-trap", "there is nothing to learn");
        let mut learned = self.learned.borrow_mut();
        match way {
            "grow" => learned.more.extend([1; GROWTH_BYTES]),
            "split" => learned.more = vec![learned.more.first().map_or(1, |calls| calls.wrapping_add(1))],
            _ => {}
        }
        learned.windows += w.begins.len() as u64;
        (0..w.times.len()).for_each(|line| learned.words[word(text(&w, line))] = 1);
        Ok(())
    }

    fn settle(&self) -> Result<(), Error> {
        if self.conduct.is("settle-loop") {
            conduct::endless();
        }
        Ok(())
    }

    fn transform(&self, w: Windows, _: bool) -> Result<Rows, Error> {
        let calls = self.conduct.calls();
        let mut rows = Rows { columns: 4, row_ptr: vec![0], idx: Vec::new(), val: Vec::new() };
        for window in 0..w.begins.len() {
            rows.idx.extend([0, 1, 2, 3]);
            rows.val.extend(self.row(&w, window));
            rows.row_ptr.push(rows.idx.len() as u32);
        }
        let first = rows.val.first_mut();
        match self.conduct.work() {
            "nan" => first.into_iter().for_each(|value| *value = f32::NAN),
            "nondeterministic" => first.into_iter().for_each(|value| *value += calls as f32),
            "forgetful" => first.into_iter().for_each(|value| *value += w.begins.len() as f32),
            "short" => drop(rows.row_ptr.pop()),
            "long" => rows.row_ptr.push(rows.idx.len() as u32),
            "unsorted" => rows.idx.reverse(),
            "wrong-columns" => rows.columns += calls % 2,
            "blind" => rows.val.fill(1.0),
            "liar-list" => rows.val = false_length(),
            "huge-answer" => rows.row_ptr.resize(8 << 20, rows.idx.len() as u32),
            "refuse" => return Err(Error { code: 4, message: "not \u{1b}[31mtoday".into() }),
            "chatty" => (0..1_000).for_each(|_| host::log(2, &"x".repeat(8 << 10))),
            "long-line-trap" => (0..w.times.len()).for_each(|line| assert!(text(&w, line).len() < 60_000, "too long")),
            "utf8-trap" => assert!(std::str::from_utf8(&w.data).is_ok(), "that is no text"),
            _ => {}
        }
        Ok(rows)
    }

    fn columns(&self) -> Vec<Column> {
        let twice = self.conduct.is("columns-twice");
        let column = |(name, summary): (&str, &str)| Column {
            name: if twice { "twice".into() } else { name.into() },
            summary: summary.into(),
        };
        COLUMNS.map(column).into()
    }

    fn explain(&self, w: Windows, _: Vec<f32>, limit: u32) -> Result<Vec<Term>, Error> {
        self.explained.set(self.explained.get() + 1);
        let learned = self.learned.borrow();
        let lines = w.times.len() as u32;
        let novel = (0..lines).find(|&line| learned.words[word(text(&w, line as usize))] == 0);
        let Some(line) = novel.or(Some(0)).filter(|_| limit > 0) else { return Ok(Vec::new()) };
        let mut term = Term {
            text: String::from_utf8_lossy(first_word(text(&w, line as usize))).chars().take(64).collect(),
            kind: "token".into(),
            id: word(text(&w, line as usize)) as u64,
            lines: vec![line],
            seen: 0,
            of: learned.windows,
            weight: 0.9,
        };
        match &self.conduct {
            conduct if conduct.is("explain-line") => term.lines = vec![lines],
            conduct if conduct.is("explain-nan") => term.weight = f32::NAN,
            conduct if conduct.is("explain-weight") => term.weight = 1.5,
            conduct if conduct.is("nondeterministic-terms") => term.weight = 1.0 / self.explained.get() as f32,
            _ => {}
        }
        Ok(vec![term])
    }

    fn stats(&self) -> Vec<(String, f64)> {
        vec![("windows".into(), self.learned.borrow().windows as f64)]
    }
}

impl Learned {
    fn write(&self) -> Vec<u8> {
        [MARK, &self.windows.to_le_bytes()[..], &self.words, &self.more].concat()
    }

    /// `more`: whether anything may stand behind the rest.
    fn read(state: &[u8], more: bool) -> Option<Self> {
        let (windows, rest) = state.strip_prefix(MARK)?.split_first_chunk()?;
        let (words, rest) = rest.split_first_chunk()?;
        let learned = Self { windows: u64::from_le_bytes(*windows), words: *words, more: rest.to_vec() };
        (more || rest.is_empty()).then_some(learned)
    }
}

fn text(w: &Windows, line: usize) -> &[u8] {
    &w.data[w.offsets[line] as usize..w.offsets[line + 1] as usize]
}

fn first_word(text: &[u8]) -> &[u8] {
    text.split(|byte| !byte.is_ascii_alphabetic()).find(|word| !word.is_empty()).unwrap_or_default()
}

/// The kind of a line's first word.
fn word(text: &[u8]) -> usize {
    let hash = |hash: u32, &byte: &u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    first_word(text).iter().fold(2_166_136_261, hash) as usize % WORDS
}
