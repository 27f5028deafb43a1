//! The trend, the log and the templates of a container of the shop.

use foghorn_dashboard::view::*;

use super::{Fake, SECOND};

/// Lines that the log of a container holds.
const LINES: u64 = 1_200;

/// A point for each score that a container has, by the middle of its window.
pub(super) fn trend_of(container: &Container, from: Time, until: Time, steps: usize) -> Trend {
    let step_ns = (until.0 - from.0).div_ceil(steps as u64).max(30 * SECOND);
    let counted =
        |points: &[ScorePoint], severity| points.iter().filter(|p| p.severity == Some(severity)).count() as u64;
    let mut points: Vec<TrendPoint> = Vec::new();
    let scores: Vec<_> =
        container.card.scores.iter().filter(|point| (from.0..until.0).contains(&point.time.0)).copied().collect();
    for chunk in scores.chunk_by(|a, b| (a.time.0 - from.0) / step_ns == (b.time.0 - from.0) / step_ns) {
        let lines = 60 + chunk[0].time.0 / SECOND % 17;
        points.push(TrendPoint {
            begin: Time(from.0 + (chunk[0].time.0 - from.0) / step_ns * step_ns),
            windows: chunk.len() as u64,
            score_max: chunk.iter().map(|point| point.score).reduce(f32::max),
            score_mean: Some(chunk.iter().map(|point| point.score).sum::<f32>() / chunk.len() as f32),
            lines: lines * chunk.len() as u64,
            stderr_lines: if chunk.iter().any(|point| point.severity.is_some()) { lines / 3 } else { 0 },
            info: counted(chunk, Severity::Info),
            warning: counted(chunk, Severity::Warning),
            critical: counted(chunk, Severity::Critical),
        });
    }
    let training = container.cycles.iter().filter(|cycle| (from.0..until.0).contains(&cycle.ended.0));
    let marks = training.map(|cycle| Mark {
        time: cycle.ended,
        kind: match cycle.outcome {
            CycleOutcome::Succeeded { .. } => MarkKind::Training,
            CycleOutcome::Failed { .. } => MarkKind::Failure,
        },
        text: format!("cycle {}", cycle.number),
    });
    let events = container.events.iter().filter(|event| (from.0..until.0).contains(&event.time.0));
    let events = events.map(|event| Mark { time: event.time, kind: MarkKind::Plugin, text: event.text.clone() });
    let marks = marks.chain(events).collect();
    Trend { from, until, step_seconds: step_ns as f64 / 1e9, points, marks }
}

impl Fake {
    /// Line `n` was written `LINES - n` seconds ago; its text is that of the first window there is.
    fn numbered(&self, identity: &str, number: u64) -> NumberedLine {
        let window = self.windows.iter().find(|(owner, _)| owner == identity).map(|(_, window)| window);
        let text = window.and_then(|window| window.lines.get((number % 5) as usize).map(|line| line.text.clone()));
        let time = Time(self.now.0 - (LINES - number) * SECOND);
        let line = Line { time, output: Output::Stdout, text: text.unwrap_or_else(|| "nothing".into()) };
        NumberedLine { number, line }
    }

    pub(super) fn log_of(&self, identity: &str, place: LogPlace, search: &str, limit: usize) -> Log {
        let end = LINES + 1;
        let (from, until, forward) = match place {
            LogPlace::Newest => (1, end, false),
            LogPlace::Before(number) => (1, number.clamp(1, end), false),
            LogPlace::After(number) => ((number + 1).min(end), end, true),
            LogPlace::At(time) => {
                (LINES.saturating_sub((self.now.0.saturating_sub(time.0)) / SECOND).clamp(1, end), end, true)
            }
        };
        let wanted = search.to_lowercase();
        let mut lines: Vec<_> = (from..until)
            .map(|number| self.numbered(identity, number))
            .filter(|line| line.line.text.to_lowercase().contains(&wanted))
            .collect();
        let (mut read_from, mut read_until) = (from, until);
        if forward {
            lines.truncate(limit);
            read_until = lines.last().map_or(until, |line| line.number + 1);
        } else {
            lines.drain(..lines.len().saturating_sub(limit));
            read_from = lines.first().map_or(from, |line| line.number);
        }
        Log { lines, read_from, read_until, older: read_from > 1, newer: read_until < end }
    }

    pub(super) fn templates_of(&self, identity: &str, limit: usize) -> Templates {
        let template = |at: u64| {
            let newest = self.numbered(identity, LINES - at);
            Template {
                id: format!("{at:016x}"),
                text: newest.line.text,
                level: ["", "warning", "error"][at as usize % 3].into(),
                lines: 400 - 90 * at,
                first_seen: self.ago(LINES * SECOND),
                last_seen: newest.line.time,
                newest: newest.number,
            }
        };
        let rows: Vec<_> = (0..3).map(template).take(limit).collect();
        Templates { total: rows.len() as u64, rows, lines: LINES, from: Some(self.ago(LINES * SECOND)) }
    }
}
