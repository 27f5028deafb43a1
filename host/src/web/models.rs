//! How well the models of containers do: what is stored of each generation, what it scored, and simple rules beside it.

use std::collections::HashMap;

use foghorn_dashboard::view::{
    GenerationReport, Histogram, JudgeReport, Listing, ModelReport, ModelRow, RuleReport, Time,
};

use super::{Failure, HostSource, plugins};
use crate::clock::now_ns;
use crate::history::{TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::judge::rules::{Rule, Rules, Score};
use crate::settings::units::Span;
use crate::store::{GenerationMeta, ScoreBin};
use crate::stream::Batch;

/// The newest windows that rules judge, and most lines of them.
const RULE_WINDOWS: usize = 400;
const RULE_LINES: u64 = 100_000;
/// Fewer say nothing.
const RULE_WINDOWS_MIN: usize = 40;
/// Of the windows, the part from which the rules only learn what is usual.
const WARM_UP: usize = 4;
/// Cycles among which that of a generation is looked for.
const TRAININGS_MAX: usize = 1_000;

impl HostSource {
    /// All containers by identity, at most `limit`.
    pub(super) async fn model_rows(&self, limit: usize) -> Result<Listing<ModelRow>, Failure> {
        let day_ago = now_ns().saturating_sub(Span::from_hours(24).as_ns());
        let tallies: HashMap<Identity, _> = self.store.alert_tallies(day_ago).await?.into_iter().collect();
        let records = self.store.containers().await?;
        let row = |record: &crate::store::ContainerRecord| {
            let identity = &record.info.identity;
            let tally = tallies.get(identity).copied().unwrap_or_default();
            let facts = self.desk.facts_of(identity);
            let model = facts.as_ref().map(|facts| plugins::model(&facts.model)).unwrap_or_default();
            ModelRow {
                identity: identity.to_string(),
                generation: facts.and_then(|facts| facts.generation),
                cycles_done: record.successful_cycles,
                cycles_needed: self.settings.train.cycles,
                drift: model.drift,
                refused: model.refused,
                alerts_of_day: tally.since,
                labelled_real: tally.real,
                labelled_normal: tally.normal,
                notes: model.notes,
            }
        };
        Ok(Listing { rows: records.iter().take(limit).map(row).collect(), total: records.len() as u64 })
    }

    /// `None`: nobody knows the container.
    pub(super) async fn model_report(&self, identity: &Identity) -> Result<Option<ModelReport>, Failure> {
        if self.store.container(identity).await?.is_none() {
            return Ok(None);
        }
        let generations = self.store.generations(identity).await?;
        let bins = self.store.score_bins(identity, Histogram::BINS as u64).await?;
        let trainings = self.history.trainings(identity, TRAININGS_MAX).await?;
        let facts = self.desk.facts_of(identity);
        let model = facts.as_ref().map(|facts| plugins::model(&facts.model)).unwrap_or_default();
        Ok(Some(ModelReport {
            identity: identity.to_string(),
            generations: generations.iter().map(|meta| report(meta, &bins, &trainings)).collect(),
            serving: facts.as_ref().and_then(|facts| facts.generation),
            previous: facts.as_ref().and_then(|facts| facts.previous),
            vote: self.settings.train.vote,
            drift: model.drift,
            notes: model.notes,
            rules: self.rules_beside(identity).await?,
        }))
    }

    /// The model and the rules on the newest windows.
    async fn rules_beside(&self, identity: &Identity) -> Result<Option<RuleReport>, Failure> {
        let mut windows = self.history.windows(identity, 0, u64::MAX, RULE_WINDOWS).await?;
        // They come by time, which goes back where a clock does.
        windows.sort_by_key(|window| window.first_seq);
        let end_seq = windows.last().map_or(0, |window| window.end_seq);
        windows.retain(|window| window.verdict.is_some() && end_seq - window.first_seq <= RULE_LINES);
        if windows.len() < RULE_WINDOWS_MIN {
            return Ok(None);
        }
        let first_seq = windows[0].first_seq;
        let batch = self.history.lines(identity, first_seq, end_seq, RULE_LINES as usize).await?;
        let Some(batch) = batch else { return Ok(None) };
        let labels = self.store.window_labels(identity).await?;
        Ok(judged(&windows, &batch, &labels))
    }
}

fn report(meta: &GenerationMeta, bins: &[ScoreBin], trainings: &[TrainingRecord]) -> GenerationReport {
    let own = || bins.iter().filter(|bin| bin.generation == meta.number);
    let mut live = Histogram { bins: vec![0; Histogram::BINS] };
    for bin in own() {
        // The store was asked for as many bins.
        live.bins[bin.bin as usize] = bin.windows;
    }
    let figures = |key: &str| meta.stats.get(key).cloned().unwrap_or_default();
    let calibration: Vec<f32> = serde_json::from_value(figures("calibration")).unwrap_or_default();
    // Scores of the training are as the detector gave them: the threshold that held live is their measure.
    let threshold = own().next_back().map(|bin| bin.threshold).filter(|threshold| *threshold > 0.0);
    let trained = threshold.map(|threshold| Histogram::of(calibration.iter().map(|score| score / threshold)));
    let run = trainings.iter().rev().find(|run| run.generation == meta.number && run.failure.is_none());
    GenerationReport {
        number: meta.number,
        made: Time(meta.made_ns),
        windows: meta.windows,
        seconds: run.map(|run| run.duration_ms as f64 / 1e3),
        plugins: meta.plugins.iter().map(|made| format!("{}@{}", made.name, made.plugin_version)).collect(),
        stats: serde_json::from_value(figures("figures")).unwrap_or_default(),
        trained: trained.unwrap_or_default(),
        live,
        alarms: own().map(|bin| bin.alarms).sum(),
    }
}

/// `labels` are windows of alerts by their first lines: a failure, normal, or not said.
fn judged(windows: &[WindowRecord], batch: &Batch, labels: &HashMap<u64, Option<bool>>) -> Option<RuleReport> {
    let kept: Vec<_> = windows
        .iter()
        .filter(|window| window.first_seq >= batch.first_seq && window.end_seq <= batch.end_seq())
        .collect();
    let warm_up = kept.len() / WARM_UP;
    let mut rules = Rules::default();
    let (mut model, mut found) = (Score::default(), [Score::default(); 3]);
    let (mut real, mut normal) = (0, 0);
    let (mut line_count, mut unseen_before) = (0, 0);
    for (at, window) in kept.iter().enumerate() {
        let mut lines = crate::line::Lines::default();
        let place = |seq: u64| ((seq - batch.first_seq) as usize).min(batch.lines.len());
        lines.extend_from(&batch.lines, place(window.first_seq)..place(window.end_seq));
        let alarms = rules.judge(&lines);
        if at < warm_up {
            unseen_before = rules.unseen();
            continue;
        }
        line_count += lines.len() as u64;
        // What belongs to no alert is taken as normal: nobody labels what is quiet.
        let truth = labels.get(&window.first_seq).copied().unwrap_or(Some(false));
        real += u64::from(truth == Some(true));
        normal += u64::from(labels.get(&window.first_seq) == Some(&Some(false)));
        model.take(window.verdict.is_some_and(|verdict| verdict.severity > crate::history::Severity::None), truth);
        for (score, alarm) in found.iter_mut().zip(alarms) {
            score.take(alarm, truth);
        }
    }
    let from = Time(kept.get(warm_up)?.begin_ns);
    let of_model = judge("the model", "a window is at or above its threshold", &model);
    let of_rules = Rule::ALL.iter().zip(&found).map(|(rule, score)| judge(rule.name(), rule.what(), score));
    let judges = std::iter::once(of_model).chain(of_rules).collect();
    let verdict = verdict(&model, &found);
    let unseen = rules.unseen() - unseen_before;
    let windows = (kept.len() - warm_up) as u64;
    Some(RuleReport { windows, from, real, normal, lines: line_count, unseen, judges, verdict })
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
    use super::*;
    use crate::history::{Severity, Verdict};
    use crate::line::{Line, Lines, Output};

    /// Eight windows of one line each; the sixth says error. The model alarms where `alarms` says so.
    fn scene(alarms: &[usize]) -> (Vec<WindowRecord>, Batch) {
        let mut lines = Lines::default();
        for at in 0..8 {
            let text: &[u8] = if at == 5 { b"ERROR disk is full" } else { b"order 1 stored" };
            lines.push(Line { time_ns: at, output: Output::Stdout, text });
        }
        let window = |at: u64| WindowRecord {
            first_seq: 100 + at,
            end_seq: 101 + at,
            begin_ns: at,
            end_ns: at + 1,
            stderr_lines: 0,
            verdict: Some(Verdict {
                score: 1.0,
                threshold: 1.0,
                severity: if alarms.contains(&(at as usize)) { Severity::Critical } else { Severity::None },
                generation: 1,
            }),
            in_alert: false,
        };
        ((0..8).map(window).collect(), Batch { identity: Identity::of_name("h", "a"), first_seq: 100, lines })
    }

    #[test]
    fn a_rule_that_does_better_is_named() {
        let (windows, batch) = scene(&[3, 5]);
        let labels = HashMap::from([(105, Some(true)), (103, Some(false))]);
        let report = judged(&windows, &batch, &labels).unwrap();
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
        let (windows, batch) = scene(&[5]);
        let report = judged(&windows, &batch, &HashMap::from([(105, None)])).unwrap();
        assert_eq!((report.judges[0].alarms, report.judges[0].recall), (1, None));
        assert!(report.verdict.contains("nobody called"), "{}", report.verdict);
    }
}
