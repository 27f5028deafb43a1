//! Where a node is split: which column, and at which threshold.

use crate::ranges::{key, sort, value};
use crate::rng::Rng;
use crate::sample::Sample;
use crate::settings::{Settings, Split, Weigh};

/// Draws of a column that turned out constant before all columns of the node are looked at.
const DRAWS_MAX: usize = 16;

/// A split: rows whose value in `column` (of the sample) is above `threshold` go right. Both sides get at least one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    pub(crate) column: usize,
    pub(crate) threshold: f32,
}

/// Chooses splits for one tree.
#[derive(Debug)]
pub(crate) struct Splitter<'a> {
    sample: &'a Sample,
    split: Split,
    candidates: u32,
    /// Running sums of the columns' weights.
    sums: Vec<f64>,
    /// Keys of the values that are looked at, for sorting them.
    keys: Vec<i32>,
    sorted: Vec<f32>,
}

impl<'a> Splitter<'a> {
    pub(crate) fn new(sample: &'a Sample, settings: &Settings) -> Self {
        let weights = (0..sample.columns.len()).map(|i| weight(sample.column(i), settings.weigh));
        let sums = weights
            .scan(0.0, |sum, w| {
                *sum += w;
                Some(*sum)
            })
            .collect();
        let candidates = if settings.split == Split::Uniform { 1 } else { settings.candidates };
        Self { sample, split: settings.split, candidates, sums, keys: Vec::new(), sorted: Vec::new() }
    }

    /// A split of `rows`, or nothing if they are all the same.
    pub(crate) fn choose(&mut self, rows: &[u32], rng: &mut Rng) -> Option<Cut> {
        let mut best: Option<(f64, Cut)> = None;
        for _ in 0..self.candidates {
            let (column, low, high) = self.draw(rows, rng)?;
            let (gain, threshold) = match self.split {
                Split::Uniform => (0.0, between(low, high, rng)),
                Split::Pooled | Split::Averaged => self.best_threshold(rows, column),
            };
            if best.is_none_or(|(most, _)| gain > most) {
                best = Some((gain, Cut { column, threshold }));
            }
        }
        best.map(|(_, cut)| cut)
    }

    /// A column in which `rows` differ, drawn by weight, and its smallest and largest value.
    fn draw(&self, rows: &[u32], rng: &mut Rng) -> Option<(usize, f32, f32)> {
        let total = *self.sums.last()?;
        for _ in 0..DRAWS_MAX {
            let at = rng.unit() * total;
            let column = self.sums.partition_point(|sum| *sum <= at).min(self.sums.len() - 1);
            let (low, high) = span(self.sample.column(column), rows);
            if low < high {
                return Some((column, low, high));
            }
        }
        self.draw_from_all(rows, rng)
    }

    fn draw_from_all(&self, rows: &[u32], rng: &mut Rng) -> Option<(usize, f32, f32)> {
        let mut total = 0.0;
        let mut open = Vec::new();
        for column in 0..self.sums.len() {
            let (low, high) = span(self.sample.column(column), rows);
            if low < high {
                total += self.sums[column] - if column == 0 { 0.0 } else { self.sums[column - 1] };
                open.push((total, (column, low, high)));
            }
        }
        let at = rng.unit() * total;
        let i = open.partition_point(|(sum, _)| *sum <= at).min(open.len().checked_sub(1)?);
        Some(open[i].1)
    }

    /// The threshold after which the values spread least, and by how much of their spread.
    fn best_threshold(&mut self, rows: &[u32], column: usize) -> (f64, f32) {
        let values = self.sample.column(column);
        self.keys.clear();
        self.keys.extend(rows.iter().map(|&r| key(values[r as usize])));
        sort(&mut self.keys);
        self.sorted.clear();
        self.sorted.extend(self.keys.iter().map(|&key| value(key)));
        let n = self.sorted.len();
        let mean = self.sorted.iter().map(|v| f64::from(*v)).sum::<f64>() / n as f64;
        let all = self.sorted.iter().fold(Moments::default(), |m, v| m.with(f64::from(*v) - mean));
        let whole = all.deviation();
        let mut left = Moments::default();
        let mut best = (f64::NEG_INFINITY, self.sorted[0]);
        for pair in self.sorted.windows(2) {
            left = left.with(f64::from(pair[0]) - mean);
            if pair[0] == pair[1] {
                continue;
            }
            let right = all.without(left);
            let (l, r) = (left.deviation(), right.deviation());
            let after = match self.split {
                Split::Pooled => (left.n * l + right.n * r) / n as f64,
                Split::Averaged | Split::Uniform => (l + r) / 2.0,
            };
            let gain = 1.0 - after / whole;
            if gain > best.0 {
                best = (gain, middle(pair[0], pair[1]));
            }
        }
        best
    }
}

/// Count, sum and sum of squares.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn with(self, v: f64) -> Self {
        Self { n: self.n + 1.0, sum: self.sum + v, squares: self.squares + v * v }
    }

    fn without(self, part: Self) -> Self {
        Self { n: self.n - part.n, sum: self.sum - part.sum, squares: self.squares - part.squares }
    }

    fn deviation(self) -> f64 {
        let mean = self.sum / self.n;
        (self.squares / self.n - mean * mean).max(0.0).sqrt()
    }
}

