//! Two generations on the same windows as a picture: one dot a window, drawn as SVG by a template.
//!
//! Both axes have the scale of the score charts, with the threshold in the middle. So each quarter of the picture has a
//! meaning: both calm, both alarm, only one of them does. Dots on the diagonal are windows that both find equally strange.

use std::fmt::Write as _;

use crate::chart::share_of;
use crate::view::Comparison;
use crate::words;

/// The picture is a square of as many units.
const SIDE: f32 = 100.0;

/// A picture, ready to be drawn. Each text is SVG path data of dots.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scatter {
    /// Neither alarms.
    pub(crate) calm: String,
    /// Both alarm.
    pub(crate) kept: String,
    /// Only the other one alarms.
    pub(crate) added: String,
    /// Only what serves alarms.
    pub(crate) removed: String,
    /// For who cannot see it.
    pub(crate) summary: String,
}

impl Scatter {
    /// `None` without scores.
    pub(crate) fn of(comparison: &Comparison) -> Option<Self> {
        let mut scatter = Self { summary: summary(comparison), ..Self::default() };
        for &(serving, other) in &comparison.scores {
            let dots = match (serving >= 1.0, other >= 1.0) {
                (false, false) => &mut scatter.calm,
                (true, true) => &mut scatter.kept,
                (false, true) => &mut scatter.added,
                (true, false) => &mut scatter.removed,
            };
            let (x, y) = (SIDE * share_of(serving), SIDE * (1.0 - share_of(other)));
            // Writing to a string cannot fail.
            let _ = write!(dots, "M{x:.1} {y:.1}h0");
        }
        (!comparison.scores.is_empty()).then_some(scatter)
    }
}

fn summary(comparison: &Comparison) -> String {
    let Comparison { scores, kept, added, removed, .. } = comparison;
    format!(
        "the newest {}; both alarm on {}, only the other one on {}, only what serves on {} of all",
        words::counted(&(scores.len() as u64), "window"),
        words::count(kept),
        words::count(added),
        words::count(removed),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quarter_of_the_picture_has_its_dots() {
        let scores = vec![(0.5, 0.5), (2.0, 2.0), (0.0, 2.0), (2.0, 0.0)];
        let scatter = Scatter::of(&Comparison { scores, ..Comparison::default() }).unwrap();
        assert_eq!(scatter.calm, "M25.0 75.0h0");
        assert_eq!(scatter.kept, "M75.0 25.0h0");
        assert_eq!(scatter.added, "M0.0 25.0h0");
        assert_eq!(scatter.removed, "M75.0 100.0h0");
    }

    #[test]
    fn strange_scores_stay_inside_and_none_make_no_picture() {
        let scores = vec![(f32::NAN, f32::INFINITY)];
        let scatter = Scatter::of(&Comparison { scores, ..Comparison::default() }).unwrap();
        assert_eq!(scatter.added, "M0.0 0.0h0");
        assert_eq!(Scatter::of(&Comparison::default()), None);
    }
}
