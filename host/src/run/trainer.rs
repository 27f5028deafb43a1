//! Makes generations beside live scoring, on threads of its own.
//!
//! A cycle reads history, learns and stores its generation; another plugin is given what was learned where it makes the same of it, or a
//! generation that is kept, and learns anew otherwise; a candidate learns and is not stored. What is handed back stands ready to serve. Whatever
//! fails changes nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use crate::clock::now_ns;
use crate::history::{History, TrainingRecord};
use crate::identity::Identity;
use crate::judge::{Fault, faults_of};
use crate::memory::Memory;
use crate::pipeline::Pipeline;
use crate::pipeline::carry::carry;
use crate::pipeline::costs::Costs;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::run::saved::generation_to_store;
use crate::store::Store;
use crate::train::cycle::{self, CycleError, Material, Task};
use crate::train::material::{self, Plan};

/// Windows on which a plugin shows that it scores as the one before, and on which a generation is warmed.
const SAMPLE_WINDOWS: usize = 32;

/// How long a job is put off while memory is short.
const PUT_OFF_MAX: Duration = Duration::from_secs(300);

/// What a job is for.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// A cycle that is due.
    Cycle,
    /// Other plugins are to serve. `kept` is a generation of theirs that is kept, if there is one.
    Replace { kept: Option<Arc<Generation>> },
    /// Other plugins are to be tried.
    Candidate,
}

/// What is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) purpose: Purpose,
    pub(crate) identity: Identity,
    pub(crate) pipeline: Pipeline,
    /// Of the generation to be made.
    pub(crate) number: u64,
    pub(crate) previous: Option<Arc<Generation>>,
    /// Those that vote with what a cycle makes, the newest first.
    pub(crate) elders: Vec<Arc<Generation>>,
    pub(crate) plan: Plan,
    pub(crate) keep: usize,
    /// Cycles in a row, just before this one, whose models were refused.
    pub(crate) refused: u32,
    pub(crate) costs: Costs,
}

/// A generation that stands ready to serve.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) live: Live,
    /// It scores as the one before does, bit for bit.
    pub(crate) same_scores: bool,
}

/// How it went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) purpose: Purpose,
    pub(crate) number: u64,
    /// Why nothing was made, for people.
    pub(crate) made: Result<Ready, String>,
    /// Whether a model was made and found worse than the last one.
    pub(crate) refused: bool,
    /// Who is to blame for that.
    pub(crate) faults: Vec<Fault>,
}

/// Most windows that were called normal and are learned by one cycle; more wait for the next.
const NORMAL_MAX: usize = 1_024;

/// Shared by all containers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Trainer {
    store: Store,
    history: Arc<dyn History>,
    pool: Arc<rayon::ThreadPool>,
    /// As many jobs at once as there are threads.
    slots: Arc<Semaphore>,
    memory: Memory,
}

impl std::fmt::Debug for Trainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trainer").field("slots", &self.slots.available_permits()).finish_non_exhaustive()
    }
}

/// What a job made, and how much it learned from.
struct Made {
    ready: Ready,
    windows: usize,
    lines: usize,
    /// Whether it learned: what was carried over is no cycle.
    trained: bool,
    /// Windows called normal that it learned, by their first lines.
    normal: Vec<u64>,
}

