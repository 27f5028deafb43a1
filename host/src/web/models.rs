//! How well the models of containers do: what is stored of each generation, and what it scored.

use std::collections::HashMap;

use foghorn_dashboard::view::{GenerationReport, Histogram, Listing, ModelReport, ModelRow, Time, VoteRow};

use super::{Failure, HostSource, plugins};
use crate::clock::now_ns;
use crate::history::TrainingRecord;
use crate::identity::Identity;
use crate::judge::Vote;
use crate::settings::units::Span;
use crate::store::{GenerationMeta, ScoreBin};

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
            votes: facts.map(|facts| facts.model.votes.iter().map(vote).collect()).unwrap_or_default(),
            drift: model.drift,
            notes: model.notes,
            rules: self.rules_beside(identity).await?,
        }))
    }
}

fn vote(vote: &Vote) -> VoteRow {
    VoteRow { generation: vote.generation, windows: vote.windows, alarms: vote.alarms, agreed: vote.agreed }
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
