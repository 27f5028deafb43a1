//! A generation with its instances ready to score.

use std::sync::Arc;

use super::costs::Costs;
use super::generation::Generation;
use crate::plugins::{Column, Detector, PluginError, Rows, Slot, Term, Vectorizer};
use crate::window::Windows;

/// Most windows and most bytes of text in one call: what a plugin holds at once.
const CALL_WINDOWS_MAX: usize = 256;
const CALL_BYTES_MAX: usize = 4 << 20;

/// Instances of a generation's vectorizer and detector. Calls block.
#[derive(Debug)]
pub struct Live {
    pub generation: Arc<Generation>,
    vectorizer: Vectorizer,
    detector: Detector,
}

impl Live {
    pub fn open(generation: Arc<Generation>, costs: &Costs) -> Result<Self, PluginError> {
        let pipeline = &generation.pipeline;
        let (slot, state) = (&pipeline.vectorizer, &generation.vectorizer_state);
        let mut vectorizer = Vectorizer::load(&slot.plugin, &slot.settings, generation.vectorizer_format, state)?;
        vectorizer.bill(costs.of(Slot::Vectorizer, slot.plugin.digest));
        if let Some(columns) = generation.columns {
            vectorizer.expect_columns(columns);
        }
        let (slot, state) = (&pipeline.detector, &generation.model);
        let mut detector = Detector::load(&slot.plugin, &slot.settings, generation.model_format, state)?;
        detector.bill(costs.of(Slot::Detector, slot.plugin.digest));
        Ok(Self { generation, vectorizer, detector })
    }

    /// Rows of windows that were not learned from.
    pub fn rows(&mut self, windows: &Windows) -> Result<Rows, PluginError> {
        transform(&mut self.vectorizer, windows, false)
    }

    /// One score a row.
    pub fn score_rows(&mut self, rows: &Rows) -> Result<Vec<f32>, PluginError> {
        self.detector.score(rows)
    }

    /// One score a window.
    pub fn score(&mut self, windows: &Windows) -> Result<Vec<f32>, PluginError> {
        let rows = self.rows(windows)?;
        self.score_rows(&rows)
    }

    /// One score a window; in the row of window i the columns `taken[i]` are as they are in the one window `other`. Without `other` nothing is
    /// taken over.
    pub fn score_as(
        &mut self,
        windows: &Windows,
        other: Option<&Windows>,
        taken: &[Vec<u32>],
    ) -> Result<Vec<f32>, PluginError> {
        let rows = self.rows(windows)?;
        let Some(other) = other.filter(|_| taken.iter().any(|taken| !taken.is_empty())) else {
            return self.score_rows(&rows);
        };
        let other = self.rows(other)?;
        let mut mixed = Rows::default();
        for (index, taken) in taken.iter().enumerate() {
            mixed.push_as(&rows, index, &other, taken);
        }
        self.score_rows(&mixed)
    }

    /// What the columns of the rows stand for.
    pub fn columns(&mut self) -> Result<Vec<Column>, PluginError> {
        self.vectorizer.columns()
    }

    /// The same by name.
    pub fn column_names(&mut self) -> Result<Vec<String>, PluginError> {
        Ok(self.columns()?.into_iter().map(|column| column.name).collect())
    }

    /// Bytes of linear memory that both instances have.
    pub fn memory_bytes(&self) -> u64 {
        (self.vectorizer.memory_bytes() + self.detector.memory_bytes()) as u64
    }

    /// The terms that make the one window strange, the heaviest first.
    pub fn terms(&mut self, window: &Windows, limit: u32) -> Result<Vec<Term>, PluginError> {
        let rows = self.vectorizer.transform(window, false)?;
        let weights = self.detector.explain(&rows)?;
        self.vectorizer.explain(window, &weights, limit)
    }

    /// The terms of the one window whether they are strange or not: as if all of its columns were.
    pub fn all_terms(&mut self, window: &Windows, limit: u32) -> Result<Vec<Term>, PluginError> {
        let columns = self.rows(window)?.columns;
        self.vectorizer.explain(window, &vec![1.0; columns as usize], limit)
    }
}

/// Turns windows into rows, a bounded number at once.
pub fn transform(vectorizer: &mut Vectorizer, windows: &Windows, learned: bool) -> Result<Rows, PluginError> {
    let mut rows: Option<Rows> = None;
    for piece in pieces(windows) {
        let more = vectorizer.transform(&piece, learned)?;
        match &mut rows {
            Some(rows) => rows.extend(&more),
            None => rows = Some(more),
        }
    }
    Ok(rows.unwrap_or_default())
}

/// The windows in pieces that fit into one call.
pub fn pieces(windows: &Windows) -> impl Iterator<Item = Windows> + '_ {
    let mut next = 0;
    std::iter::from_fn(move || {
        let first = next;
        let mut bytes = 0;
        while next < windows.len() && next - first < CALL_WINDOWS_MAX && (bytes < CALL_BYTES_MAX || next == first) {
            let lines = windows.range(next);
            bytes += (windows.lines.offsets()[lines.end] - windows.lines.offsets()[lines.start]) as usize;
            next += 1;
        }
        (next > first).then(|| windows.select(first..next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Line, Lines, Output};
    use crate::window::Cut;

    fn windows(texts: &[Vec<u8>]) -> Windows {
        let lines: Lines = texts.iter().map(|text| Line { time_ns: 1, output: Output::Stdout, text }).collect();
        let mut windows = Windows::default();
        for index in 0..texts.len() {
            windows.push(&lines, &Cut { lines: index..index + 1, begin_ns: 0, end_ns: 1 });
        }
        windows
    }

    #[test]
    fn pieces_hold_every_window_once_and_stay_bounded() {
        let all = windows(&vec![b"x".to_vec(); 600]);
        assert_eq!(pieces(&all).map(|piece| piece.len()).collect::<Vec<_>>(), [256, 256, 88]);
    }

    #[test]
    fn a_window_larger_than_a_call_goes_alone() {
        let all = windows(&[vec![b'x'; CALL_BYTES_MAX + 1], vec![b'y'; 10], vec![b'z'; 10]]);
        assert_eq!(pieces(&all).map(|piece| piece.len()).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn no_windows_make_no_piece() {
        assert_eq!(pieces(&Windows::default()).count(), 0);
    }
}
