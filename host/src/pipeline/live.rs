//! A generation with its instances ready to score, and the ones before it that vote with it.

use std::sync::Arc;

use super::costs::Costs;
use super::generation::Generation;
use super::member::Member;
use super::vote::{self, Ballot};
use crate::plugins::{Column, PluginError, Rows, Term, Vectorizer};
use crate::window::Windows;

/// Most windows and most bytes of text in one call: what a plugin holds at once.
const CALL_WINDOWS_MAX: usize = 256;
const CALL_BYTES_MAX: usize = 4 << 20;

/// Instances of a generation's vectorizer and detector, and of those generations before it that vote with it. Calls block.
#[derive(Debug)]
pub struct Live {
    pub generation: Arc<Generation>,
    newest: Member,
    elders: Vec<Member>,
    /// What each said of the windows scored last.
    said: Vec<Ballot>,
}

impl Live {
    /// The generation alone.
    pub fn open(generation: Arc<Generation>, costs: &Costs) -> Result<Self, PluginError> {
        let newest = Member::open(Arc::clone(&generation), costs)?;
        Ok(Self { generation, newest, elders: Vec::new(), said: Vec::new() })
    }

    /// The same with others that vote with it. Only those made by just these plugins do; one that cannot be opened is left out.
    #[must_use]
    pub fn with_elders(mut self, elders: &[Arc<Generation>], costs: &Costs) -> Self {
        let alike = elders.iter().filter(|elder| elder.pipeline.learns_as(&self.generation.pipeline));
        for elder in alike {
            match Member::open(Arc::clone(elder), costs) {
                Ok(member) => self.elders.push(member),
                Err(error) => tracing::warn!(generation = elder.number, %error, "a generation does not vote"),
            }
        }
        self
    }

    /// Fresh instances of the same.
    pub fn afresh(&self, costs: &Costs) -> Result<Self, PluginError> {
        let elders: Vec<_> = self.elders.iter().map(|elder| Arc::clone(&elder.generation)).collect();
        Ok(Self::open(Arc::clone(&self.generation), costs)?.with_elders(&elders, costs))
    }

    /// Rows of windows that were not learned from, as the newest sees them.
    pub fn rows(&mut self, windows: &Windows) -> Result<Rows, PluginError> {
        self.newest.rows(windows)
    }

    /// One score a row, by the newest alone.
    pub fn score_rows(&mut self, rows: &Rows) -> Result<Vec<f32>, PluginError> {
        self.newest.detector.score(rows)
    }

    /// One score a window: the median of all that vote.
    pub fn score(&mut self, windows: &Windows) -> Result<Vec<f32>, PluginError> {
        let rows = self.rows(windows)?;
        self.score_known(windows, &rows)
    }

    /// The same where the newest one's rows are there already.
    pub fn score_known(&mut self, windows: &Windows, rows: &Rows) -> Result<Vec<f32>, PluginError> {
        let scores = self.score_rows(rows)?;
        self.said = self.ballots(scores, |elder| {
            let rows = elder.rows(windows)?;
            elder.detector.score(&rows)
        });
        Ok(vote::count(&self.said))
    }

    /// What each of those that vote said of the windows scored last, on the newest one's level, the newest first.
    pub fn said(&self) -> &[Ballot] {
        &self.said
    }

    /// One score a window; in the row of window i the columns `taken[i]` are as they are in the one window `other`. Without `other` nothing is
    /// taken over.
    pub fn score_as(
        &mut self,
        windows: &Windows,
        other: Option<&Windows>,
        taken: &[Vec<u32>],
    ) -> Result<Vec<f32>, PluginError> {
        let Some(other) = other.filter(|_| taken.iter().any(|taken| !taken.is_empty())) else {
            return self.score(windows);
        };
        let scores = self.newest.score_as(windows, other, taken)?;
        let ballots = self.ballots(scores, |elder| elder.score_as(windows, other, taken));
        Ok(vote::count(&ballots))
    }

    /// The newest one's scores and the elders' on its level. An elder that fails votes no more: the newest goes on without it.
    fn ballots(
        &mut self,
        newest: Vec<f32>,
        mut scores: impl FnMut(&mut Member) -> Result<Vec<f32>, PluginError>,
    ) -> Vec<Ballot> {
        let generation = self.generation.number;
        let mut ballots = vec![Ballot { generation, scores: newest, usual: self.newest.usual }];
        self.elders.retain_mut(|elder| match scores(elder) {
            Ok(scores) => {
                ballots.push(Ballot { generation: elder.generation.number, scores, usual: elder.usual });
                true
            }
            Err(error) => {
                tracing::warn!(generation = elder.generation.number, %error, "a generation votes no more");
                false
            }
        });
        vote::level(&mut ballots);
        ballots
    }

    /// The generations before that vote, the newest first.
    pub fn voters(&self) -> impl ExactSizeIterator<Item = u64> {
        self.elders.iter().map(|elder| elder.generation.number)
    }

    /// All that vote, the newest first.
    pub fn generations(&self) -> Vec<Arc<Generation>> {
        let elders = self.elders.iter().map(|elder| Arc::clone(&elder.generation));
        [Arc::clone(&self.generation)].into_iter().chain(elders).collect()
    }

    /// What the columns of the rows stand for.
    pub fn columns(&mut self) -> Result<Vec<Column>, PluginError> {
        self.newest.vectorizer.columns()
    }

    /// The same by name.
    pub fn column_names(&mut self) -> Result<Vec<String>, PluginError> {
        Ok(self.columns()?.into_iter().map(|column| column.name).collect())
    }

    /// Bytes of linear memory that all instances have.
    pub fn memory_bytes(&self) -> u64 {
        self.newest.memory_bytes() + self.elders.iter().map(Member::memory_bytes).sum::<u64>()
    }

    /// The terms that make the one window strange, the heaviest first.
    pub fn terms(&mut self, window: &Windows, limit: u32) -> Result<Vec<Term>, PluginError> {
        let Member { vectorizer, detector, .. } = &mut self.newest;
        let rows = vectorizer.transform(window, false)?;
        let weights = detector.explain(&rows)?;
        vectorizer.explain(window, &weights, limit)
    }

    /// The terms of the one window whether they are strange or not: as if all of its columns were.
    pub fn all_terms(&mut self, window: &Windows, limit: u32) -> Result<Vec<Term>, PluginError> {
        let columns = self.rows(window)?.columns;
        self.newest.vectorizer.explain(window, &vec![1.0; columns as usize], limit)
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
