//! From what is stored to what is shown. Pure.

use foghorn_dashboard::view::{
    Alert, AlertCard, AlertQuery, Attention, ContainerPlugins, Cycle, CycleOutcome, Label, Line, NormalWindow,
    NumberedLine, Output, Phase, Pipeline, Plugin, Receipt, ScorePoint, Setting, Severity, Sign, Slot, State,
    Suppressed, Term, TermKind, Time, Way, WindowRow,
};

use super::excerpt;
use super::notices::delivery;
use crate::alert;
use crate::collect;
use crate::history::{self, TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::line::{self, Lines};
use crate::pipeline;
use crate::plugins;
use crate::run::desk::Desk;
use crate::settings::Settings;
use crate::settings::units::Span;
use crate::store;
use crate::store::{AlertFilter, AlertStatus, ContainerRecord, ContainerState, StoreSizes};

/// A container that wrote nothing for this many windows is shown as silent.
const SILENT_WINDOWS: u64 = 10;

/// Points of a window's text that a list shows of each line is the dashboard's choice; the store's limit on a line is 64 KiB.
pub(super) fn lines(lines: &Lines, limit: usize) -> Vec<Line> {
    lines.iter().take(limit).map(|shown| line(&shown)).collect()
}

pub(super) fn line(line: &line::Line<'_>) -> Line {
    shown(line.time_ns, line.output, String::from_utf8_lossy(line.text).into())
}

fn shown(time_ns: u64, output: line::Output, text: String) -> Line {
    let output = match output {
        line::Output::Stdout => Output::Stdout,
        line::Output::Stderr => Output::Stderr,
    };
    Line { time: Time(time_ns), output, text }
}

/// What is kept here, and how much that may be.
pub(super) fn store(sizes: &StoreSizes, bytes_max: u64) -> String {
    let used = sizes.used_bytes >> 20;
    format!("{} lines of {} containers in {used} MiB of {} MiB", sizes.lines, sizes.containers, bytes_max >> 20)
}

pub(super) fn severity(severity: history::Severity) -> Option<Severity> {
    Severity::from_code(severity as u8)
}

pub(super) fn score_point(window: &WindowRecord) -> Option<ScorePoint> {
    let verdict = window.verdict?;
    let score = verdict.scaled();
    score.is_finite().then(|| ScorePoint { time: Time(window.end_ns), score, severity: severity(verdict.severity) })
}

/// From the end of the first window to that of the last: windows that were closed by their count may all begin together. Of one alone, over the
/// time that it spans.
pub(super) fn lines_per_minute(windows: &[WindowRecord]) -> Option<f64> {
    let (first, last) = (windows.first()?, windows.last()?);
    let (counted, from_ns) = match &windows[1..] {
        rest if last.end_ns > first.end_ns => (rest, first.end_ns),
        _ => (windows, first.begin_ns),
    };
    let span_ns = last.end_ns.saturating_sub(from_ns).max(1);
    let lines: u64 = counted.iter().map(|window| window.end_seq - window.first_seq).sum();
    Some(lines as f64 * Span::from_mins(1).as_ns() as f64 / span_ns as f64)
}

/// What Foghorn does with a container. `ready_ns` is `None` once it had its cycles.
pub(super) fn state(
    record: &ContainerRecord,
    settings: &Settings,
    ready_ns: Option<u64>,
    windows: &[WindowRecord],
    now_ns: u64,
) -> State {
    match &record.info.state {
        ContainerState::Unreadable { reason } => return State::Unreadable { reason: reason.clone() },
        ContainerState::Stopped => return State::Stopped { since: Time(record.last_seen_ns) },
        ContainerState::Running => {}
    }
    if let Some(ready_ns) = ready_ns {
        return State::Learning {
            cycles_done: record.successful_cycles,
            cycles_needed: settings.train.cycles,
            ready_expected: Some(Time(ready_ns)),
        };
    }
    let quiet_ns = settings.window.age_ns.saturating_mul(SILENT_WINDOWS);
    if now_ns.saturating_sub(record.last_line_ns) > quiet_ns && is_chatty(windows, settings) {
        return State::Silent { since: Time(record.last_line_ns) };
    }
    State::Watching
}

/// Whether most of the time before its last line had windows: only then is silence unusual.
fn is_chatty(windows: &[WindowRecord], settings: &Settings) -> bool {
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return false;
    };
    let slots = last.end_ns.saturating_sub(first.begin_ns) / settings.window.age_ns;
    windows.len() as u64 * 2 > slots
}

