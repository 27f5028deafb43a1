//! What a plugin costs one container: calls, their time, faults and memory. Counters that are written by the one thread that
//! makes the calls and may be read by any; 800 bytes each, so that thousands are no matter.
//!
//! Times go into buckets that are wider by a fixed factor each, so a percentile is off by at most 9 %.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Buckets from 1 µs (2^10 ns) to 17 s (2^34 ns), four to a doubling; the first holds what is shorter, the last what is longer.
const FIRST_LOG2: u32 = 10;
const DOUBLINGS: usize = 24;
const STEPS: usize = 4;
const BUCKETS: usize = DOUBLINGS * STEPS + 2;

/// The counters of one plugin in one slot of one container.
#[derive(Debug)]
pub struct Cost {
    calls: [AtomicU64; BUCKETS],
    busy_ns: AtomicU64,
    faults: AtomicU64,
    memory_bytes: AtomicU64,
    memory_peak_bytes: AtomicU64,
}

impl Cost {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            calls: array::from_fn(|_| AtomicU64::new(0)),
            busy_ns: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            memory_bytes: AtomicU64::new(0),
            memory_peak_bytes: AtomicU64::new(0),
        })
    }

    pub fn snapshot(&self) -> CostSnapshot {
        let mut snapshot = CostSnapshot {
            faults: self.faults.load(Relaxed),
            busy_ns: self.busy_ns.load(Relaxed),
            memory_bytes: self.memory_bytes.load(Relaxed),
            memory_peak_bytes: self.memory_peak_bytes.load(Relaxed),
            counts: self.calls.iter().map(|count| count.load(Relaxed)).collect(),
            ..CostSnapshot::default()
        };
        snapshot.sum_up();
        snapshot
    }

    /// One call was made, whatever became of it.
    pub(super) fn called(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.calls[bucket(ns)].fetch_add(1, Relaxed);
        self.busy_ns.fetch_add(ns, Relaxed);
    }

    /// The plugin broke its contract.
    pub(super) fn faulted(&self) {
        self.faults.fetch_add(1, Relaxed);
    }

    /// The linear memory that the instance has now.
    pub(super) fn holds(&self, memory_bytes: usize) {
        self.memory_bytes.store(memory_bytes as u64, Relaxed);
        self.memory_peak_bytes.fetch_max(memory_bytes as u64, Relaxed);
    }
}

/// The counters at one moment. Calls of a dead instance are not counted, its fault once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CostSnapshot {
    pub calls: u64,
    pub faults: u64,
    /// Time of all calls, in the component and over its boundary.
    pub busy_ns: u64,
    /// Half of the calls took no longer, 99 of 100 took no longer; `None` before the first call.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    /// Linear memory of the newest instance, and of the largest.
    pub memory_bytes: u64,
    pub memory_peak_bytes: u64,
    /// Calls by bucket; empty where there were none.
    counts: Vec<u64>,
}

impl CostSnapshot {
    /// Takes in the cost of another container or slot. Memory adds up; so do peaks, which need not have been at one time.
    pub fn add(&mut self, other: &Self) {
        self.faults += other.faults;
        self.busy_ns += other.busy_ns;
        self.memory_bytes += other.memory_bytes;
        self.memory_peak_bytes += other.memory_peak_bytes;
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, other)| *count += other);
        self.sum_up();
    }

    /// For a Prometheus histogram: upper bounds, in seconds, each twice the one before, the last infinite; and how many calls
    /// took no longer (cumulative, as in the exposition format).
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let mut buckets: Vec<(f64, u64)> = (0..=DOUBLINGS)
            .map(|doubling| {
                let upto = doubling * STEPS;
                (upper_ns(upto) / 1e9, self.counts.iter().take(upto + 1).sum())
            })
            .collect();
        buckets.push((f64::INFINITY, self.calls));
        buckets
    }

    fn sum_up(&mut self) {
        self.calls = self.counts.iter().sum();
        self.p50_us = self.percentile_us(0.5);
        self.p99_us = self.percentile_us(0.99);
    }

    /// The middle of the bucket that holds the call of this rank.
    fn percentile_us(&self, share: f64) -> Option<f64> {
        let rank = (share * self.calls as f64).ceil();
        let mut below = 0;
        let index = self.counts.iter().position(|count| {
            below += count;
            *count > 0 && below as f64 >= rank
        })?;
        Some(upper_ns(index) / 2_f64.powf(0.5 / STEPS as f64) / 1e3)
    }
}

/// The bucket of a time.
fn bucket(ns: u64) -> usize {
    if ns < 1 << FIRST_LOG2 {
        return 0;
    }
    let steps = ((ns as f64).log2() - f64::from(FIRST_LOG2)) * STEPS as f64;
    (1 + steps as usize).min(BUCKETS - 1)
}

/// Where a bucket ends; the next one begins there.
fn upper_ns(bucket: usize) -> f64 {
    2_f64.powf(f64::from(FIRST_LOG2) + bucket as f64 / STEPS as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(times_ns: impl IntoIterator<Item = u64>) -> CostSnapshot {
        let cost = Cost::new();
        times_ns.into_iter().for_each(|ns| cost.called(Duration::from_nanos(ns)));
        cost.snapshot()
    }

    #[test]
    fn percentiles_are_within_a_tenth() {
        for exact_us in [1.1, 7.0, 67.3, 999.0, 12_345.0, 2_000_000.0] {
            let found = cost([(exact_us * 1e3) as u64; 3]);
            for found_us in [found.p50_us.unwrap(), found.p99_us.unwrap()] {
                assert!((found_us / exact_us - 1.0).abs() < 0.1, "{found_us} for {exact_us}");
            }
        }
        let spread = cost((1..=1_000).map(|number| number * 10_000));
        assert!((spread.p50_us.unwrap() / 5_000.0 - 1.0).abs() < 0.1, "{spread:?}");
        assert!((spread.p99_us.unwrap() / 9_900.0 - 1.0).abs() < 0.1, "{spread:?}");
    }

    #[test]
    fn nothing_called_has_no_percentiles() {
        let nothing = cost([]);
        assert_eq!((nothing.calls, nothing.p50_us, nothing.p99_us), (0, None, None));
        assert!(nothing.buckets().iter().all(|(_, count)| *count == 0));
    }

    #[test]
    fn times_of_any_length_are_counted() {
        let found = cost([0, 1, 1_023, 1_024, u64::MAX]);
        let buckets = found.buckets();
        assert_eq!(found.calls, 5);
        assert_eq!(buckets[0], (1.024e-6, 3));
        assert_eq!(buckets[1].1, 4);
        assert_eq!(buckets[buckets.len() - 2].1, 4);
        assert_eq!(buckets[buckets.len() - 1], (f64::INFINITY, 5));
        assert!(buckets.is_sorted());
    }

    #[test]
    fn costs_of_several_containers_add_up() {
        let mut all = CostSnapshot::default();
        all.add(&cost([2_000, 2_000, 2_000]));
        all.add(&cost([8_000_000]));
        assert_eq!((all.calls, all.busy_ns), (4, 8_006_000));
        assert!(all.p50_us.unwrap() < 3.0 && all.p99_us.unwrap() > 7_000.0, "{all:?}");
    }

    #[test]
    fn the_peak_of_memory_outlives_the_instance() {
        let cost = Cost::new();
        cost.holds(5 << 20);
        cost.holds(1 << 20);
        let found = cost.snapshot();
        assert_eq!((found.memory_bytes, found.memory_peak_bytes), (1 << 20, 5 << 20));
    }
}