impl Trainer {
    /// One thread less than there are cores, so that live scoring keeps one.
    pub(crate) fn new(
        store: Store,
        history: Arc<dyn History>,
        memory: Memory,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
        let name = |index| format!("train-{index}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build()?;
        Ok(Self { store, history, pool: Arc::new(pool), slots: Arc::new(Semaphore::new(threads)), memory })
    }

    /// What it learns from.
    pub(crate) fn history(&self) -> Arc<dyn History> {
        Arc::clone(&self.history)
    }

    /// Runs one job to its end.
    pub(crate) async fn run(&self, job: Job) -> Outcome {
        let _slot = self.slots.acquire().await;
        self.memory.room_within(PUT_OFF_MAX).await;
        let begun_ns = now_ns();
        let made = self.make(&job, begun_ns).await;
        let is_cycle = !matches!(job.purpose, Purpose::Candidate) && !matches!(&made, Ok(made) if !made.trained);
        if is_cycle {
            let record = record(&job, begun_ns, made.as_ref());
            if let Err(error) = self.history.put_training(&job.identity, record).await {
                tracing::error!(container = %job.identity, %error, "a cycle's record could not be stored");
            }
        }
        let faults = made.as_ref().err().map(TrainError::faults).unwrap_or_default();
        let refused = matches!(made, Err(TrainError::Cycle(CycleError::Refused { .. })));
        let made = made.map(|made| made.ready).map_err(|error| error.to_string());
        Outcome { purpose: job.purpose, number: job.number, made, refused, faults }
    }

    async fn make(&self, job: &Job, now_ns: u64) -> Result<Made, TrainError> {
        let made = match self.without_training(job).await? {
            Some(made) => made,
            None => self.by_training(job, now_ns).await?,
        };
        if !matches!(job.purpose, Purpose::Candidate) {
            let generation = generation_to_store(&made.ready.live.generation);
            self.store.put_generation(&job.identity, generation, job.keep, made.trained).await?;
            self.store.put_learned(&job.identity, made.normal.clone()).await?;
        }
        Ok(made)
    }

    async fn by_training(&self, job: &Job, now_ns: u64) -> Result<Made, TrainError> {
        let normal = match job.purpose {
            Purpose::Cycle => self.store.windows_to_learn(&job.identity, NORMAL_MAX).await?,
            Purpose::Replace { .. } | Purpose::Candidate => Vec::new(),
        };
        let material = material::read(&*self.history, &job.identity, job.plan, &normal).await?;
        let normal = normal.iter().map(|window| window.first_seq).collect();
        let (windows, lines) = (material.slice.len(), material.slice.lines.len());
        let work = job.clone();
        let live = self.on_pool(move || cycle_to_live(&work, &material, now_ns)).await?;
        Ok(Made { ready: Ready { live, same_scores: false }, windows, lines, trained: true, normal })
    }

    /// What was learned already, where that will do.
    async fn without_training(&self, job: &Job) -> Result<Option<Made>, TrainError> {
        let kept = match &job.purpose {
            Purpose::Replace { kept } => kept.clone(),
            Purpose::Cycle | Purpose::Candidate => return Ok(None),
        };
        let sample = material::newest(&*self.history, &job.identity, SAMPLE_WINDOWS).await?;
        let work = job.clone();
        let ready = self.on_pool(move || match (kept, &work.previous) {
            (Some(kept), _) => {
                let opened = Live::open(Arc::new(kept.renumbered(work.number)), &work.costs).map_err(CycleError::from);
                // One that cannot serve any more is trained anew.
                let warmed = opened.and_then(|live| warm(live, &sample)).ok();
                Ok(warmed.map(|live| Ready { live, same_scores: false }))
            }
            (None, Some(previous)) => {
                let carried = carry(previous, &work.pipeline, work.number, &sample, &work.costs)?;
                Ok(carried.map(|live| Ready { live, same_scores: true }))
            }
            (None, None) => Ok(None),
        });
        let ready = ready.await?;
        Ok(ready.map(|ready| Made { ready, windows: 0, lines: 0, trained: false, normal: Vec::new() }))
    }

    async fn on_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, CycleError> + Send + 'static,
    ) -> Result<T, TrainError> {
        let (answer, answered) = oneshot::channel();
        self.pool.spawn(move || {
            // A panic here would end the whole process; caught, it is a failed job, and `answer` is dropped.
            if let Ok(made) = catch_unwind(AssertUnwindSafe(work)) {
                // Nobody waits any more when the host is ending.
                let _ = answer.send(made);
            }
        });
        Ok(answered.await.map_err(|_| TrainError::Stopped)??)
    }
}

/// How a job went, for history.
fn record(job: &Job, begun_ns: u64, made: Result<&Made, &TrainError>) -> TrainingRecord {
    let (number, container) = (job.number, &job.identity);
    let mut record = TrainingRecord {
        generation: number,
        begun_ns,
        duration_ms: now_ns().saturating_sub(begun_ns) / 1_000_000,
        windows: 0,
        lines: 0,
        failure: None,
        stats: Vec::new(),
    };
    match made {
        Ok(made) => {
            (record.windows, record.lines) = (made.windows as u64, made.lines as u64);
            record.stats.clone_from(&made.ready.live.generation.stats);
            tracing::info!(%container, generation = number, windows = made.windows, ms = record.duration_ms, "learned");
        }
        Err(error) => {
            tracing::warn!(%container, generation = number, %error, "training failed");
            record.failure = Some(error.to_string());
        }
    }
    record
}

fn cycle_to_live(job: &Job, material: &Material, now_ns: u64) -> Result<Live, CycleError> {
    let task = Task {
        identity: &job.identity,
        pipeline: &job.pipeline,
        number: job.number,
        previous: job.previous.as_deref(),
        now_ns,
        windows_max: job.plan.windows_max,
        refused: job.refused,
    };
    let generation = cycle::run(&task, material)?;
    let live = Live::open(Arc::new(generation), &job.costs)?.with_elders(&job.elders, &job.costs);
    let sample = if material.slice.is_empty() { &material.earlier } else { &material.slice };
    warm(live, &sample.select(0..1))
}

/// The first call pays for page faults; it is paid here.
fn warm(mut live: Live, sample: &crate::window::Windows) -> Result<Live, CycleError> {
    if !sample.is_empty() {
        live.score(&sample.select(0..1))?;
    }
    Ok(live)
}

#[derive(Debug, thiserror::Error)]
enum TrainError {
    #[error(transparent)]
    Cycle(#[from] CycleError),
    #[error("the new generation could not be stored: {0}")]
    Store(#[from] crate::store::StoreError),
    #[error("the cycle panicked; this is a bug of Foghorn, its message is in the log")]
    Stopped,
}

impl TrainError {
    /// Who is to blame, where it is a plugin.
    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Cycle(CycleError::Plugin(error)) => faults_of(error),
            _ => Vec::new(),
        }
    }
}
