//! Measures how many containers fit: `cargo run --release -p foghorn --example capacity [CONTAINERS]`.
//!
//! Each container has the three built-in plugins as live instances, loaded from states that were learned from 2,000 windows
//! of 256 templates, that have scored a batch of 64 windows. Reads `/proc/self`: Linux alone.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use foghorn::line::{Line, Lines, Output};
use foghorn::plugins::{
    Catalogue, Detector, Limits, Plugin, Plugins, PluginsOptions, Rows, Slot, Thresholds, Vectorizer, train_model,
};
use foghorn::window::{Cut, Windows};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LEARNED_WINDOWS: u64 = 2_000;
const SCORED_WINDOWS: u64 = 64;
const WINDOW_LINES: u64 = 10;
const TEMPLATES: u64 = 256;
const SECOND_NS: u64 = 1_000_000_000;

fn main() -> Outcome<()> {
    let containers: usize = env::args().nth(1).map_or(Ok(1_000), |count| count.parse())?;
    let catalogue = Catalogue::open(start_engine()?, None)?;
    let find = |name, slot| catalogue.resolve(name, slot, &BTreeSet::new());
    let plugins = Trio {
        vectorizer: find("vectorizer", Slot::Vectorizer)?,
        detector: find("iforest", Slot::Detector)?,
        thresholds: find("thresholds", Slot::Thresholds)?,
    };
    let states = learn(&plugins)?;
    println!(
        "states: vectorizer {} KiB, detector {} KiB, thresholds {} bytes",
        states.vectorizer.len() >> 10,
        states.detector.len() >> 10,
        states.thresholds.len()
    );
    start_containers(&plugins, &states, containers)
}

fn start_engine() -> Outcome<Plugins> {
    let (before, started) = (Memory::now()?, Instant::now());
    let plugins = Plugins::new(PluginsOptions::default())?;
    let (took, now) = (started.elapsed(), Memory::now()?);
    println!(
        "engine with room for {} instances: {} ms, {} KiB resident, {} GiB reserved",
        Limits::default().instances_max,
        took.as_millis(),
        (now.resident - before.resident) >> 10,
        (now.reserved - before.reserved) >> 30
    );
    Ok(plugins)
}

/// One of a kind for each slot.
struct Trio<T> {
    vectorizer: T,
    detector: T,
    thresholds: T,
}

/// Starts the instances of all containers, one slot after the other, and tells what they take.
fn start_containers(plugins: &Trio<Arc<Plugin>>, states: &Trio<Vec<u8>>, containers: usize) -> Outcome<()> {
    let windows = windows(SCORED_WINDOWS);
    let Trio { vectorizer, detector, thresholds } = plugins;
    let (mut rows, mut scores) = (Rows::default(), Vec::new());
    let (_vectorizers, for_vectorizer) = each(containers, "vectorizer", || {
        let mut instance = Vectorizer::load(vectorizer, &[], vectorizer.state_format, &states.vectorizer)?;
        rows = instance.transform(&windows, false)?;
        Ok(instance)
    })?;
    let (_detectors, for_detector) = each(containers, "detector", || {
        let mut instance = Detector::load(detector, &[], detector.state_format, &states.detector)?;
        scores = instance.score(&rows)?;
        Ok(instance)
    })?;
    let (_thresholds, for_thresholds) = each(containers, "thresholds", || {
        let mut instance = Thresholds::load(thresholds, &[], thresholds.state_format, &states.thresholds)?;
        instance.decide(&scores, &windows.ends)?;
        Ok(instance)
    })?;
    let instances = for_vectorizer + for_detector + for_thresholds;
    let saved = states.vectorizer.len() + states.detector.len() + states.thresholds.len();
    for (what, bytes) in [("instances", instances), ("instances and their states' bytes", instances + saved)] {
        println!("{what}: {} KiB a container, {} containers a GiB", bytes >> 10, (1 << 30) / bytes.max(1));
    }
    println!("{} mappings for {containers} containers", Memory::now()?.mappings);
    Ok(())
}

/// Starts one instance for each container. Returns bytes for each beside them.
fn each<T>(containers: usize, what: &str, mut start: impl FnMut() -> Outcome<T>) -> Outcome<(Vec<T>, usize)> {
    // Code and what is made once is there after the first.
    let mut instances = vec![start()?];
    let (before, started) = (Memory::now()?, Instant::now());
    for _ in 0..containers {
        instances.push(start()?);
    }
    let took = started.elapsed();
    let bytes = Memory::now()?.resident.saturating_sub(before.resident) / containers;
    println!("{what}: {} KiB, {} us to start one and use it once", bytes >> 10, took.as_micros() / containers as u128);
    Ok((instances, bytes))
}

/// One training, as a cycle does it.
fn learn(plugins: &Trio<Arc<Plugin>>) -> Outcome<Trio<Vec<u8>>> {
    let windows = windows(LEARNED_WINDOWS);
    let mut vectorizer = Vectorizer::open_to_learn(&plugins.vectorizer, &[], 1)?;
    vectorizer.learn(&windows)?;
    vectorizer.settle()?;
    let rows = vectorizer.transform(&windows, true)?;
    let model = train_model(&plugins.detector, &[], &rows, 1)?;
    let scores = Detector::load(&plugins.detector, &[], plugins.detector.state_format, &model)?.score(&rows)?;
    let mut thresholds = Thresholds::open(&plugins.thresholds, &[])?;
    thresholds.calibrate(&scores)?;
    thresholds.decide(&scores, &windows.ends)?;
    Ok(Trio { vectorizer: vectorizer.save()?, detector: model, thresholds: thresholds.save()? })
}

/// Windows of a service with `TEMPLATES` kinds of lines; common kinds come often and rare ones seldom.
fn windows(count: u64) -> Windows {
    let mut windows = Windows::default();
    for window in 0..count {
        let texts: Vec<String> = (0..WINDOW_LINES).map(|line| text(window * WINDOW_LINES + line)).collect();
        let begin_ns = window * SECOND_NS;
        let lines: Lines = texts
            .iter()
            .map(|text| Line { time_ns: begin_ns, output: Output::Stdout, text: text.as_bytes() })
            .collect();
        windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns: begin_ns + SECOND_NS });
    }
    windows
}

fn text(number: u64) -> String {
    // A multiplicative hash; the square makes low kinds common.
    let chance = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let kind = (((chance * chance) >> 32) * TEMPLATES) >> 32;
    let (alpha, beta) = (word(kind), word(kind.wrapping_mul(31) + 7));
    format!("{alpha} worker finished {beta} request {number} of user {} in {} ms", chance % 977, chance % 83)
}

/// A word of letters for a number, since numbers are masked.
fn word(number: u64) -> String {
    let letter = |at: u32| char::from(b'a' + (number / 26_u64.pow(at) % 26) as u8);
    (0..4).map(letter).collect()
}

/// What this process takes, bytes, and into how many pieces its address space is cut: the system allows 65,530 by default.
struct Memory {
    resident: usize,
    reserved: usize,
    mappings: usize,
}

impl Memory {
    fn now() -> Outcome<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let bytes = |key: &str| -> Outcome<usize> {
            let line =
                status.lines().find_map(|line| line.strip_prefix(key)).ok_or("a line of the status is missing")?;
            Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? << 10)
        };
        let mappings = fs::read_to_string("/proc/self/maps")?.lines().count();
        Ok(Self { resident: resident()?, reserved: bytes("VmSize:")?, mappings })
    }
}

/// Proportional: a page of a component's data that many instances read is there once.
fn resident() -> Outcome<usize> {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("the sum of the mappings is missing")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? << 10)
}