/// Smallest and largest value of `rows`.
fn span(column: &[f32], rows: &[u32]) -> (f32, f32) {
    let first = column[rows[0] as usize];
    let (mut low, mut high) = (first, first);
    // Values are finite: a comparison is less work than `min`, which minds those that are none.
    for &r in &rows[1..] {
        let v = column[r as usize];
        low = if v < low { v } else { low };
        high = if v > high { v } else { high };
    }
    (low, high)
}

/// A number in `[low, high)`, so that `low` goes left and `high` right.
fn between(low: f32, high: f32, rng: &mut Rng) -> f32 {
    let (l, h) = (f64::from(low), f64::from(high));
    let at = (l + (h - l) * rng.unit()) as f32;
    if at < high { at.max(low) } else { low }
}

fn middle(a: f32, b: f32) -> f32 {
    let at = ((f64::from(a) + f64::from(b)) / 2.0) as f32;
    if at < b { at } else { a }
}

/// How likely a column is drawn. Above 0 for every column that is not constant.
fn weight(column: &[f32], weigh: Weigh) -> f64 {
    if weigh == Weigh::Uniform {
        return 1.0;
    }
    let n = column.len() as f64;
    let mean = column.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let moment = |power: i32| column.iter().map(|v| (f64::from(*v) - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2).max(f64::MIN_POSITIVE);
    match weigh {
        Weigh::Kurtosis => (moment(4) / (variance * variance)).clamp(1.0, n),
        Weigh::Variance | Weigh::Uniform => variance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rows;
    use crate::sample::Sampler;

    fn sample_of(columns: &[&[f32]]) -> Sample {
        let n = columns[0].len();
        let row_ptr: Vec<u32> = (0..=n).map(|r| (r * columns.len()) as u32).collect();
        let idx: Vec<u32> = (0..n).flat_map(|_| 0..columns.len() as u32).collect();
        let val: Vec<f32> = (0..n).flat_map(|r| columns.iter().map(move |c| c[r])).collect();
        let rows = Rows::check(columns.len() as u32, &row_ptr, &idx, &val).unwrap();
        Sampler::new(&rows).draw(n, &mut Rng::for_tree(0, 0)).unwrap()
    }

    fn cut(columns: &[&[f32]], split: Split) -> Cut {
        let sample = sample_of(columns);
        let settings = Settings { split, candidates: 32, ..Settings::default() };
        let rows: Vec<u32> = (0..sample.rows as u32).collect();
        Splitter::new(&sample, &settings).choose(&rows, &mut Rng::for_tree(1, 1)).unwrap()
    }

    #[test]
    fn guided_splits_part_the_clusters() {
        let values: [f32; 10] = [0.0, 0.1, 0.2, 0.3, 0.4, 9.0, 9.1, 9.2, 9.3, 9.4];
        let cut = cut(&[&values], Split::Pooled);
        assert!((cut.threshold - 4.7).abs() < 1e-6, "{cut:?}");
    }

    #[test]
    fn guided_splits_prefer_the_column_that_parts_best() {
        let even: Vec<f32> = (0..40).map(|i| i as f32).collect();
        let mut spike = vec![0.0; 40];
        spike[11] = 1.0;
        for split in [Split::Pooled, Split::Averaged] {
            assert_eq!(cut(&[&even, &spike], split), Cut { column: 1, threshold: 0.5 });
        }
    }

    #[test]
    fn rows_that_are_all_the_same_are_not_split() {
        let sample = sample_of(&[&[1.0, 1.0, 2.0, 2.0]]);
        let mut splitter = Splitter::new(&sample, &Settings::default());
        let column = sample.column(0);
        let same: Vec<u32> = (0..4).filter(|&r| column[r as usize] == 1.0).collect();
        assert_eq!(splitter.choose(&same, &mut Rng::for_tree(1, 1)), None);
    }

    #[test]
    fn thresholds_always_leave_rows_on_both_sides() {
        let mut rng = Rng::for_tree(3, 3);
        let near = 1.0f32.next_up();
        for _ in 0..1_000 {
            assert_eq!(between(1.0, near, &mut rng), 1.0);
            assert!(between(f32::MIN, f32::MAX, &mut rng) < f32::MAX);
        }
        assert_eq!(middle(1.0, near), 1.0);
        assert_eq!(middle(f32::MAX.next_down(), f32::MAX), f32::MAX.next_down());
    }

    #[test]
    fn kurtosis_prefers_the_column_with_few_far_values() {
        let mut spike = vec![0.0; 64];
        spike[5] = 1.0;
        let even: Vec<f32> = (0..64).map(|i| i as f32).collect();
        assert!(weight(&spike, Weigh::Kurtosis) > 30.0 * weight(&even, Weigh::Kurtosis));
        assert!(weight(&even, Weigh::Variance) > 30.0 * weight(&spike, Weigh::Variance));
    }
}
