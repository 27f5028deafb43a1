//! Runs cycles beside live scoring, on threads of their own.
//!
//! A cycle reads history, learns and stores its generation; what it hands back stands ready to serve. Whatever fails is
//! stored as a failed cycle and changes nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

use crate::clock::now_ns;
use crate::history::{History, TrainingRecord};
use crate::identity::Identity;
use crate::pipeline::Pipeline;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::run::saved::generation_to_store;
use crate::store::Store;
use crate::train::cycle::{self, CycleError, Material, Task};
use crate::train::material::{self, Plan};

/// What a cycle is about.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) identity: Identity,
    pub(crate) pipeline: Pipeline,
    /// Of the generation to be made.
    pub(crate) number: u64,
    pub(crate) previous: Option<Arc<Generation>>,
    pub(crate) plan: Plan,
    pub(crate) keep: usize,
}

/// How it went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) record: TrainingRecord,
    /// The new generation, ready to serve; `None` where the cycle failed.
    pub(crate) live: Option<Live>,
}

/// Shared by all containers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Trainer {
    store: Store,
    history: Arc<dyn History>,
    pool: Arc<rayon::ThreadPool>,
    /// As many cycles at once as there are threads.
    slots: Arc<Semaphore>,
}

impl std::fmt::Debug for Trainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trainer").field("slots", &self.slots.available_permits()).finish_non_exhaustive()
    }
}

impl Trainer {
    /// One thread less than there are cores, so that live scoring keeps one.
    pub(crate) fn new(store: Store, history: Arc<dyn History>) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
        let name = |index| format!("train-{index}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build()?;
        Ok(Self { store, history, pool: Arc::new(pool), slots: Arc::new(Semaphore::new(threads)) })
    }

    /// Runs one cycle to its end.
    pub(crate) async fn run(&self, job: Job) -> Outcome {
        let _slot = self.slots.acquire().await;
        let begun_ns = now_ns();
        let number = job.number;
        let made = self.make(&job, begun_ns).await;
        let mut record = TrainingRecord {
            generation: number,
            begun_ns,
            duration_ms: now_ns().saturating_sub(begun_ns) / 1_000_000,
            windows: 0,
            lines: 0,
            failure: None,
            stats: Vec::new(),
        };
        let live = match made {
            Ok((live, windows, lines)) => {
                (record.windows, record.lines) = (windows as u64, lines as u64);
                record.stats.clone_from(&live.generation.stats);
                tracing::info!(container = %job.identity, generation = number, windows, ms = record.duration_ms, "learned");
                Some(live)
            }
            Err(error) => {
                tracing::warn!(container = %job.identity, generation = number, %error, "training failed");
                record.failure = Some(error.to_string());
                None
            }
        };
        if let Err(error) = self.history.put_training(&job.identity, record.clone()).await {
            tracing::error!(container = %job.identity, %error, "a cycle's record could not be stored");
        }
        Outcome { record, live }
    }

    async fn make(&self, job: &Job, now_ns: u64) -> Result<(Live, usize, usize), TrainError> {
        let material = material::read(&*self.history, &job.identity, job.plan).await?;
        let (windows, lines) = (material.slice.len(), material.slice.lines.len());
        let live = self.on_pool(job, material, now_ns).await?;
        self.store.put_generation(&job.identity, generation_to_store(&live.generation), job.keep).await?;
        Ok((live, windows, lines))
    }

    async fn on_pool(&self, job: &Job, material: Material, now_ns: u64) -> Result<Live, TrainError> {
        let (answer, answered) = oneshot::channel();
        let job = job.clone();
        self.pool.spawn(move || {
            // A panic here would end the whole process; caught, it is a failed cycle, and `answer` is dropped.
            let made = catch_unwind(AssertUnwindSafe(|| cycle_to_live(&job, &material, now_ns)));
            if let Ok(made) = made {
                // Nobody waits any more when the host is ending.
                let _ = answer.send(made);
            }
        });
        Ok(answered.await.map_err(|_| TrainError::Stopped)??)
    }
}

fn cycle_to_live(job: &Job, material: &Material, now_ns: u64) -> Result<Live, CycleError> {
    let task = Task {
        identity: &job.identity,
        pipeline: &job.pipeline,
        number: job.number,
        previous: job.previous.as_deref(),
        now_ns,
        windows_max: job.plan.windows_max,
    };
    let generation = cycle::run(&task, material)?;
    let mut live = Live::open(Arc::new(generation))?;
    // The first call pays for page faults; it is paid here.
    live.score(&material.slice.select(0..1))?;
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
