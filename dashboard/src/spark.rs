//! The newest scores of a container as a small picture, drawn as SVG by a template. A page holds hundreds of them, so every byte of one
//! counts: whole units, one step a window. The scale is that of all score charts, with the threshold in the middle.

use std::fmt::Write as _;

use crate::chart::{self, share_of};
use crate::view::{ScorePoint, Severity};

/// Units of the picture, down; across it has one for each step.
const HEIGHT: f32 = 24.0;

/// A picture, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spark {
    /// Units across.
    pub(crate) width: usize,
    /// The line through all points, as SVG path data.
    pub(crate) line: String,
    /// What is over the threshold, as dots, by severity.
    pub(crate) dots: Vec<(Severity, String)>,
    /// For who cannot see it.
    pub(crate) summary: String,
}

impl Spark {
    /// `None` without points.
    pub(crate) fn of(points: &[ScorePoint]) -> Option<Self> {
        let width = points.len().checked_sub(1)?.max(1);
        let mut spark = Self { width, line: String::new(), dots: Vec::new(), summary: chart::summary(points) };
        for (x, point) in points.iter().enumerate() {
            let y = HEIGHT * (1.0 - share_of(point.score));
            // Writing to a string cannot fail. Behind an M, all pairs are ends of lines.
            let _ = write!(spark.line, "{}{x} {y:.0}", if x == 0 { 'M' } else { ' ' });
            if let Some(severity) = point.severity {
                let _ = write!(spark.dots_of(severity), "M{x} {y:.0}h0");
            }
        }
        if points.len() == 1 {
            spark.line.push_str("h1");
        }
        Some(spark)
    }

    fn dots_of(&mut self, severity: Severity) -> &mut String {
        let known = self.dots.iter().position(|(of, _)| *of == severity);
        let at = known.unwrap_or(self.dots.len());
        if known.is_none() {
            self.dots.push((severity, String::new()));
        }
        &mut self.dots[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Time;

    fn point(score: f32, severity: Option<Severity>) -> ScorePoint {
        ScorePoint { time: Time(0), score, severity }
    }

    #[test]
    fn a_step_a_window_in_whole_units() {
        let points = [point(0.5, None), point(2.0, Some(Severity::Info)), point(4.0, Some(Severity::Info))];
        let spark = Spark::of(&points).unwrap();
        assert_eq!((spark.width, spark.line.as_str()), (2, "M0 18 1 6 2 3"));
        assert_eq!(spark.dots, [(Severity::Info, "M1 6h0M2 3h0".to_owned())]);
    }

    #[test]
    fn one_point_is_a_line_still_and_none_is_no_picture() {
        assert_eq!(Spark::of(&[point(1.0, None)]).unwrap().line, "M0 12h1");
        assert_eq!(Spark::of(&[]), None);
    }
}
