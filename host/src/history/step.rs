//! Many windows as few points: what a chart of a long time is drawn from.

use super::{History, HistoryError, WindowRecord};
use crate::identity::Identity;

/// Most windows that are summed up one by one; of more, the newest.
const SUMMED_MAX: usize = 50_000;

/// The windows that begin in one step of a span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Step {
    /// Which step, from 0.
    pub index: u64,
    pub windows: u64,
    /// Of the windows that were scored; 1.0 is the threshold that held.
    pub score_max: Option<f32>,
    pub score_mean: Option<f32>,
    pub lines: u64,
    pub stderr_lines: u64,
    /// Windows by severity: info, warning, critical.
    pub severities: [u64; 3],
}

/// A span of time cut into steps of the same length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    pub from_ns: u64,
    /// At least 1.
    pub step_ns: u64,
    pub count: u64,
}

impl Steps {
    pub fn until_ns(&self) -> u64 {
        self.from_ns.saturating_add(self.step_ns.saturating_mul(self.count))
    }

    /// Sums up windows that are read one by one.
    pub(super) async fn read<H: History + ?Sized>(
        self,
        history: &H,
        identity: &Identity,
    ) -> Result<Vec<Step>, HistoryError> {
        Ok(self.of(&history.windows(identity, self.from_ns, self.until_ns(), SUMMED_MAX).await?))
    }

    /// Steps that have windows, in order. Windows outside of the span are left out.
    pub fn of(&self, windows: &[WindowRecord]) -> Vec<Step> {
        let mut steps: Vec<Sum> = Vec::new();
        for window in windows.iter().filter(|window| (self.from_ns..self.until_ns()).contains(&window.begin_ns)) {
            let index = (window.begin_ns - self.from_ns) / self.step_ns;
            match steps.iter_mut().rev().find(|sum| sum.step.index == index) {
                Some(sum) => sum.add(window),
                None => {
                    let mut sum = Sum { step: Step { index, ..Step::default() }, ..Sum::default() };
                    sum.add(window);
                    steps.push(sum);
                }
            }
        }
        let mut steps: Vec<Step> = steps.into_iter().map(Sum::step).collect();
        steps.sort_by_key(|step| step.index);
        steps
    }
}

/// A step that is still counted.
#[derive(Debug, Default)]
struct Sum {
    step: Step,
    scored: u64,
    total: f64,
}

impl Sum {
    fn add(&mut self, window: &WindowRecord) {
        let step = &mut self.step;
        step.windows += 1;
        step.lines += window.end_seq.saturating_sub(window.first_seq);
        step.stderr_lines += u64::from(window.stderr_lines);
        let Some(verdict) = window.verdict else { return };
        if let Some(place) = (verdict.severity as usize).checked_sub(1) {
            step.severities[place] += 1;
        }
        let score = verdict.scaled();
        if score.is_finite() {
            step.score_max = Some(step.score_max.map_or(score, |max| max.max(score)));
            self.scored += 1;
            self.total += f64::from(score);
        }
    }

    fn step(self) -> Step {
        let mean = (self.scored > 0).then(|| (self.total / self.scored as f64) as f32);
        Step { score_mean: mean, ..self.step }
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::window;
    use super::super::{Severity, Verdict};
    use super::*;

    fn scored(number: u64, score: f32, severity: Severity) -> WindowRecord {
        let verdict = Verdict { score, threshold: 0.5, severity, generation: 1 };
        WindowRecord { verdict: Some(verdict), ..window(number) }
    }

    #[test]
    fn windows_of_a_step_are_one_point() {
        // Windows begin at 100 × number.
        let windows = [
            scored(0, 0.25, Severity::None),
            scored(1, 1.0, Severity::Critical),
            window(2),
            scored(5, 0.5, Severity::Info),
            scored(9, 9.0, Severity::Critical),
        ];
        let steps = Steps { from_ns: 100, step_ns: 200, count: 3 }.of(&windows);
        assert_eq!(steps.iter().map(|step| step.index).collect::<Vec<_>>(), [0, 2]);
        let first = steps[0];
        assert_eq!((first.windows, first.lines, first.stderr_lines), (2, 20, 6));
        assert_eq!((first.score_max, first.score_mean, first.severities), (Some(2.0), Some(2.0), [0, 0, 1]));
        assert_eq!((steps[1].windows, steps[1].score_max), (1, Some(1.0)));
    }

    #[test]
    fn windows_without_a_score_have_lines_all_the_same() {
        let steps = Steps { from_ns: 0, step_ns: 1_000, count: 1 }.of(&[window(1), window(2)]);
        assert_eq!((steps[0].score_max, steps[0].score_mean, steps[0].lines), (None, None, 20));
    }
}