pub(super) fn cycle(run: &TrainingRecord) -> Cycle {
    Cycle {
        number: run.generation,
        ended: Time(run.begun_ns + run.duration_ms * 1_000_000),
        seconds: run.duration_ms as f64 / 1_000.0,
        outcome: match &run.failure {
            None => CycleOutcome::Succeeded { generation: run.generation, windows: run.windows, lines: run.lines },
            Some(reason) => CycleOutcome::Failed { reason: reason.clone() },
        },
    }
}

/// `alerts` are those of the container: the one whose time the window falls into is its own.
pub(super) fn window_row(window: &WindowRecord, alerts: &[AlertCard]) -> WindowRow {
    let verdict = window.verdict;
    let alert = alerts
        .iter()
        .find(|alert| window.in_alert && (alert.opened.0..=alert.last_seen.0).contains(&window.end_ns))
        .map(|alert| alert.id);
    WindowRow {
        id: window.first_seq,
        begin: Time(window.begin_ns),
        end: Time(window.end_ns),
        lines: window.end_seq - window.first_seq,
        score: verdict.map(|verdict| verdict.scaled()),
        threshold_raw: verdict.map(|verdict| verdict.threshold),
        severity: verdict.and_then(|verdict| severity(verdict.severity)),
        generation: verdict.map(|verdict| verdict.generation),
        alert,
    }
}

pub(super) fn alert_card(identity: &Identity, alert: &alert::Alert) -> AlertCard {
    AlertCard {
        id: alert.id,
        identity: identity.to_string(),
        severity: severity(alert.severity).unwrap_or(Severity::Info),
        opened: Time(alert.opened_ns),
        last_seen: Time(alert.last_ns),
        resolved: alert.resolved_ns.map(Time),
        phase: phase(alert.phase()),
        label: alert.label.map(label),
        attention: attention(&alert.attention),
        first_seen: Time(if alert.first_ns == 0 { alert.opened_ns } else { alert.first_ns }),
        episodes: alert.episodes,
        windows: alert.windows,
        windows_ever: alert.windows_before + alert.windows,
        score_max: alert.peak,
        reason: alert.reason.sentence.clone(),
        lines: alert.reason.lines.iter().map(|line| shown(line.time_ns, line.output, line.text.clone())).collect(),
    }
}

/// What a list asks for, as the store is asked.
pub(super) fn filter(query: &AlertQuery, limit: usize) -> AlertFilter {
    AlertFilter {
        status: query.open.map(|open| if open { AlertStatus::Open } else { AlertStatus::Resolved }),
        severity: match query.severity {
            None => history::Severity::None,
            Some(Severity::Info) => history::Severity::Info,
            Some(Severity::Warning) => history::Severity::Warning,
            Some(Severity::Critical) => history::Severity::Critical,
        },
        label: query.label.map(|label| label.map_or("", Label::as_str)),
        text: query.text.clone(),
        before: query.before,
        limit,
        ..AlertFilter::default()
    }
}

/// What was told of an alert, and what was not.
#[derive(Debug, Default)]
pub(super) struct ToldOf {
    pub(super) deliveries: Vec<store::Delivery>,
    pub(super) suppressions: Vec<store::Suppression>,
}

fn phase(phase: alert::Phase) -> Phase {
    match phase {
        alert::Phase::New => Phase::New,
        alert::Phase::Ongoing => Phase::Ongoing,
        alert::Phase::Escalating => Phase::Escalating,
        alert::Phase::Regressed => Phase::Regressed,
        alert::Phase::Resolved => Phase::Resolved,
    }
}

fn label(label: alert::Label) -> Label {
    match label {
        alert::Label::Real => Label::Real,
        alert::Label::Normal => Label::Normal,
    }
}

fn attention(attention: &alert::Attention) -> Attention {
    match *attention {
        alert::Attention::Wanted => Attention::Wanted,
        alert::Attention::Acknowledged { since_ns } => Attention::Acknowledged { since: Time(since_ns) },
        alert::Attention::Snoozed { until_ns } => Attention::Snoozed { until: Time(until_ns) },
        alert::Attention::Archived { .. } => Attention::Archived,
    }
}

