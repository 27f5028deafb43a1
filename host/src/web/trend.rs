//! The trend of a container: its windows in steps, and what happened to its models and plugins meanwhile.

use foghorn_dashboard::view::{Mark, MarkKind, Time, Trend, TrendPoint};

use super::{Failure, HostSource};
use crate::history::{Step, Steps, TrainingRecord};
use crate::identity::Identity;
use crate::store::EventRecord;

/// Cycles among which marks are looked for: all that are kept of a container.
const TRAININGS_MAX: usize = 1_000;
/// Shorter steps hold less than a window.
const STEP_NS_MIN: u64 = 1_000_000_000;

impl HostSource {
    /// `None`: nobody knows the container.
    pub(super) async fn trend_of(
        &self,
        identity: &Identity,
        from: Time,
        until: Time,
        steps: usize,
    ) -> Result<Option<Trend>, Failure> {
        if self.store.container(identity).await?.is_none() {
            return Ok(None);
        }
        let steps = cut(from, until, steps, self.settings.window.age_ns);
        let points = self.history.steps(identity, steps).await?;
        let trainings = self.history.trainings(identity, TRAININGS_MAX).await?;
        let events = self.store.events_between(identity, steps.from_ns, steps.until_ns()).await?;
        let mut marks: Vec<Mark> =
            trainings.iter().map(of_training).chain(events.iter().filter_map(of_event)).collect();
        marks.retain(|mark| (steps.from_ns..steps.until_ns()).contains(&mark.time.0));
        marks.sort_by_key(|mark| mark.time);
        Ok(Some(Trend {
            from: Time(steps.from_ns),
            until: Time(steps.until_ns()),
            step_seconds: steps.step_ns as f64 / 1e9,
            points: points.iter().map(|step| point(steps, step)).collect(),
            marks,
        }))
    }
}

/// At most `steps` steps and one more, none shorter than a window, at multiples of their length: the same window falls into the same step
/// when the page is loaded again.
fn cut(from: Time, until: Time, steps: usize, window_ns: u64) -> Steps {
    let span = until.0.saturating_sub(from.0).max(1);
    let step_ns = span.div_ceil(steps.max(1) as u64).max(window_ns).max(STEP_NS_MIN);
    let from_ns = from.0 / step_ns * step_ns;
    Steps { from_ns, step_ns, count: until.0.saturating_sub(from_ns).div_ceil(step_ns).max(1) }
}

fn point(steps: Steps, step: &Step) -> TrendPoint {
    let [info, warning, critical] = step.severities;
    TrendPoint {
        begin: Time(steps.from_ns + step.index * steps.step_ns),
        windows: step.windows,
        score_max: step.score_max,
        score_mean: step.score_mean,
        lines: step.lines,
        stderr_lines: step.stderr_lines,
        info,
        warning,
        critical,
    }
}

fn of_training(run: &TrainingRecord) -> Mark {
    let time = Time(run.begun_ns.saturating_add(run.duration_ms.saturating_mul(1_000_000)));
    match &run.failure {
        None => Mark {
            time,
            kind: MarkKind::Training,
            text: format!("generation {} from {} windows", run.generation, run.windows),
        },
        Some(why) => Mark { time, kind: MarkKind::Failure, text: format!("cycle {} failed: {why}", run.generation) },
    }
}

/// What happened to plugins; that a cycle failed is known from its record.
fn of_event(event: &EventRecord) -> Option<Mark> {
    let is_of_plugins = ["plugin switched", "promoted", "rolled back", "quarantined", "deployed", "learning again"]
        .contains(&event.kind.as_str());
    is_of_plugins.then(|| Mark {
        time: Time(event.time_ns),
        kind: MarkKind::Plugin,
        text: format!("{}: {}", event.kind, event.text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn steps_are_never_shorter_than_a_window_and_cover_all_that_is_asked() {
        let steps = cut(Time(7 * SECOND), Time(107 * SECOND), 10, 30 * SECOND);
        assert_eq!(steps, Steps { from_ns: 0, step_ns: 30 * SECOND, count: 4 });
        let steps = cut(Time(0), Time(1_000 * SECOND), 10, SECOND);
        assert_eq!((steps.step_ns, steps.count), (100 * SECOND, 10));
        assert_eq!(cut(Time(9), Time(3), 10, SECOND).count, 1, "a span that ends before it begins is one step");
    }
}
