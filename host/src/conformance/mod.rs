//! The conformance kit: does a plugin keep the contract?
//!
//! `check` loads a component and asks everything of it that the host will ask, and much that the host hopes never to see: the
//! contract and its settings, the same bits after save and load, the same bytes in every instance, states that it did not
//! write, hostile lines and numbers, memory that stops growing, speed, and whether it tells incidents from usual windows. Each
//! check has a name, a purpose, an outcome, and figures where something was measured; a failed one says what was found and
//! what to do.
//!
//! Promises:
//! - The same component gives the same outcomes: all input is made here, from fixed seeds. Only figures of time differ, and
//!   `speed` with them.
//! - It ends: calls have the deadlines of `host_options`, loops a share of `Options::time_max`, and what found no time is told as
//!   skipped. A slow guest is asked for less.
//! - When the plain way through a plugin fails (`basics`), the rest is skipped: one cause, one message.
//!
//! Left out: whether a plugin is good. `quality` fails only what is no better than chance.

mod budget;
mod chance;
mod clock;
mod contract;
mod corpus;
mod detector;
mod hostile;
mod matrix;
mod outcome;
mod quality;
mod report;
mod same;
mod state;
mod steady;
mod subject;
mod thresholds;
mod trio;
mod vectorizer;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub use self::report::{About, Check, Outcome, Report};

use self::outcome::{Figures, Stop, Verdict};
use self::subject::Subject;
use crate::plugins::{CallLimits, Catalogue, Limits, LoadError, PluginsOptions, Slot};

/// What is asked of a plugin.
#[derive(Debug, Clone)]
pub struct Options {
    /// The plugin's settings; what is not named keeps its default.
    pub settings: Vec<(String, String)>,
    /// A tenth of the hostile windows and a smaller corpus.
    pub quick: bool,
    /// When loops end early and further checks are skipped. Default: 60 s.
    pub time_max: Duration,
    /// Milliseconds for 1,000 lines, rows or scores; ten times that to learn from them. Default: 1,000.
    pub budget_ms: f64,
    /// Memory of an instance that scores, MiB; four times that for one that learns. Default: 64.
    pub budget_mib: f64,
}

impl Default for Options {
    fn default() -> Self {
        let time_max = Duration::from_secs(60);
        Self { settings: Vec::new(), quick: false, time_max, budget_ms: 1_000.0, budget_mib: 64.0 }
    }
}

/// The plugin host that a check wants: the usual limits, but calls that learn end after 10 s. They learn little here.
pub fn host_options(wasi: bool) -> PluginsOptions {
    let limits = Limits::default();
    let training = CallLimits { deadline_ms: 10_000, ..limits.training };
    PluginsOptions { limits: Limits { training, instances_max: 64, ..limits }, wasi, ..PluginsOptions::default() }
}

/// One check, as it stands in the list of its slot.
struct Step {
    id: &'static str,
    /// What a plugin that passes does.
    purpose: &'static str,
    run: fn(&mut Subject<'_>, &mut Figures) -> Verdict,
}

const CONTRACT: (&str, &str) = ("contract", "loads, fills one slot, imports only what is granted");
const COMMON: [Step; 2] = [
    Step { id: "card", purpose: "says what it is, and reads the states that it writes", run: contract::card },
    Step { id: "settings", purpose: "takes its own defaults, refuses what it does not know", run: contract::settings },
];

/// The plain way through a slot: without it nothing else can be judged.
const BASICS: &str = "basics";

/// Checks the component `bytes`. The other two slots are filled by the plugins built into `catalogue`; `source` is for people.
pub fn check(catalogue: &Catalogue, bytes: &[u8], source: &str, options: &Options) -> Report {
    let started = Instant::now();
    let loaded = catalogue.host().load(bytes, source);
    let mut figures = Figures::default();
    figures.add("load_ms", outcome::ms(started.elapsed()));
    figures.add("bytes", bytes.len() as f64);
    let verdict = loaded.as_ref().map(drop).map_err(unloadable);
    let first = closed(CONTRACT, verdict, figures, started);
    let settings = options.settings.clone();
    let Ok(plugin) = loaded else {
        return Report { source: source.to_owned(), plugin: None, settings, checks: vec![first] };
    };
    let about = About::of(&plugin);
    let mut subject = Subject::new(catalogue, plugin, options);
    let mut checks = vec![first];
    for step in COMMON.iter().chain(steps(about.slot)) {
        checks.push(run(step, &checks, &mut subject));
    }
    Report { source: source.to_owned(), plugin: Some(about), settings, checks }
}

fn steps(slot: Slot) -> &'static [Step] {
    match slot {
        Slot::Vectorizer => &vectorizer::STEPS,
        Slot::Detector => &detector::STEPS,
        Slot::Thresholds => &thresholds::STEPS,
    }
}

fn run(step: &Step, before: &[Check], subject: &mut Subject<'_>) -> Check {
    let started = Instant::now();
    let mut figures = Figures::default();
    let broken = before.iter().any(|check| check.id == BASICS && matches!(check.outcome, Outcome::Failed(_)));
    let verdict = if broken {
        Err(Stop::Skipped(format!("nothing can be judged while {BASICS} fails")))
    } else if subject.clock.is_over() {
        Err(Stop::Skipped(format!("the {} s of the whole check are over", subject.options.time_max.as_secs())))
    } else {
        (step.run)(subject, &mut figures)
    };
    closed((step.id, step.purpose), verdict, figures, started)
}

fn closed((id, purpose): (&'static str, &'static str), verdict: Verdict, figures: Figures, started: Instant) -> Check {
    let outcome = match verdict {
        Ok(()) => Outcome::Passed,
        Err(Stop::Failed(why)) => Outcome::Failed(why),
        Err(Stop::Skipped(why)) => Outcome::Skipped(why),
    };
    Check { id, purpose, outcome, figures: figures.into_list(), took_ms: outcome::ms(started.elapsed()) }
}

fn unloadable(error: &LoadError) -> Stop {
    Stop::Failed(error.fault.to_string())
}
