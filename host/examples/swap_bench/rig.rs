//! A bench that judges, and what can be switched on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use foghorn::alert::lifecycle::{Open, Rule};
use foghorn::identity::Identity;
use foghorn::judge::{Bench, Next, NextGate, Probation, Report};
use foghorn::line::{Line, Lines, Output};
use foghorn::pipeline::Pipeline;
use foghorn::pipeline::costs::Costs;
use foghorn::pipeline::gate::Gate;
use foghorn::pipeline::generation::Generation;
use foghorn::pipeline::live::Live;
use foghorn::plugins::{Plugins, PluginsOptions, Registry};
use foghorn::settings::Layer;
use foghorn::train::cycle::{self, Material, Task};
use foghorn::window::{Cut, Windows};

use super::Outcome;
use super::figures::Figures;

const LEARNED_WINDOWS: u64 = 1_000;
const BATCH_WINDOWS: u64 = 64;
const WINDOW_LINES: u64 = 8;
const SECOND_NS: u64 = 1_000_000_000;
/// Usual batches between two switches.
const BATCHES: usize = 5;
/// Batches that are judged while models are trained.
const TRAINING_BATCHES: usize = 2_000;

/// One container.
pub(crate) struct Rig {
    pub(crate) registry: Arc<Registry>,
    pub(crate) directory: PathBuf,
    pub(crate) generation: Arc<Generation>,
    pub(crate) costs: Costs,
    bench: Bench,
    next_number: u64,
    next_window: u64,
}

