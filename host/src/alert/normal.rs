//! Windows that were usual, to hold a strange one against.
//!
//! Kept as lines, not as rows: so they serve every generation, and need no place in what is stored of one. Rows and scores are made when the
//! first strange window comes, and once for each generation; a window that is not strange costs nothing here.

use crate::pipeline::live::Live;
use crate::plugins::{PluginError, Rows};
use crate::window::Windows;

/// Most windows that are kept to choose from, and most bytes of their text.
pub const WINDOWS_MAX: usize = 256;
const TEXT_BYTES_MAX: usize = 2 << 20;

/// A window is normal when it scores at most this share of the threshold; where none does, when it is below the threshold at all.
const NORMAL_SHARE: f32 = 0.8;

/// Gives the newest windows of a container, those of alerts left out, in order of time; none where they cannot be had. May block.
pub type Recall = Box<dyn Fn() -> Windows + Send>;

/// Windows that were not part of an alert, in order of time.
#[derive(Debug, Default)]
pub struct Reference {
    windows: Windows,
    seen_as: Option<SeenAs>,
}

/// What a generation makes of them.
#[derive(Debug)]
struct SeenAs {
    generation: u64,
    rows: Rows,
    scores: Vec<f32>,
}

/// The normal window that is most like a strange one.
#[derive(Debug)]
pub(super) struct Nearest {
    /// It alone.
    pub(super) window: Windows,
    /// As the detector gave it.
    pub(super) score: f32,
}

impl Reference {
    /// The newest of `windows` that fit.
    pub fn new(windows: &Windows) -> Self {
        let mut first = windows.len();
        let mut bytes = 0;
        while first > 0 && windows.len() - first < WINDOWS_MAX {
            let lines = windows.range(first - 1);
            bytes += (windows.lines.offsets()[lines.end] - windows.lines.offsets()[lines.start]) as usize;
            if bytes > TEXT_BYTES_MAX {
                break;
            }
            first -= 1;
        }
        Self { windows: windows.select(first..windows.len()), seen_as: None }
    }

    /// The normal window nearest to `window`, a single one; `None` where none is normal.
    pub(super) fn nearest(
        &mut self,
        live: &mut Live,
        window: &Windows,
        threshold: f32,
    ) -> Result<Option<Nearest>, PluginError> {
        if self.windows.is_empty() {
            return Ok(None);
        }
        let row = live.rows(window)?;
        let seen = self.seen_by(live)?;
        let place = nearest(&row, &seen.rows, &normal(&seen.scores, threshold));
        let found = place.map(|place| (place, seen.scores[place]));
        Ok(found.map(|(place, score)| Nearest { window: self.windows.select([place]), score }))
    }

    fn seen_by(&mut self, live: &mut Live) -> Result<&SeenAs, PluginError> {
        let generation = live.generation.number;
        let seen = match self.seen_as.take().filter(|seen| seen.generation == generation) {
            Some(seen) => seen,
            None => {
                let rows = live.rows(&self.windows)?;
                let scores = live.score(&self.windows)?;
                SeenAs { generation, rows, scores }
            }
        };
        Ok(self.seen_as.insert(seen))
    }
}

/// Places of the windows that are normal.
fn normal(scores: &[f32], threshold: f32) -> Vec<usize> {
    let below =
        |share: f32| -> Vec<usize> { (0..scores.len()).filter(|&place| scores[place] < share * threshold).collect() };
    let found = below(NORMAL_SHARE);
    if found.is_empty() { below(1.0) } else { found }
}

/// The one of `places` whose row is nearest to the one row of `row`; the newest of equals. Each column counts by its distance in units of the
/// range it has among the `places`, and as 1 at most: what is strange in a window is far from all of them and must not decide.
fn nearest(row: &Rows, rows: &Rows, places: &[usize]) -> Option<usize> {
    if row.columns != rows.columns || places.is_empty() {
        return None;
    }
    let (here, there) = (row.to_dense(), rows.select(places.iter().copied()).to_dense());
    let mut distances = vec![0.0_f32; places.len()];
    for (column, values) in there.columns().into_iter().enumerate() {
        let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
        let range = high - low;
        if range > 0.0 && range.is_finite() {
            for (distance, value) in distances.iter_mut().zip(values) {
                *distance += ((value - here[[0, column]]).abs() / range).min(1.0);
            }
        }
    }
    (0..places.len()).rev().min_by(|&a, &b| distances[a].total_cmp(&distances[b])).map(|at| places[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Line, Lines, Output};
    use crate::window::Cut;
    use ndarray::array;

    #[test]
    fn the_nearest_is_told_by_all_columns_in_units_of_their_ranges() {
        let rows = Rows::from_dense(&array![[0.0, 100.0], [10.0, 0.0], [5.0, 50.0]]);
        let row = Rows::from_dense(&array![[9.0, 20.0]]);
        // 0.9 + 0.8, 0.1 + 0.2, 0.4 + 0.3.
        assert_eq!(nearest(&row, &rows, &[0, 1, 2]), Some(1));
        assert_eq!(nearest(&row, &rows, &[0, 2]), Some(2));
        assert_eq!(nearest(&row, &rows, &[]), None);
    }

    #[test]
    fn a_column_that_is_far_from_all_decides_nothing() {
        let rows = Rows::from_dense(&array![[1.0, 0.0], [0.0, 0.9]]);
        // The first is nearer by 1 in the column that is far off, the second by 0.9 in the other.
        let row = Rows::from_dense(&array![[1000.0, 0.9]]);
        assert_eq!(nearest(&row, &rows, &[0, 1]), Some(1));
    }

    #[test]
    fn the_newest_of_equals_is_the_nearest() {
        let rows = Rows::from_dense(&array![[1.0], [1.0], [3.0]]);
        assert_eq!(nearest(&Rows::from_dense(&array![[1.0]]), &rows, &[0, 1, 2]), Some(1));
    }

    #[test]
    fn a_window_is_normal_well_below_the_threshold_or_else_below_it() {
        assert_eq!(normal(&[0.5, 0.85, 1.2], 1.0), [0]);
        assert_eq!(normal(&[0.85, 1.2], 1.0), [0]);
        assert!(normal(&[1.0, 1.2], 1.0).is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_newest() {
        let texts = vec![vec![b'x'; 8 << 10]; 300];
        let lines: Lines = texts.iter().map(|text| Line { time_ns: 1, output: Output::Stdout, text }).collect();
        let mut windows = Windows::default();
        (0..300).for_each(|at| windows.push(&lines, &Cut { lines: at..at + 1, begin_ns: at as u64, end_ns: 999 }));
        assert_eq!(Reference::new(&windows).windows.begins, (44..300).collect::<Vec<u64>>());
        let wide = windows.select(0..300).lines;
        let mut large = Windows::default();
        (0..3)
            .for_each(|at| large.push(&wide, &Cut { lines: at * 100..(at + 1) * 100, begin_ns: at as u64, end_ns: 9 }));
        assert_eq!(Reference::new(&large).windows.begins, [1, 2], "three times 800 KiB is too much");
        assert!(Reference::new(&Windows::default()).windows.is_empty());
    }
}
