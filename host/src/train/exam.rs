//! What a new model showed before it may serve, and whether that is enough. Pure; `examiner` asks the components.
//!
//! Two sets of windows, because a bad slice hides in windows of its own: *before* are windows that the last generation learned too, *now* are those
//! of the new slice. In each, made-up trouble (`probe`) is to score above untouched windows.
//!
//! A model is refused when it tells them clearly worse apart than the last one: by more than 0.1 and below 0.9, or below 0.7 where the last
//! one is better; a last one that is below 0.7 itself is nothing to be held to. With 16 windows and 48 probes the standard error is 0.04 at 0.9 and 0.07 at 0.7 (Hanley and McNeil 1982): a tenth is more than
//! chance, and above 0.9 nobody would notice. What is refused three times in a row is not a bad slice, the container has changed: then it serves, as
//! long as it tells trouble from what there is now.

use serde::{Deserialize, Serialize};

use super::variety::KINDS_MAX;

/// Fewer windows than this are not compared.
pub(super) const COMPARED_MIN: usize = 8;

/// How much less than the last one a model may separate, above which separation that does not matter, and below which it does not work.
const WORSE: f64 = 0.1;
const GOOD: f64 = 0.9;
const POOR: f64 = 0.7;
/// Where it does not work, the last one counts as better from this on.
const BETTER: f64 = 0.05;

/// Refusals in a row after which a model that works serves.
pub const REFUSALS_MAX: u32 = 3;

/// Fewer kinds of windows than this are said to be repetitive, fewer windows to be few.
const KINDS_FEW: usize = 4;
const WINDOWS_FEW: u64 = 30;

/// A larger share of usual windows far above the others is said.
const FAR_SHARE: f64 = 0.1;

/// How well made-up trouble is told from untouched windows: 1 is always, 0.5 is chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Windows that trouble was put into.
    pub windows: usize,
    pub new: f64,
    /// `None` where there is no last generation, or it could not be asked.
    pub last: Option<f64>,
}

/// What was found of a new model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exam {
    /// Rows that it learned from, and how many kinds of them there are, at most `KINDS_MAX`.
    pub windows: u64,
    pub kinds: usize,
    /// Whether all held-back rows got the same score.
    pub flat: bool,
    /// Share of the held-back rows that score far above the others: more than six deviations above the median.
    pub far: f64,
    /// On windows that the last generation learned too.
    pub before: Option<Mark>,
    /// On windows of the new slice.
    pub now: Option<Mark>,
    /// Spearman's rank correlation of both generations' scores on the windows of the new slice.
    pub agreement: Option<f64>,
    /// Why the model could not be asked about trouble.
    #[serde(default)]
    pub unasked: Option<String>,
    /// Where it serves although it is worse than the last one: why that was so.
    pub accepted: Option<String>,
}

impl Exam {
    /// Why the model is worse than the last one, if it is.
    pub fn worse(&self) -> Option<String> {
        let sets = [(self.before, "windows it knows"), (self.now, "new windows")];
        sets.into_iter().find_map(|(mark, of)| worse(mark?, of))
    }

    /// Whether a model that is worse serves all the same, after so many refusals in a row.
    pub fn serves_anyway(&self, refused_before: u32) -> bool {
        refused_before >= REFUSALS_MAX && self.now.is_some_and(|mark| mark.new >= POOR)
    }

    /// What a person should know of a model that serves.
    pub fn notes(&self) -> Vec<String> {
        let unasked = self.unasked.as_ref().map(|why| format!("the new model failed on made-up trouble: {why}"));
        let notes = [self.repetitive(), self.few(), self.poor(), self.uneven(), unasked, self.accepted()];
        notes.into_iter().flatten().collect()
    }

    fn repetitive(&self) -> Option<String> {
        let (windows, kinds) = (self.windows, self.kinds);
        match kinds {
            0 => None,
            1 => Some(format!("every window looks alike ({windows} windows, 1 kind): only what is new can be found")),
            _ if kinds < KINDS_FEW => Some(format!(
                "nearly all windows look alike ({windows} windows, {kinds} kinds): only what is new can be found"
            )),
            _ => None,
        }
    }

    fn few(&self) -> Option<String> {
        let windows = self.windows;
        (windows < WINDOWS_FEW).then(|| format!("learned from {windows} windows only: much may seem strange at first"))
    }

    fn poor(&self) -> Option<String> {
        let mark = self.now.filter(|mark| mark.new < POOR)?;
        Some(format!(
            "made-up trouble is hardly told from usual windows: {:.2} on {} windows, where 1 is always and 0.5 chance",
            mark.new, mark.windows
        ))
    }

    fn uneven(&self) -> Option<String> {
        if self.flat && self.kinds >= KINDS_FEW {
            let kinds = if self.kinds == KINDS_MAX { "many".to_owned() } else { self.kinds.to_string() };
            return Some(format!("the detector gives every usual window the same score, of {kinds} kinds"));
        }
        (self.far > FAR_SHARE)
            .then(|| format!("{:.0} % of the usual windows score far above the others", 100.0 * self.far))
    }