impl Rig {
    pub(crate) fn new(dir: &Path) -> Outcome<Self> {
        let directory = dir.join("plugins");
        std::fs::create_dir_all(&directory)?;
        let options = PluginsOptions { cache_dir: Some(dir.join("cache")), ..PluginsOptions::default() };
        let registry = Registry::open(Plugins::new(options)?, Some(&directory))?;
        let settings = Layer { data_dir: Some(dir.into()), ..Layer::default() }.check(Layer::default())?;
        let pipeline = Pipeline::resolve(&registry.current(), &settings.pipeline)?;
        let identity = Identity::of_name("bench", "web");
        let costs = Costs::new(Arc::default(), identity.clone());
        let generation = Arc::new(learn(&identity, &pipeline)?);
        let open = Open::new(identity, Rule { resolve_after_ns: u64::MAX, together_ns: 0 }, Vec::new());
        let mut bench = Bench::new(pipeline.thresholds.clone(), open, Arc::new(AtomicU64::new(0)), costs.clone());
        bench.resume(Live::open(Arc::clone(&generation), &costs)?, None, None)?;
        Ok(Self { registry, directory, generation, costs, bench, next_number: 2, next_window: LEARNED_WINDOWS })
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Windows that come next; never the same twice.
    pub(crate) fn windows(&mut self) -> Windows {
        let first = self.next_window;
        self.next_window += BATCH_WINDOWS;
        windows(first, BATCH_WINDOWS)
    }

    pub(crate) fn judge(&mut self) -> Outcome<()> {
        let windows = self.windows();
        let judgement = self.bench.judge(&windows, 1);
        if judgement.records.iter().any(|record| record.verdict.is_none()) {
            return Err(format!("a window was not judged: {:?}", judgement.events).into());
        }
        Ok(())
    }

    pub(crate) fn usual_batches(&mut self, figures: &mut Figures) -> Outcome<()> {
        for _ in 0..BATCHES {
            let begun = Instant::now();
            self.judge()?;
            figures.batch.push(begun.elapsed());
        }
        Ok(())
    }

    /// As the host does it: one thread less than there are cores trains, so that judging keeps one.
    pub(crate) fn batches_while_training(&mut self, figures: &mut Figures) -> Outcome<()> {
        let threads = std::thread::available_parallelism()?.get().saturating_sub(1).max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let (pipeline, over) = (self.generation.pipeline.clone(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let trains = || {
                let identity = Identity::of_name("bench", "other");
                while !over.load(Ordering::Relaxed) {
                    pool.install(|| learn(&identity, &pipeline))?;
                }
                Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
            };
            let trainer = scope.spawn(trains);
            let judged = (0..TRAINING_BATCHES).try_for_each(|_| {
                let begun = Instant::now();
                self.judge()?;
                figures.training.push(begun.elapsed());
                Ok(())
            });
            over.store(true, Ordering::Relaxed);
            trainer.join().map_err(|_| "the trainer broke off")??;
            judged
        })
    }

    /// What the stream waits for: all else was made ready before, or is let go after.
    pub(crate) fn switch(&mut self, next: Next) -> Outcome<std::time::Duration> {
        let begun = Instant::now();
        let retired = self.bench.switch(next)?;
        let gap = begun.elapsed();
        drop(retired);
        Ok(gap)
    }

    pub(crate) fn swap_generation(&mut self, figures: &mut Figures) -> Outcome<()> {
        let number = self.next_number();
        let mut live = Live::open(Arc::new(self.generation.renumbered(number)), &self.costs)?;
        live.score(&self.windows())?;
        let gap = self.switch(Next { live, same_scores: false, probation: Probation::End })?;
        figures.generation_gap.push(gap);
        self.judge()
    }

    pub(crate) fn swap_thresholds(&mut self, figures: &mut Figures) -> Outcome<()> {
        let gate = Gate::open(self.bench.thresholds(), self.bench.gate_state(), &self.costs)?;
        let begun = Instant::now();
        let retired = self.bench.switch_gate(NextGate { gate, carries: true, probation: Probation::Begin })?;
        figures.thresholds_gap.push(begun.elapsed());
        drop(retired);
        self.judge()
    }

    /// The thresholds just switched are on probation: those before stand by.
    pub(crate) fn go_back(&mut self, figures: &mut Figures) -> Outcome<()> {
        let begun = Instant::now();
        let went = self.bench.roll_back(&mut Report::default()).ok_or("nothing is on probation")?;
        figures.back.push(begun.elapsed());
        drop(went);
        self.judge()
    }

    pub(crate) fn recover(&mut self, figures: &mut Figures) -> Outcome<()> {
        let windows = self.windows();
        let begun = Instant::now();
        let mut live = Live::open(Arc::clone(&self.generation), &self.costs)?;
        live.score(&windows)?;
        figures.recovery.push(begun.elapsed());
        Ok(())
    }
}

fn learn(identity: &Identity, pipeline: &Pipeline) -> Outcome<Generation> {
    let slice = windows(0, LEARNED_WINDOWS);
    let material = Material { slice, earlier: Windows::default(), until_seq: LEARNED_WINDOWS * WINDOW_LINES + 1 };
    let task = Task { identity, pipeline, number: 1, previous: None, now_ns: 0, windows_max: 4_096, refused: 0 };
    Ok(cycle::run(&task, &material)?)
}

/// Windows of one service; numbers, words and the mix of its lines differ from window to window.
fn windows(first: u64, count: u64) -> Windows {
    let mut lines = Lines::default();
    for number in first * WINDOW_LINES..(first + count) * WINDOW_LINES {
        let text = line(number);
        let time_ns = number * SECOND_NS / WINDOW_LINES;
        lines.push(Line { time_ns, output: Output::Stdout, text: text.as_bytes() });
    }
    let mut windows = Windows::default();
    for window in 0..count {
        let start = (window * WINDOW_LINES) as usize;
        let begin_ns = (first + window) * SECOND_NS;
        windows
            .push(&lines, &Cut { lines: start..start + WINDOW_LINES as usize, begin_ns, end_ns: begin_ns + SECOND_NS });
    }
    windows
}

fn line(number: u64) -> String {
    let chance = number.wrapping_mul(6_364_136_223_846_793_005).rotate_left(23) % 100;
    match chance {
        0..5 => {
            format!("INFO cache refreshed: {} entries, {} evicted in {} ms", 800 + chance, number % 31, number % 90)
        }
        5..20 => format!("INFO order {number} of customer {} stored with {} items", number * 7 % 9_973, 1 + number % 9),
        20..30 => format!("WARN retry {} of request {number:x} to inventory after {} ms", 1 + number % 3, number % 700),
        _ => format!(
            "INFO GET /item/{}/view 200 in {} ms for 10.0.{}.{}",
            number % 500,
            3 + number % 83,
            number % 7,
            number % 251
        ),
    }
}
