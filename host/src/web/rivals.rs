//! The model of a container and simple rules on the same windows.

use foghorn_dashboard::view::{JudgeReport, RuleReport, Time};

use super::{Failure, HostSource};
use crate::history::{Passage, Severity, WindowRecord};
use crate::identity::Identity;
use crate::judge::rules::{Rule, Rules, Score};
use crate::line::Lines;

/// The newest windows that are judged, and most lines of them.
const WINDOWS_MAX: usize = 400;
const LINES_MAX: u64 = 100_000;
/// Fewer say nothing.
const WINDOWS_MIN: usize = 40;
/// Of the windows, the part from which the rules only learn what is usual.
const WARM_UP: usize = 4;

impl HostSource {
    /// The model and the rules on the newest windows.
    pub(super) async fn rules_beside(&self, identity: &Identity) -> Result<Option<RuleReport>, Failure> {
        let mut windows = self.history.windows(identity, 0, u64::MAX, WINDOWS_MAX).await?;
        // They come by time, which goes back where a clock does.
        windows.sort_by_key(|window| window.first_seq);
        let end_seq = windows.last().map_or(0, |window| window.end_seq);
        windows.retain(|window| window.verdict.is_some() && end_seq - window.first_seq <= LINES_MAX);
        let Some(first_seq) = windows.first().map(|window| window.first_seq) else { return Ok(None) };
        let mut held = Held::new(Passage::new(&*self.history, identity, first_seq, end_seq));
        held.read(first_seq, first_seq + 1).await?;
        // The lines of the oldest may have gone.
        windows.retain(|window| window.first_seq >= held.first_seq);
        if windows.len() < WINDOWS_MIN {
            return Ok(None);
        }
        let labels = self.store.window_labels(identity).await?;
        let mut rivals = Rivals::new(windows.len() / WARM_UP);
        for window in &windows {
            held.read(window.first_seq, window.end_seq).await?;
            rivals.take(window, &held.lines_of(window), labels.get(&window.first_seq).copied());
        }
        Ok(Some(rivals.report()))
    }
}

/// Lines in memory: those of the windows at hand, not of all.
struct Held<'a> {
    passage: Passage<'a>,
    first_seq: u64,
    lines: Lines,
}

impl<'a> Held<'a> {
    fn new(passage: Passage<'a>) -> Self {
        Self { passage, first_seq: 0, lines: Lines::default() }
    }

    /// Reads on until the lines `from_seq .. end_seq` are there, or all are; what came before them is let go.
    async fn read(&mut self, from_seq: u64, end_seq: u64) -> Result<(), Failure> {
        while self.first_seq + (self.lines.len() as u64) < end_seq {
            let Some(batch) = self.passage.next().await? else { break };
            let mut lines = Lines::default();
            if self.first_seq + self.lines.len() as u64 == batch.first_seq {
                lines.extend_from(&self.lines, self.place(from_seq)..self.lines.len());
            }
            self.first_seq = batch.first_seq - lines.len() as u64;
            lines.extend_from(&batch.lines, 0..batch.lines.len());
            self.lines = lines;
        }
        Ok(())
    }

    fn lines_of(&self, window: &WindowRecord) -> Lines {
        let mut found = Lines::default();
        found.extend_from(&self.lines, self.place(window.first_seq)..self.place(window.end_seq));
        found
    }

    fn place(&self, seq: u64) -> usize {
        (seq.saturating_sub(self.first_seq) as usize).min(self.lines.len())
    }
}

/// All judges on window after window.
struct Rivals {
    rules: Rules,
    /// So many windows are only learned.
    warm_up: u64,
    model: Score,
    found: [Score; 3],
    windows: u64,
    from: Time,
    real: u64,
    normal: u64,
    lines: u64,
    unseen_before: u64,
}

impl Rivals {
    fn new(warm_up: usize) -> Self {
        Self {
            rules: Rules::default(),
            warm_up: warm_up as u64,
            model: Score::default(),
            found: [Score::default(); 3],
            windows: 0,
            from: Time(0),
            real: 0,
            normal: 0,
            lines: 0,
            unseen_before: 0,
        }
    }