    fn accepted(&self) -> Option<String> {
        let why = self.accepted.as_ref()?;
        Some(format!("it serves after {REFUSALS_MAX} refusals in a row: the container has changed ({why})"))
    }
}

fn worse(mark: Mark, of: &str) -> Option<String> {
    let (new, last) = (mark.new, mark.last?);
    if last < POOR {
        // It does not work on these windows either: nothing is lost.
        return None;
    }
    let is_worse = (last - new > WORSE && new < GOOD) || (last - new > BETTER && new < POOR);
    is_worse.then(|| {
        let windows = mark.windows;
        format!("it tells made-up trouble from {of} at {new:.2}, the last one at {last:.2} ({windows} windows)")
    })
}

/// Whether all scores are the same, and the share of those far above the others.
pub(super) fn evenness(scores: &[f32]) -> (bool, f64) {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f32::total_cmp);
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else { return (false, 0.0) };
    let middle = sorted[sorted.len() / 2];
    let mut apart: Vec<f32> = sorted.iter().map(|score| (score - middle).abs()).collect();
    apart.sort_by(f32::total_cmp);
    // 1.4826 times the median deviation is the standard deviation of a normal distribution.
    let deviation = 1.4826 * apart[apart.len() / 2];
    if deviation == 0.0 {
        return (low == high, 0.0);
    }
    let far = sorted.iter().filter(|&&score| score > middle + 6.0 * deviation).count();
    (false, far as f64 / sorted.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(new: f64, last: f64) -> Exam {
        let mark = Mark { windows: 16, new, last: Some(last) };
        Exam { windows: 100, kinds: 9, now: Some(mark), ..Exam::default() }
    }

    #[test]
    fn a_model_that_is_clearly_worse_is_told_from_one_that_is_not() {
        for (new, last, is_worse) in [
            (0.85, 0.97, true),
            (0.88, 0.97, false),
            (0.91, 1.0, false),
            (0.65, 0.72, true),
            (0.66, 0.7, false),
            (0.0, 0.45, false),
            (0.5, 0.4, false),
            (0.99, 0.5, false),
        ] {
            assert_eq!(marked(new, last).worse().is_some(), is_worse, "{new} after {last}");
        }
        let first = Mark { windows: 16, new: 0.5, last: None };
        assert_eq!(Exam { now: Some(first), ..Exam::default() }.worse(), None, "there is no last one");
    }

    #[test]
    fn being_worse_on_windows_that_both_know_is_enough() {
        let before = Mark { windows: 16, new: 0.6, last: Some(0.99) };
        let why = Exam { before: Some(before), ..marked(1.0, 0.5) }.worse().unwrap();
        assert_eq!(why, "it tells made-up trouble from windows it knows at 0.60, the last one at 0.99 (16 windows)");
    }

    #[test]
    fn what_is_refused_again_and_again_serves_if_it_works() {
        assert!(!marked(0.8, 0.99).serves_anyway(REFUSALS_MAX - 1));
        assert!(marked(0.8, 0.99).serves_anyway(REFUSALS_MAX));
        assert!(!marked(0.69, 0.99).serves_anyway(REFUSALS_MAX + 9), "it does not work");
    }

    #[test]
    fn what_is_repetitive_few_or_poor_is_said_with_numbers() {
        assert_eq!(marked(0.99, 0.99).notes(), Vec::<String>::new());
        let alike = Exam { windows: 412, kinds: 1, ..Exam::default() };
        assert_eq!(alike.notes(), ["every window looks alike (412 windows, 1 kind): only what is new can be found"]);
        let few = Exam { windows: 12, kinds: 3, ..marked(0.61, 0.5) };
        assert_eq!(few.notes().len(), 3, "{:?}", few.notes());
        assert!(Exam { flat: true, ..marked(1.0, 1.0) }.notes()[0].contains("the same score, of 9 kinds"));
        assert!(Exam { flat: true, kinds: 1, ..marked(1.0, 1.0) }.notes()[0].starts_with("every window looks alike"));
        assert!(Exam { far: 0.25, ..marked(1.0, 1.0) }.notes()[0].starts_with("25 % of the usual windows"));
    }

    #[test]
    fn scores_are_flat_or_some_stand_far_above() {
        assert_eq!(evenness(&[]), (false, 0.0));
        assert_eq!(evenness(&[0.4; 9]), (true, 0.0));
        assert_eq!(evenness(&[0.4, 0.4, 0.4, 0.9]), (false, 0.0), "without a deviation nothing is far");
        // Median 3, median deviation 1, so far is above 3 + 8.9.
        assert_eq!(evenness(&[1.0, 2.0, 3.0, 4.0, 99.0]), (false, 0.2));
    }
}
