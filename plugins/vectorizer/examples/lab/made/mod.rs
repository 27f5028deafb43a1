//! Made-up logs of other character than HDFS and TrainTicket: an access log, a service that logs JSON, a Java application, and
//! a machine's syslog with cron. One stream each, windows of 30 s, the same bytes for the same seed.
//!
//! What is usual holds what real logs hold: a load that rises and falls, rare lines that mean nothing, a few failures a
//! day, a restart now and then. In what is scored, one window in eight holds a fault of one of eight kinds ([`Fault`]).
//! They are easier than real faults, and show whether a detector is blind to a kind; they do not say how good it is.

mod access;
mod cron;
mod java;
mod json;

use crate::data::{Set, Stream, Window};

const WINDOW_NS: u64 = 30_000_000_000;
/// 2026-01-05, a Monday, 00:00 UTC.
const BEGIN_NS: u64 = 1_767_571_200_000_000_000;
const TRAIN: usize = 600;
const TEST: usize = 1_200;

/// What went wrong in a window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A few errors of a wording never seen.
    NewError,
    /// A failure that is usual when rare, many times.
    Failing,
    /// A line that comes in nearly every window does not.
    Missing,
    /// One kind of line comes many times as often.
    Flood,
    /// What begins does not end.
    Unfinished,
    /// Plain lines of a wording never seen.
    NewLine,
    /// Hardly any line at all.
    Silence,
    /// One usual line with one value or word never seen.
    Subtle,
}

const FAULTS: [Fault; 8] = [
    Fault::NewError,
    Fault::Failing,
    Fault::Missing,
    Fault::Flood,
    Fault::Unfinished,
    Fault::NewLine,
    Fault::Silence,
    Fault::Subtle,
];

/// One window to be written.
pub(crate) struct Page<'a> {
    pub(crate) chance: &'a mut Chance,
    pub(crate) begin: u64,
    /// Requests, jobs or messages that are due.
    pub(crate) load: usize,
    pub(crate) fault: Option<Fault>,
    lines: Vec<(u64, String)>,
}

impl Page<'_> {
    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// A moment in the window, nanoseconds since the Unix epoch.
    pub(crate) fn moment(&mut self) -> u64 {
        self.begin + self.chance.below(29_000) as u64 * 1_000_000
    }

    pub(crate) fn write(&mut self, at: u64, line: String) {
        self.lines.push((at, line));
    }
}

/// Writes the usual lines of a window, or those with its fault.
type Author = fn(&mut Page<'_>);

/// Name, author and mean load of each set.
const AUTHORS: [(&str, Author, usize); 4] = [
    ("access log", access::write, 40),
    ("json service", json::write, 12),
    ("java app", java::write, 10),
    ("syslog", cron::write, 6),
];

/// All four sets, each with its name.
pub(crate) fn sets(seed: u64) -> Vec<(String, Set)> {
    let one = |(number, (name, author, load)): (u64, &(&str, Author, usize))| {
        let stream = stream(*author, *load, &mut Chance::new(seed * 16 + number));
        ((*name).to_owned(), Set::from([((*name).to_owned(), stream)]))
    };
    (1..).zip(&AUTHORS).map(one).collect()
}

fn stream(author: Author, load: usize, chance: &mut Chance) -> Stream {
    let mut windows: Vec<Window> = (0..TRAIN).map(|number| window(author, load, number, None, chance)).collect();
    let (train, mut test) = (std::mem::take(&mut windows), Vec::with_capacity(TEST));
    while test.len() < TEST {
        let fault = FAULTS[chance.below(FAULTS.len())];
        let (pause, run) = (7 + chance.below(9), 1 + chance.below(2));
        for _ in 0..pause {
            test.push(window(author, load, TRAIN + test.len(), None, chance));
        }
        for _ in 0..run {
            test.push(window(author, load, TRAIN + test.len(), Some(fault), chance));
        }
    }
    Stream { train, test }
}

fn window(author: Author, load: usize, number: usize, fault: Option<Fault>, chance: &mut Chance) -> Window {
    let begin = BEGIN_NS + number as u64 * WINDOW_NS;
    // The load goes up and down by half every 400 windows, and by a third at random.
    let wave = 1.0 + 0.5 * (number as f64 * std::f64::consts::TAU / 400.0).sin();
    let noise = 0.67 + 0.66 * chance.share();
    let load = ((load as f64 * wave * noise).round() as usize).max(1);
    let mut page = Page { chance, begin, load, fault, lines: Vec::new() };
    author(&mut page);
    let mut lines = page.lines;
    if fault == Some(Fault::Silence) {
        lines.truncate((lines.len() / 12).max(1));
    }
    lines.sort_by_key(|(at, _)| *at);
    Window { lines, begin, end: begin + WINDOW_NS, anomaly: fault.is_some(), grey: false }
}

/// `2026-01-05` and `10:20:30.123` of a time.
pub(crate) fn stamp(at: u64) -> (String, String) {
    let text = jiff::Timestamp::from_nanosecond(i128::from(at)).expect("a time").strftime("%F %T%.3f").to_string();
    let (date, time) = text.split_once(' ').expect("date and time");
    (date.to_owned(), time.to_owned())
}

/// SplitMix64: the same seed writes the same logs.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }

    /// A number in `[0, 1)`.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn is(&mut self, share: f64) -> bool {
        self.share() < share
    }

    pub(crate) fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}
