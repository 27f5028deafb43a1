//! The trend of a container as a picture, drawn as SVG by a template, and the same points as columns for the script that lets people
//! zoom.
//!
//! The score has the scale of all score charts (`chart`); below it lie the lines of each step as bars, and a ribbon that is coloured
//! where a window was strange. Each step is a link to its lines.

use std::fmt::Write as _;

use crate::chart::share_of;
use crate::view::{Mark, MarkKind, Severity, Time, Trend, TrendPoint};
use crate::words;

/// Chart units across; the SVG is stretched to its box.
const WIDTH: f64 = 1000.0;
/// Of the score; bars are as high as they are many.
const SCORE_HEIGHT: f32 = 100.0;
const BARS_HEIGHT: f64 = 30.0;
/// Labels on the axis of time.
const TICKS: usize = 5;

/// A picture, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrendChart {
    /// The highest score of each step, as SVG path data; steps without a score break the line.
    pub(crate) scores: String,
    /// Lines of each step, and of them those of stderr, as SVG path data of bars.
    pub(crate) lines: String,
    pub(crate) stderr: String,
    /// Steps with windows over the threshold.
    pub(crate) strange: Vec<Strange>,
    pub(crate) marks: Vec<ShownMark>,
    pub(crate) steps: Vec<StepLink>,
    pub(crate) ticks: Vec<(f64, Time)>,
    /// Lines of the fullest step.
    pub(crate) lines_max: u64,
    pub(crate) totals: Totals,
    /// For who cannot see it.
    pub(crate) summary: String,
    /// For the script: seconds, highest and mean score, lines, lines of stderr, worst severity; JSON.
    pub(crate) columns: String,
    /// For the script: seconds and kind of each mark, without its text, which the script does not show; JSON.
    pub(crate) marks_json: String,
}

/// A step in the ribbon.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strange {
    pub(crate) severity: Severity,
    pub(crate) x: f64,
    pub(crate) width: f64,
    /// Where its score is.
    pub(crate) y: f32,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShownMark {
    pub(crate) x: f64,
    pub(crate) mark: Mark,
}

/// Where the lines of a step are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StepLink {
    pub(crate) x: f64,
    pub(crate) width: f64,
    pub(crate) begin: Time,
    /// What hovering tells.
    pub(crate) title: String,
}

/// All steps together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) windows: u64,
    pub(crate) lines: u64,
    pub(crate) stderr_lines: u64,
    pub(crate) info: u64,
    pub(crate) warning: u64,
    pub(crate) critical: u64,
}

impl TrendChart {
    /// `None` where there is no window at all.
    pub(crate) fn of(trend: &Trend) -> Option<Self> {
        let lines_max = trend.points.iter().map(|point| point.lines).max()?;
        let span_ns = trend.until.0.saturating_sub(trend.from.0).max(1) as f64;
        let x_of = |time: Time| time.0.saturating_sub(trend.from.0) as f64 / span_ns * WIDTH;
        let width = trend.step_seconds * 1e9 / span_ns * WIDTH;
        let mut chart = Self::empty(trend, lines_max);
        let mut before: Option<Time> = None;
        for point in &trend.points {
            let x = x_of(point.begin);
            let follows = before.is_some_and(|before| gap(before, point.begin) <= 1.5 * trend.step_seconds);
            chart.take(point, x, width, follows);
            before = point.score_max.is_some().then_some(point.begin);
        }
        chart.marks = trend.marks.iter().map(|mark| ShownMark { x: x_of(mark.time), mark: mark.clone() }).collect();
        chart.ticks = (0..TICKS)
            .map(|tick| {
                let part = tick as f64 / (TICKS - 1) as f64;
                (part * 100.0, Time(trend.from.0 + (part * span_ns) as u64))
            })
            .collect();
        chart.summary = chart.totals.summary();
        Some(chart)
    }

    fn empty(trend: &Trend, lines_max: u64) -> Self {
        Self {
            scores: String::new(),
            lines: String::new(),
            stderr: String::new(),
            strange: Vec::new(),
            marks: Vec::new(),
            steps: Vec::new(),
            ticks: Vec::new(),
            lines_max,
            totals: Totals::default(),
            summary: String::new(),
            columns: columns(&trend.points),
            marks_json: marks_json(&trend.marks),
        }
    }

    fn take(&mut self, point: &TrendPoint, x: f64, width: f64, follows: bool) {
        let middle = x + width / 2.0;
        // Writing to a string cannot fail.
        if let Some(score) = point.score_max {
            let y = SCORE_HEIGHT * (1.0 - share_of(score));
            let verb = if follows { 'L' } else { 'M' };
            let _ = write!(self.scores, "{verb}{middle:.1} {y:.1}");
            if !follows {
                // A step on its own is a dot: the cap of a line without length.
                self.scores.push_str("h0");
            }
            self.strange.extend(worst(point).map(|severity| Strange { severity, x, width, y }));
        }
        for (path, lines) in [(&mut self.lines, point.lines), (&mut self.stderr, point.stderr_lines)] {
            let height = lines as f64 / self.lines_max.max(1) as f64 * BARS_HEIGHT;
            if height > 0.0 {
                let _ = write!(path, "M{x:.1} {BARS_HEIGHT}v-{height:.1}h{:.1}v{height:.1}z", width * 0.9);
            }
        }
        self.totals.add(point);
        self.steps.push(StepLink { x, width, begin: point.begin, title: title(point) });
    }
}