fn sign(sign: &alert::signal::Sign) -> Sign {
    Sign { time: Time(sign.time_ns), kind: sign.kind.as_str().into(), text: sign.text.clone() }
}

fn suppressed(held: store::Suppression) -> Suppressed {
    Suppressed { reason: held.reason, first: Time(held.first_ns), last: Time(held.last_ns), times: held.times }
}

/// `window` is the one the reason speaks of, where it is still kept, with its lines.
pub(super) fn alert(
    identity: &Identity,
    alert: &alert::Alert,
    window: Option<&WindowRecord>,
    window_lines: &Lines,
    scores: Vec<ScorePoint>,
    told: ToldOf,
    lines_limit: usize,
) -> Alert {
    let verdict = window.and_then(|window| window.verdict);
    // What the engine told has none.
    let has_window = !alert.receipt.plugins.is_empty();
    Alert {
        card: alert_card(identity, alert),
        window: has_window.then_some(alert.receipt.first_seq),
        signs: alert.signs.iter().map(sign).collect(),
        deliveries: told.deliveries.into_iter().map(delivery).collect(),
        suppressed: told.suppressions.into_iter().map(suppressed).collect(),
        lines: excerpt(alert, window_lines, lines_limit),
        lines_total: alert.receipt.end_seq - alert.receipt.first_seq,
        terms: (0..)
            .zip(&alert.reason.terms)
            .map(|(place, shown)| term(shown, is_needed(&alert.reason, place)))
            .collect(),
        without: alert.reason.counterfactual.as_ref().map(|found| found.score),
        normal: alert.reason.normal.as_ref().map(normal),
        scores,
        receipt: has_window.then(|| Receipt {
            generation: alert.receipt.generation,
            plugins: alert
                .receipt
                .plugins
                .iter()
                .zip(SLOTS)
                .filter_map(|(label, slot)| receipt_plugin(label, slot))
                .collect(),
            window_begin: Time(window.map_or(0, |window| window.begin_ns)),
            window_end: Time(window.map_or(0, |window| window.end_ns)),
            score_raw: verdict.map_or(0.0, |verdict| verdict.score),
            threshold_raw: verdict.map_or(0.0, |verdict| verdict.threshold),
            fingerprint: alert.fingerprint.clone(),
        }),
    }
}

/// The lines of its window that tell what it is about, numbered as in the log.
fn excerpt(alert: &alert::Alert, window_lines: &Lines, limit: usize) -> Vec<NumberedLine> {
    let mut terms: Vec<_> =
        (0..).zip(&alert.reason.terms).map(|(place, term)| (!is_needed(&alert.reason, place), &*term.lines)).collect();
    terms.sort_by_key(|(is_extra, _)| *is_extra);
    let terms: Vec<&[u32]> = terms.into_iter().map(|(_, lines)| lines).collect();
    let places = excerpt::places(window_lines.len(), &terms, limit);
    let all = (0..).zip(window_lines.iter()).filter(|(place, _)| places.contains(place));
    let number = |place: usize| alert.receipt.first_seq + place as u64;
    all.map(|(place, shown)| NumberedLine { number: number(place), line: line(&shown) }).collect()
}

fn is_needed(reason: &alert::Reason, place: u32) -> bool {
    reason.counterfactual.as_ref().is_some_and(|found| found.terms.contains(&place))
}

fn normal(normal: &alert::NormalWindow) -> NormalWindow {
    NormalWindow {
        begin: Time(normal.begin_ns),
        end: Time(normal.end_ns),
        score: normal.score,
        lines: normal.lines.iter().map(|line| shown(line.time_ns, line.output, line.text.clone())).collect(),
        lines_total: normal.lines_total,
    }
}

fn term(term: &alert::Term, needed: bool) -> Term {
    Term {
        text: term.text.clone(),
        kind: TermKind::from_text(&term.kind),
        lines: term.lines.clone(),
        seen: term.seen,
        of: term.of,
        weight: term.weight,
        without: term.without,
        change: term.change.map(|change| change.to_string()),
        needed,
    }
}

/// The order of slots in receipts.
const SLOTS: [Slot; 3] = [Slot::Vectorizer, Slot::Detector, Slot::Thresholds];

