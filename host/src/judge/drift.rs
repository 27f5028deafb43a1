//! How far a container has moved away from what its model learned: the newest scores beside those of the training. Pure.
//!
//! Measured as the distance of Kolmogorov and Smirnov: the most by which the shares of scores below any limit differ. It is between 0 and 1, needs no
//! bins and no scale, takes equal scores as they are, and what chance alone makes of it is known whatever the detector. Only scores are looked at, so
//! it holds for every plugin. A generation is held to its own training; nothing is stored, a restart begins anew.

use std::collections::VecDeque;

use crate::pipeline::generation::Generation;

/// The newest scores that are compared, and the most of the training, evenly picked from all of them in order of size.
const RECENT_MAX: usize = 256;
const USUAL_MAX: usize = 256;

/// Fewer scores than this, on either side, say nothing.
const SCORES_MIN: usize = 20;

/// Distances up to here are like the training, whatever their number; above the other one nothing is as it was.
const LIKE: f64 = 0.2;
const UNLIKE: f64 = 0.5;

/// Times the square root of (n + m) / (n * m): chance goes beyond in one case of a thousand.
const CHANCE: f64 = 1.95;

/// The scores of one generation.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    /// The number under which the generation was made.
    made_as: u64,
    /// In order of size.
    usual: Vec<f32>,
    /// The newest last.
    recent: VecDeque<f32>,
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// 0 the same, 1 apart.
    pub distance: f64,
    /// What chance alone may make of it.
    pub chance: f64,
    /// Whether the newest scores are the higher ones.
    pub higher: bool,
    /// The newest windows that were compared.
    pub windows: usize,
}

impl Drift {
    pub fn of(generation: &Generation) -> Self {
        let mut usual = generation.calibration.clone();
        usual.sort_by(f32::total_cmp);
        if usual.len() > USUAL_MAX {
            usual = (0..USUAL_MAX).map(|place| usual[(2 * place + 1) * usual.len() / (2 * USUAL_MAX)]).collect();
        }
        Self { made_as: generation.made_as(), usual, recent: VecDeque::new() }
    }

    pub fn is_of(&self, generation: &Generation) -> bool {
        self.made_as == generation.made_as()
    }

    /// Takes in the scores of one batch.
    pub fn take(&mut self, scores: &[f32]) {
        self.recent.extend(scores);
        self.recent.drain(..self.recent.len().saturating_sub(RECENT_MAX));
    }

    /// `None` while there are too few.
    pub fn reading(&self) -> Option<Reading> {
        let (usual, windows) = (self.usual.len(), self.recent.len());
        if usual.min(windows) < SCORES_MIN {
            return None;
        }
        let mut recent: Vec<f32> = self.recent.iter().copied().collect();
        recent.sort_by(f32::total_cmp);
        let apart = farthest(&self.usual, &recent);
        let chance = CHANCE * ((usual + windows) as f64 / (usual * windows) as f64).sqrt();
        Some(Reading { distance: apart.abs(), chance, higher: apart > 0.0, windows })
    }
}

impl Reading {
    /// What that means, for people.
    pub fn words(&self) -> &'static str {
        match (self.distance, self.higher) {
            (distance, _) if distance <= LIKE.max(self.chance) => "like the training",
            (distance, true) if distance <= UNLIKE => "somewhat stranger than the training",
            (distance, false) if distance <= UNLIKE => "somewhat calmer than the training",
            (_, true) => "unlike the training, stranger",
            (_, false) => "unlike the training, calmer",
        }
    }
}

/// The largest difference of the shares below a limit, above 0 where `b` has the higher values. Both are in order of size.
fn farthest(a: &[f32], b: &[f32]) -> f64 {
    let share = |list: &[f32], limit: f32| list.partition_point(|value| *value <= limit) as f64 / list.len() as f64;
    let differences = a.iter().chain(b).map(|&limit| share(a, limit) - share(b, limit));
    differences.fold(0.0, |most: f64, found| if found.abs() > most.abs() { found } else { most })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drift(usual: &[f32], recent: &[f32]) -> Drift {
        Drift { made_as: 1, usual: usual.to_vec(), recent: recent.iter().copied().collect() }
    }

    #[test]
    fn the_distance_is_the_one_computed_by_hand() {
        // Up to 2: three of four on the left, one of four on the right.
        assert_eq!(farthest(&[1.0, 2.0, 2.0, 4.0], &[2.0, 3.0, 4.0, 5.0]), 0.5);
        assert_eq!(farthest(&[2.0, 3.0, 4.0, 5.0], &[1.0, 2.0, 2.0, 4.0]), -0.5);
        assert_eq!(farthest(&[1.0, 1.0], &[1.0, 1.0]), 0.0);
        assert_eq!(farthest(&[1.0], &[2.0]), 1.0);
    }

    #[test]
    fn levels_have_words_and_a_direction() {
        let even = |from: f32| (0..100_u8).map(|at| from + f32::from(at)).collect::<Vec<f32>>();
        let words = |moved: f32| {
            let reading = drift(&even(0.0), &even(moved)).reading().unwrap();
            ((1_000.0 * reading.distance).round(), reading.words())
        };
        assert_eq!(words(0.0), (0.0, "like the training"));
        // Chance alone: 1.95 * sqrt(200 / 10,000) is 0.276.
        assert_eq!(words(25.0), (250.0, "like the training"));
        assert_eq!(words(40.0), (400.0, "somewhat stranger than the training"));
        assert_eq!(words(-40.0), (400.0, "somewhat calmer than the training"));
        assert_eq!(words(90.0), (900.0, "unlike the training, stranger"));
    }

    #[test]
    fn a_few_scores_say_nothing_and_only_the_newest_count() {
        let mut drift = drift(&[1.0; SCORES_MIN], &[]);
        drift.take(&[9.0; SCORES_MIN - 1]);
        assert_eq!(drift.reading(), None);
        drift.take(&[9.0]);
        assert_eq!(drift.reading().unwrap().distance, 1.0);
        drift.take(&[1.0; RECENT_MAX]);
        let reading = drift.reading().unwrap();
        assert_eq!((reading.distance, reading.windows), (0.0, RECENT_MAX));
    }
}
