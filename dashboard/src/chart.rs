//! Scores as a picture, computed here and drawn as SVG by a template.
//!
//! The scale is the same in every chart: the threshold, 1.0, is always at half height, what is below it is linear, and
//! what is above it is squeezed so that any score fits (twice the threshold is at three quarters). One outlier then never
//! flattens the rest, and two charts can be compared by eye. The x axis is time.

use std::fmt::Write as _;

use crate::view::{ScorePoint, Severity, Time};
use crate::words;

/// Chart units; the SVG is stretched to its box, strokes and dots are not.
const WIDTH: f32 = 1000.0;
const HEIGHT: f32 = 100.0;

/// A chart, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    /// The line through all points, as SVG path data.
    pub(crate) line: String,
    /// What is over the threshold, one dot a window.
    pub(crate) dots: Vec<Dot>,
    /// A span of time to be shaded: begin and width.
    pub(crate) band: Option<(f32, f32)>,
    pub(crate) first: Time,
    pub(crate) last: Time,
    /// For who cannot see it.
    pub(crate) summary: String,
}

/// A window over the threshold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dot {
    pub(crate) severity: Severity,
    pub(crate) x: f32,
    pub(crate) y: f32,
}

impl Chart {
    /// `None` without points. `band` shades from one time to another.
    pub(crate) fn of(points: &[ScorePoint], band: Option<(Time, Time)>) -> Option<Self> {
        let (first, last) = (points.first()?.time, points.last()?.time);
        let x_of = |time: Time| part(time.seconds_since(first) as f32, last.seconds_since(first) as f32);
        let mut line = String::new();
        let mut dots = Vec::new();
        for (index, point) in points.iter().enumerate() {
            let (x, y) = (x_of(point.time), y_of(point.score));
            let verb = if index == 0 { 'M' } else { 'L' };
            // Writing to a string cannot fail.
            let _ = write!(line, "{verb}{x:.0} {y:.1}");
            dots.extend(point.severity.map(|severity| Dot { severity, x, y }));
        }
        let band = band.map(|(begin, end)| {
            let (from, to) = (x_of(begin.clamp(first, last)), x_of(end.clamp(first, last)));
            (from, (to - from).max(2.0))
        });
        Some(Self { line, dots, band, first, last, summary: summary(points) })
    }
}

fn part(value: f32, of: f32) -> f32 {
    if of > 0.0 { value / of * WIDTH } else { WIDTH }
}

/// 0 at the bottom, the threshold at half height, everything above it below the top.
fn y_of(score: f32) -> f32 {
    HEIGHT * (1.0 - share_of(score))
}

/// Where a score lies between nothing, 0, and as strange as can be, 1; the threshold is at a half.
pub(crate) fn share_of(score: f32) -> f32 {
    let score = if score.is_nan() { 0.0 } else { score.max(0.0) };
    if score <= 1.0 { score * 0.5 } else { 1.0 - 0.5 / score }
}

pub(crate) fn summary(points: &[ScorePoint]) -> String {
    let last = points.last().map_or(0.0, |point| point.score);
    let highest = points.iter().map(|point| point.score).fold(0.0, f32::max);
    let over = points.iter().filter(|point| point.severity.is_some()).count() as u64;
    format!(
        "last score {}, highest {} in {}, where 1 is the threshold; {} over it",
        words::score(&last),
        words::score(&highest),
        words::counted(&(points.len() as u64), "window"),
        words::count(&over),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(scores: &[f32]) -> Vec<ScorePoint> {
        let point = |(score, second): (&f32, u64)| ScorePoint {
            time: Time(second * 1_000_000_000),
            score: *score,
            severity: (*score >= 1.0).then_some(Severity::Warning),
        };
        scores.iter().zip(0..).map(point).collect()
    }

    #[test]
    fn the_threshold_is_always_at_half_height_and_every_score_fits() {
        assert_eq!([0.0, 0.5, 1.0, 2.0].map(y_of), [100.0, 75.0, 50.0, 25.0]);
        assert!([f32::INFINITY, 1e30, -3.0, f32::NAN].map(y_of).iter().all(|y| (0.0..=100.0).contains(y)));
    }

    #[test]
    fn a_point_a_window_and_a_dot_for_each_over_the_threshold() {
        let chart = Chart::of(&points(&[0.5, 2.0, 0.0]), None).unwrap();
        assert_eq!(chart.line, "M0 75.0L500 25.0L1000 100.0");
        assert_eq!(chart.dots, [Dot { severity: Severity::Warning, x: 500.0, y: 25.0 }]);
        assert_eq!(chart.summary, "last score 0.00, highest 2.00 in 3 windows, where 1 is the threshold; 1 over it");
    }

    #[test]
    fn no_points_make_no_chart_and_one_point_makes_one() {
        assert_eq!(Chart::of(&[], None), None);
        assert_eq!(Chart::of(&points(&[0.5]), None).unwrap().line, "M1000 75.0");
    }

    #[test]
    fn a_band_stays_inside_the_chart() {
        let second = |n: u64| Time(n * 1_000_000_000);
        let chart = Chart::of(&points(&[0.5; 11]), Some((second(5), second(900)))).unwrap();
        assert_eq!(chart.band, Some((500.0, 500.0)));
    }
}