/// From `name@version sha256:digest`, as receipts write it.
fn receipt_plugin(label: &str, slot: Slot) -> Option<Plugin> {
    let (name, rest) = label.split_once('@')?;
    let (plugin_version, digest) = rest.split_once(" sha256:")?;
    Some(Plugin { slot, name: name.into(), plugin_version: plugin_version.into(), digest: digest.into() })
}

/// `serving` are the plugins that serve, with their settings.
pub(super) fn pipeline(plugins: ContainerPlugins, serving: &pipeline::Pipeline, settings: &Settings) -> Pipeline {
    let mut shown = general_settings(settings);
    for (slot, chosen) in plugins::Slot::ALL.into_iter().zip(&plugins.slots) {
        shown.extend(serving.slot(slot).settings.iter().map(|(key, value)| Setting {
            key: format!("{slot}.{key}"),
            value: value.clone(),
            origin: chosen.origin.clone(),
        }));
    }
    Pipeline { plugins, settings: shown }
}

/// Which plugins there are, for the state of the host.
pub(super) fn plugins(desk: &Desk) -> String {
    let catalogue = desk.registry.current();
    let mut text = format!("{} can be chosen", catalogue.list().len());
    for (count, what) in [(catalogue.refused().len(), "files refused"), (desk.quarantine.barred().len(), "quarantined")]
    {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text
}

pub(super) fn way(way: collect::Way) -> Way {
    match way {
        collect::Way::Files => Way::Files,
        collect::Way::Engine { because } => Way::Engine { because },
    }
}

fn general_settings(settings: &Settings) -> Vec<Setting> {
    let train = &settings.train;
    let shown = [
        ("log-files", settings.log_files.to_string()),
        ("window-age", Span::from_ms(settings.window.age_ns / 1_000_000).to_string()),
        ("window-lines", settings.window.lines_max.to_string()),
        ("train-cycles", train.cycles.to_string()),
        ("train-interval", train.interval.to_string()),
        ("retrain-interval", train.retrain_interval.to_string()),
        ("train-range", train.range.to_string()),
        ("train-windows-min", train.windows_min.to_string()),
        ("train-windows-max", train.windows_max.to_string()),
        ("generations", train.generations.to_string()),
        ("vote", train.vote.to_string()),
        ("resolve-after", settings.resolve_after.to_string()),
        ("retention-age", settings.retention_age.to_string()),
        ("retention-size", settings.retention_size.to_string()),
    ];
    let setting =
        |(key, value): (&str, String)| Setting { key: key.into(), value, origin: settings.origins.of(key).into() };
    shown.into_iter().map(setting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Verdict;

    fn window(first_seq: u64, begin_ns: u64, lines: u64) -> WindowRecord {
        let verdict = Verdict { score: 0.3, threshold: 0.6, severity: history::Severity::None, generation: 5 };
        WindowRecord {
            first_seq,
            end_seq: first_seq + lines,
            begin_ns,
            end_ns: begin_ns + 30_000_000_000,
            stderr_lines: 0,
            verdict: Some(verdict),
            in_alert: false,
        }
    }

    #[test]
    fn scores_are_shown_in_units_of_the_threshold() {
        assert_eq!(score_point(&window(1, 0, 1)).unwrap().score, 0.5);
    }

    #[test]
    fn lines_per_minute_count_over_the_time_spanned() {
        let windows = [window(1, 0, 10), window(11, 30_000_000_000, 20)];
        assert_eq!(lines_per_minute(&windows), Some(40.0), "the first one ends where the time begins");
        assert_eq!(lines_per_minute(&windows[..1]), Some(20.0));
        assert_eq!(lines_per_minute(&[]), None);
        // Closed by their count within one slot of time: ten lines every two seconds.
        let full = |number: u64| WindowRecord { end_ns: (number + 1) * 2_000_000_000, ..window(10 * number, 0, 10) };
        assert_eq!(lines_per_minute(&[full(0), full(1), full(2)]), Some(300.0));
    }

    #[test]
    fn the_label_of_a_receipt_is_taken_apart() {
        let plugin = receipt_plugin("iforest@0.1.0 sha256:abc", Slot::Detector).unwrap();
        assert_eq!(
            (plugin.name.as_str(), plugin.plugin_version.as_str(), plugin.digest.as_str()),
            ("iforest", "0.1.0", "abc")
        );
        assert!(receipt_plugin("nonsense", Slot::Detector).is_none());
    }
}
