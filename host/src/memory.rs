//! Keeps the process within a bound of resident memory.
//!
//! What grows with the load (lines on their way, windows that are judged, trainings) asks for room before it takes more. While memory is short, who
//! asks waits: reading goes on at the pace at which what is there is worked off, and the engine's log is the buffer. Nothing is lost, and nothing
//! stands still for ever, also where the bound is too small for so many containers: after a breath each goes on.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often it is told that memory is short.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Longest that one who asks waits.
const BREATH: Duration = Duration::from_secs(1);

/// One piece of work takes this part of the bound: it is copied a few times on its way, and a few are worked on at once.
const WORK_SHARE: u64 = 64;

/// Memory is short from this share of the bound on, until it is below the other, in percent: what is on its way when it becomes short still comes.
const SHORT_PERCENT: u64 = 85;
const AMPLE_PERCENT: u64 = 80;

/// Of what the system gives to the process, Foghorn takes this share when nothing is said, in percent.
const OWN_PERCENT: u64 = 85;

/// How much may be taken; cheap to clone.
#[derive(Debug, Clone)]
pub struct Memory {
    limit_bytes: Option<u64>,
    short: watch::Sender<bool>,
    turns: Arc<Semaphore>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::with_limit(None)
    }
}

impl Memory {
    /// At most `limit_bytes` resident; `None`: as much as there is.
    pub fn with_limit(limit_bytes: Option<u64>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // More than one for each core, because some of them wait for a disk.
        let turns = Arc::new(Semaphore::new(2 * cores));
        Self { limit_bytes, short: watch::Sender::new(false), turns }
    }

    /// What is said, else most of what the system gives to this process alone.
    pub fn limited(said: Option<u64>) -> Self {
        Self::with_limit(said.or_else(|| given(Path::new("/sys/fs/cgroup"))))
    }

    pub fn limit_bytes(&self) -> Option<u64> {
        self.limit_bytes
    }

    /// Whether who asks for room waits now.
    pub fn is_short(&self) -> bool {
        *self.short.borrow()
    }

    /// Waits until there is room, a second at most.
    pub async fn room(&self) {
        self.room_within(BREATH).await;
    }

    /// The same for what can be put off for longer.
    pub async fn room_within(&self, most: Duration) {
        if self.is_short() {
            let mut short = self.short.subscribe();
            let _ = tokio::time::timeout(most, short.wait_for(|short| !short)).await;
        }
    }

    /// The share of the bound that one piece of work may take, at most `most`.
    pub fn share(&self, most: usize) -> usize {
        let share = self.limit_bytes.map_or(u64::MAX, |limit| limit / WORK_SHARE);
        usize::try_from(share).unwrap_or(usize::MAX).min(most)
    }

    /// Waits for a turn to work on much at once, first come, first served: so many containers have theirs at a time, and none can be passed over.
    pub async fn turn(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("the semaphore is never closed")
    }

    /// Looks at memory until `shutdown`. `tell` is told when it becomes short, once a minute at most: how much is resident, and for how long it was
    /// short since it was told last.
    pub async fn watch(self, shutdown: CancellationToken, mut tell: impl FnMut(u64, Duration)) {
        let Some(limit) = self.limit_bytes else { return };
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut since, mut told, mut waited) = (None::<Instant>, None::<Instant>, Duration::ZERO);
        while shutdown.run_until_cancelled(tick.tick()).await.is_some() {
            let Some(resident) = resident_bytes() else { return };
            let short = is_short(resident, limit, since.is_some());
            if short != since.is_some() {
                waited += since.map_or(Duration::ZERO, |since| since.elapsed());
                since = short.then(Instant::now);
                self.short.send_replace(short);
            }
            if short && told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                tell(resident, waited);
                (told, waited) = (Some(Instant::now()), Duration::ZERO);
            }
        }
    }
}

/// Between the two shares it stays as it was.
fn is_short(resident: u64, limit: u64, was_short: bool) -> bool {
    let percent = if was_short { AMPLE_PERCENT } else { SHORT_PERCENT };
    resident >= limit / 100 * percent
}

/// Resident memory of this process, where the system tells as Linux does.
pub fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// What a control group leaves to this process: of its bound, when it has one.
fn given(groups: &Path) -> Option<u64> {
    // Version 2, as it is seen from inside a container, then version 1.
    let bound = ["memory.max", "memory/memory.limit_in_bytes"].iter().find_map(|name| {
        let text = fs::read_to_string(groups.join(name)).ok()?;
        text.trim().parse::<u64>().ok()
    })?;
    // Version 1 says "no bound" by a huge number.
    (bound < 1 << 50).then(|| bound / 100 * OWN_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_short_near_the_bound_and_until_it_is_well_below() {
        let seen = [700, 849, 850, 830, 800, 799, 840].iter().scan(false, |was, &resident| {
            *was = is_short(resident, 1_000, *was);
            Some(*was)
        });
        assert_eq!(seen.collect::<Vec<_>>(), [false, false, true, true, true, false, false]);
    }

    #[test]
    fn a_process_has_memory() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
    }

    #[test]
    fn the_bound_of_a_container_is_taken_and_none_is_none() {
        let groups = tempfile::tempdir().unwrap();
        let say = |name: &str, text: &str| {
            let path = groups.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(given(groups.path()), None);
        say("memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(given(groups.path()), None);
        say("memory.max", "1000000000\n");
        assert_eq!(given(groups.path()), Some(850_000_000));
        say("memory.max", "max\n");
        assert_eq!(given(groups.path()), None, "version 1 says that there is none");
    }

    #[tokio::test]
    async fn who_asks_waits_while_memory_is_short_but_not_for_ever() {
        let memory = Memory::with_limit(Some(1));
        memory.room().await;
        memory.short.send_replace(true);
        let begun = Instant::now();
        memory.room().await;
        assert!(begun.elapsed() >= BREATH);
        let (waits, frees) = (memory.clone(), memory.clone());
        let waits = async {
            waits.room().await;
            assert!(!waits.is_short(), "it did not wait for its second to end");
        };
        tokio::join!(waits, async move { frees.short.send_replace(false) });
    }

    #[tokio::test]
    async fn turns_are_had_by_so_many_at_a_time() {
        let memory = Memory::default();
        let cores = std::thread::available_parallelism().unwrap().get();
        let mut had = Vec::new();
        for _ in 0..2 * cores {
            had.push(memory.turn().await);
        }
        assert!(tokio::time::timeout(Duration::from_millis(20), memory.turn()).await.is_err());
        had.pop();
        drop(memory.turn().await);
    }

    #[tokio::test]
    async fn a_bound_that_is_reached_is_told_once() {
        let memory = Memory::with_limit(Some(1 << 10));
        let (shutdown, mut told) = (CancellationToken::new(), Vec::new());
        let end = async {
            tokio::time::sleep(4 * LOOK_EVERY).await;
            shutdown.cancel();
        };
        tokio::join!(memory.clone().watch(shutdown.clone(), |resident, _| told.push(resident)), end);
        assert!(matches!(told[..], [resident] if resident > 1 << 20), "{told:?}");
        assert!(memory.is_short());
    }
}