    /// `label`: of a window of an alert, whether it was a failure, normal, or nobody said; else none.
    fn take(&mut self, window: &WindowRecord, lines: &Lines, label: Option<Option<bool>>) {
        let alarms = self.rules.judge(lines);
        if self.warm_up > 0 {
            self.warm_up -= 1;
            self.unseen_before = self.rules.unseen();
            return;
        }
        if self.windows == 0 {
            self.from = Time(window.begin_ns);
        }
        self.windows += 1;
        self.lines += lines.len() as u64;
        // What belongs to no alert is taken as normal: nobody labels what is quiet.
        let truth = label.unwrap_or(Some(false));
        self.real += u64::from(truth == Some(true));
        self.normal += u64::from(label == Some(Some(false)));
        self.model.take(window.verdict.is_some_and(|verdict| verdict.severity > Severity::None), truth);
        for (score, alarm) in self.found.iter_mut().zip(alarms) {
            score.take(alarm, truth);
        }
    }

    fn report(self) -> RuleReport {
        let of_model = judge("the model", "a window is at or above its threshold", &self.model);
        let of_rules = Rule::ALL.iter().zip(&self.found).map(|(rule, score)| judge(rule.name(), rule.what(), score));
        RuleReport {
            windows: self.windows,
            from: self.from,
            real: self.real,
            normal: self.normal,
            lines: self.lines,
            unseen: self.rules.unseen() - self.unseen_before,
            judges: std::iter::once(of_model).chain(of_rules).collect(),
            verdict: verdict(&self.model, &self.found),
        }
    }
}

fn judge(name: &str, what: &str, score: &Score) -> JudgeReport {
    JudgeReport {
        name: name.into(),
        what: what.into(),
        alarms: score.alarms,
        precision: score.precision(),
        recall: score.recall(),
    }
}

fn verdict(model: &Score, rules: &[Score; 3]) -> String {
    let Some(own) = model.f1() else {
        return "nobody called an alert of these windows real, so nothing says which of them is right".into();
    };
    let f1 = |score: &Score| score.f1().unwrap_or_default();
    let (rule, best) = Rule::ALL
        .iter()
        .zip(rules)
        .max_by(|a, b| f1(a.1).total_cmp(&f1(b.1)))
        .map_or(("", 0.0), |(rule, score)| (rule.name(), f1(score)));
    if best > own {
        format!("“{rule}” does better here than the model, by the labels: F1 {best:.2} against {own:.2}")
    } else {
        format!("no rule does better here than the model, by the labels: F1 {own:.2}, the best rule {best:.2}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::history::Verdict;
    use crate::line::{Line, Output};

    /// Eight windows of one line each, of which two are learned; the sixth says error. The model alarms where `alarms` says so.
    fn judged(alarms: &[u64], labels: &HashMap<u64, Option<bool>>) -> RuleReport {
        let mut rivals = Rivals::new(2);
        for at in 0..8 {
            let text: &[u8] = if at == 5 { b"ERROR disk is full" } else { b"order 1 stored" };
            let mut lines = Lines::default();
            lines.push(Line { time_ns: at, output: Output::Stdout, text });
            let window = WindowRecord {
                first_seq: 100 + at,
                end_seq: 101 + at,
                begin_ns: at,
                end_ns: at + 1,
                stderr_lines: 0,
                verdict: Some(Verdict {
                    score: 1.0,
                    threshold: 1.0,
                    severity: if alarms.contains(&at) { Severity::Critical } else { Severity::None },
                    generation: 1,
                }),
                in_alert: false,
            };
            rivals.take(&window, &lines, labels.get(&window.first_seq).copied());
        }
        rivals.report()
    }

    #[test]
    fn a_rule_that_does_better_is_named() {
        let report = judged(&[3, 5], &HashMap::from([(105, Some(true)), (103, Some(false))]));
        assert_eq!((report.windows, report.from, report.real, report.normal), (6, Time(2), 1, 1));
        assert_eq!((report.lines, report.unseen), (6, 1));
        let figures: Vec<_> = report.judges.iter().map(|judge| (judge.alarms, judge.precision, judge.recall)).collect();
        let expected =
            [(2, Some(0.5), Some(1.0)), (1, Some(1.0), Some(1.0)), (1, Some(1.0), Some(1.0)), (0, None, Some(0.0))];
        assert_eq!(figures, expected);
        assert!(report.verdict.contains("does better here than the model"), "{}", report.verdict);
    }

    #[test]
    fn without_labels_nothing_is_said_of_who_is_right() {
        let report = judged(&[5], &HashMap::from([(105, None)]));
        assert_eq!((report.judges[0].alarms, report.judges[0].recall), (1, None));
        assert!(report.verdict.contains("nobody called"), "{}", report.verdict);
    }
}
