//! From the entries of a file to windows with labels, one series for each stream. Pure.

use std::collections::BTreeMap;

use super::input::{Entry, Split};
use crate::collect::prepare;
use crate::line::Lines;
use crate::window::{Cut, WindowRule, Windows, cut};

/// What the file says of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub session: Option<String>,
    /// `None`: no line of it has a label.
    pub anomalous: Option<bool>,
    /// Holds a line whose label is not known.
    pub grey: bool,
    /// Part of the history that is learned from.
    pub train: bool,
}

impl Label {
    /// A window that is not anomalous and holds a grey line is fed but not judged; what was learned from is not judged either.
    pub fn judged(&self) -> bool {
        !self.train && (self.anomalous == Some(true) || !self.grey)
    }
}

/// All windows of one stream, those to learn from first, each part in order of time.
#[derive(Debug, Default)]
pub struct Series {
    pub stream: String,
    pub windows: Windows,
    pub labels: Vec<Label>,
}

impl Series {
    /// How many windows, the first ones, are there to learn from.
    pub fn train_len(&self) -> usize {
        self.labels.iter().filter(|label| label.train).count()
    }
}

/// Cuts all entries into windows. Where the file names no split, the first `train_fraction` of a stream's windows are to learn from.
pub fn series(entries: Vec<Entry>, rule: WindowRule, train_fraction: f64) -> Vec<Series> {
    let mut streams: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        streams.entry(entry.stream.clone()).or_default().push(entry);
    }
    streams.into_iter().map(|(stream, entries)| one_series(stream, entries, rule, train_fraction)).collect()
}

fn one_series(stream: String, mut entries: Vec<Entry>, rule: WindowRule, train_fraction: f64) -> Series {
    entries.sort_by_key(|entry| entry.time_ns);
    let mut series = Series { stream, ..Series::default() };
    let split_named = entries.iter().any(|entry| entry.split.is_some());
    let (train, test): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| split_named && entry.split == Some(Split::Train));
    for (part, is_train) in [(train, true), (test, false)] {
        for (session, group) in by_session(part) {
            push_group(&mut series, session.as_deref(), &group, rule, is_train);
        }
    }
    if !split_named {
        let count = (series.labels.len() as f64 * train_fraction).round() as usize;
        series.labels.iter_mut().take(count).for_each(|label| label.train = true);
    }
    series
}

/// Entries of one session together, sessions in order of their first line; all others as one group.
fn by_session(entries: Vec<Entry>) -> Vec<(Option<String>, Vec<Entry>)> {
    let mut places: BTreeMap<Option<String>, usize> = BTreeMap::new();
    let mut groups: Vec<(Option<String>, Vec<Entry>)> = Vec::new();
    for entry in entries {
        let place = *places.entry(entry.session.clone()).or_insert_with(|| {
            groups.push((entry.session.clone(), Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(entry);
    }
    groups
}

/// A session is one window; other lines are cut as `run` cuts them.
fn push_group(series: &mut Series, session: Option<&str>, group: &[Entry], rule: WindowRule, train: bool) {
    let (lines, sources) = prepared(group);
    let cuts = match session {
        Some(_) => vec![whole(&lines)],
        None => cut(rule, &lines, Some(u64::MAX)).0,
    };
    for cut in cuts {
        let mut label = Label { session: session.map(str::to_owned), anomalous: None, grey: false, train };
        for entry in sources[cut.lines.clone()].iter().flat_map(|source| &group[source.clone()]) {
            label.grey |= entry.grey;
            label.anomalous = match (label.anomalous, entry.anomalous) {
                (Some(so_far), Some(more)) => Some(so_far || more),
                (so_far, more) => so_far.or(more),
            };
        }
        series.windows.push(&lines, &cut);
        series.labels.push(label);
    }
}

/// The lines as the collector would hand them over, and for each the entries it was made of.
fn prepared(group: &[Entry]) -> (Lines, Vec<std::ops::Range<usize>>) {
    let raw: Lines = group
        .iter()
        .map(|entry| crate::line::Line { time_ns: entry.time_ns, output: entry.output, text: entry.line.as_bytes() })
        .collect();
    prepare(&raw)
}

fn whole(lines: &Lines) -> Cut {
    let begin_ns = lines.times().first().copied().unwrap_or_default();
    Cut { lines: 0..lines.len(), begin_ns, end_ns: lines.times().iter().copied().max().unwrap_or(begin_ns) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Output;

    const RULE: WindowRule = WindowRule { age_ns: 10, lines_max: 100 };

    fn entry(time_ns: u64, line: &str) -> Entry {
        Entry {
            time_ns,
            stream: "api".into(),
            line: line.into(),
            output: Output::Stdout,
            anomalous: Some(false),
            grey: false,
            session: None,
            split: None,
        }
    }

    #[test]
    fn a_window_is_anomalous_when_one_of_its_lines_is() {
        let entries = vec![entry(1, "a"), Entry { anomalous: Some(true), ..entry(2, "b") }, entry(12, "c")];
        let series = series(entries, RULE, 0.0);
        assert_eq!(series[0].labels.iter().map(|label| label.anomalous).collect::<Vec<_>>(), [Some(true), Some(false)]);
    }

    #[test]
    fn a_grey_window_is_not_judged_unless_it_is_anomalous() {
        let grey = |entry: Entry| Entry { grey: true, ..entry };
        let anomalous = |entry: Entry| Entry { anomalous: Some(true), ..entry };
        let entries = vec![grey(entry(1, "a")), grey(anomalous(entry(12, "b"))), entry(25, "c")];
        let series = series(entries, RULE, 0.0);
        assert_eq!(series[0].labels.iter().map(Label::judged).collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn a_session_is_one_window_however_its_lines_are_mixed_with_others() {
        let of = |time_ns, session: &str| Entry { session: Some(session.into()), ..entry(time_ns, "x") };
        let series = series(vec![of(1, "s"), of(2, "t"), of(500, "s")], RULE, 0.0);
        let sessions: Vec<_> = series[0].labels.iter().map(|label| label.session.clone().unwrap()).collect();
        assert_eq!(sessions, ["s", "t"]);
        assert_eq!((series[0].windows.range(0).len(), series[0].windows.range(1).len()), (2, 1));
    }

    #[test]
    fn the_split_of_the_file_decides_what_is_learned() {
        let of = |time_ns, split| Entry { split: Some(split), ..entry(time_ns, "x") };
        let series = series(vec![of(50, Split::Test), of(1, Split::Train), of(21, Split::Train)], RULE, 0.5);
        assert_eq!(series[0].labels.iter().map(|label| label.train).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(series[0].train_len(), 2);
    }

    #[test]
    fn without_a_split_the_first_windows_are_learned() {
        let entries = (0..10).map(|slot| entry(slot * 10, "x")).collect();
        assert_eq!(series(entries, RULE, 0.3)[0].train_len(), 3);
    }

    #[test]
    fn streams_are_kept_apart() {
        let other = Entry { stream: "web".into(), ..entry(1, "x") };
        let streams: Vec<_> = series(vec![entry(1, "x"), other], RULE, 0.5).into_iter().map(|one| one.stream).collect();
        assert_eq!(streams, ["api", "web"]);
    }
}