impl Totals {
    fn add(&mut self, point: &TrendPoint) {
        self.windows += point.windows;
        self.lines += point.lines;
        self.stderr_lines += point.stderr_lines;
        self.info += point.info;
        self.warning += point.warning;
        self.critical += point.critical;
    }

    /// How many windows have which severity, the worst first.
    pub(crate) fn by_severity(&self) -> [(Severity, u64); 3] {
        [(Severity::Critical, self.critical), (Severity::Warning, self.warning), (Severity::Info, self.info)]
    }

    fn summary(&self) -> String {
        let strange = self.info + self.warning + self.critical;
        format!(
            "{} with {}; {} over the threshold, {} of them critical",
            words::counted(&self.windows, "window"),
            words::counted(&self.lines, "line"),
            words::count(&strange),
            words::count(&self.critical)
        )
    }
}

fn gap(from: Time, to: Time) -> f64 {
    to.0.saturating_sub(from.0) as f64 / 1e9
}

fn worst(point: &TrendPoint) -> Option<Severity> {
    [(point.critical, Severity::Critical), (point.warning, Severity::Warning), (point.info, Severity::Info)]
        .into_iter()
        .find_map(|(windows, severity)| (windows > 0).then_some(severity))
}

fn title(point: &TrendPoint) -> String {
    let score = point.score_max.map_or_else(|| "not scored".into(), |score| format!("score {}", words::score(&score)));
    format!("{}: {score}, {}; open its lines", point.begin.exact(), words::counted(&point.lines, "line"))
}

fn columns(points: &[TrendPoint]) -> String {
    let column = |value: &dyn Fn(&TrendPoint) -> serde_json::Value| points.iter().map(value).collect::<Vec<_>>();
    let number = |score: Option<f32>| score.map_or(serde_json::Value::Null, |score| format_number(score).into());
    serde_json::json!([
        column(&|point| (point.begin.0 / 1_000_000_000).into()),
        column(&|point| number(point.score_max)),
        column(&|point| number(point.score_mean)),
        column(&|point| point.lines.into()),
        column(&|point| point.stderr_lines.into()),
        column(&|point| worst(point).map_or(0, |severity| severity as u8 + 1).into()),
    ])
    .to_string()
}

/// Three digits behind the point are more than a picture shows.
fn format_number(score: f32) -> f64 {
    (f64::from(score) * 1e3).round() / 1e3
}

fn marks_json(marks: &[Mark]) -> String {
    let mark = |mark: &Mark| serde_json::json!([mark.time.0 / 1_000_000_000, mark.kind.as_str()]);
    serde_json::Value::from(marks.iter().map(mark).collect::<Vec<_>>()).to_string()
}

impl MarkKind {
    /// What stands on the axis.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Training => "▾",
            Self::Failure => "✕",
            Self::Plugin => "◆",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn point(second: u64, score: Option<f32>, lines: u64, critical: u64) -> TrendPoint {
        TrendPoint {
            begin: Time(second * SECOND),
            windows: 1,
            score_max: score,
            score_mean: score,
            lines,
            stderr_lines: 0,
            info: 0,
            warning: 0,
            critical,
        }
    }

    fn trend(points: Vec<TrendPoint>) -> Trend {
        Trend { from: Time(0), until: Time(100 * SECOND), step_seconds: 10.0, points, marks: Vec::new() }
    }

    #[test]
    fn steps_that_follow_each_other_are_a_line_and_a_gap_breaks_it() {
        let points = vec![
            point(0, Some(0.5), 4, 0),
            point(10, Some(2.0), 2, 1),
            point(20, None, 1, 0),
            point(40, Some(1.0), 0, 0),
        ];
        let chart = TrendChart::of(&trend(points)).unwrap();
        assert_eq!(chart.scores, "M50.0 75.0h0L150.0 25.0M450.0 50.0h0");
        assert_eq!(chart.lines, "M0.0 30v-30.0h90.0v30.0zM100.0 30v-15.0h90.0v15.0zM200.0 30v-7.5h90.0v7.5z");
        assert_eq!(chart.strange, [Strange { severity: Severity::Critical, x: 100.0, width: 100.0, y: 25.0 }]);
        assert_eq!(chart.summary, "4 windows with 7 lines; 1 over the threshold, 1 of them critical");
    }

    #[test]
    fn columns_are_what_the_script_reads() {
        let chart = TrendChart::of(&trend(vec![point(7, Some(1.23456), 9, 1), point(17, None, 0, 0)])).unwrap();
        assert_eq!(chart.columns, "[[7,17],[1.235,null],[1.235,null],[9,0],[0,0],[3,0]]");
    }

    #[test]
    fn marks_are_for_the_script_times_and_kinds_alone() {
        let mark = |second, kind| Mark { time: Time(second * SECOND), kind, text: "\u{1b}[2J\"]".into() };
        let marks = vec![mark(7, MarkKind::Training), mark(17, MarkKind::Plugin)];
        let chart = TrendChart::of(&Trend { marks, ..trend(vec![point(7, None, 1, 0)]) }).unwrap();
        assert_eq!(chart.marks_json, r#"[[7,"training"],[17,"plugin"]]"#);
        assert_eq!(chart.marks.len(), 2, "what is drawn tells the text");
    }

    #[test]
    fn without_windows_there_is_no_picture() {
        assert_eq!(TrendChart::of(&trend(Vec::new())), None);
    }
}
