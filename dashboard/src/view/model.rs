//! How well the models of containers do.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Drift, Time};

/// One container on the list of models.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelRow {
    pub identity: String,
    /// `None` while it learns.
    pub generation: Option<u64>,
    pub cycles_done: u32,
    pub cycles_needed: u32,
    pub drift: Option<Drift>,
    /// New models that were refused since the host was started.
    pub refused: u64,
    /// Alerts that were opened in the last day, and how people labelled those that are kept.
    pub alerts_of_day: u64,
    pub labelled_real: u64,
    pub labelled_normal: u64,
    /// What a person should know, each one sentence in lowercase.
    pub notes: Vec<String>,
}

/// The models of one container.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelReport {
    pub identity: String,
    /// The newest first.
    pub generations: Vec<GenerationReport>,
    /// The generation that scores, and the one that a roll-back returns to.
    pub serving: Option<u64>,
    pub previous: Option<u64>,
    /// How many of the newest generations judge together.
    pub vote: u32,
    /// How each of them voted since the newest serves, the newest first; empty where one judges alone.
    pub votes: Vec<VoteRow>,
    pub drift: Option<Drift>,
    pub notes: Vec<String>,
    /// The model beside three simple rules, on the same windows; `None` where too few windows were scored.
    pub rules: Option<RuleReport>,
}

/// How one generation voted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct VoteRow {
    pub generation: u64,
    pub windows: u64,
    /// Windows of which its own score was at or above the threshold.
    pub alarms: u64,
    /// Windows of which it was of the same mind as the vote.
    pub agreed: u64,
}

/// One generation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GenerationReport {
    pub number: u64,
    pub made: Time,
    /// Windows in the matrix that it was trained on.
    pub windows: u64,
    /// How long its cycle took; `None` where that is not known any more.
    pub seconds: Option<f64>,
    /// `name@version` of vectorizer, detector and thresholds.
    pub plugins: Vec<String>,
    /// Figures of its plugins, by their names: `templates`, `tokens` …
    pub stats: Vec<(String, f64)>,
    /// Scores of windows that it did not learn, taken in its training.
    pub trained: Histogram,
    /// Scores that it gave live.
    pub live: Histogram,
    /// Windows at or above their threshold among the live ones.
    pub alarms: u64,
}

/// How scores are spread. The first half of the bins is below the threshold, in equal steps; the second half is above it and squeezed
/// as the charts are, so that any score fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Histogram {
    pub bins: Vec<u64>,
}

impl Histogram {
    /// Bins of each histogram.
    pub const BINS: usize = 40;

    /// From scores where 1.0 is the threshold.
    pub fn of(scores: impl IntoIterator<Item = f32>) -> Self {
        let mut bins = vec![0; Self::BINS];
        for score in scores {
            bins[Self::bin(score)] += 1;
        }
        Self { bins }
    }

    /// The bin of a score.
    pub fn bin(score: f32) -> usize {
        // Float to integer saturates, and what is no number is 0.
        ((crate::chart::share_of(score) * Self::BINS as f32) as usize).min(Self::BINS - 1)
    }

    pub fn total(&self) -> u64 {
        self.bins.iter().sum()
    }
}

/// The model and three simple rules on the same windows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleReport {
    /// Windows that all have judged; those of alerts without a label are left out of precision and recall.
    pub windows: u64,
    pub from: Time,
    /// Windows of alerts that people called real, and of those they called normal.
    pub real: u64,
    pub normal: u64,
    /// Their lines, and how many of these had a template that came in no line before.
    pub lines: u64,
    pub unseen: u64,
    /// The model first.
    pub judges: Vec<JudgeReport>,
    /// One sentence in lowercase where a rule does better than the model, or why that cannot be said.
    pub verdict: String,
}

/// One way to judge windows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct JudgeReport {
    pub name: String,
    /// Completes "alarms when".
    pub what: String,
    pub alarms: u64,
    /// By labels, 0 to 1; `None` where there is nothing to divide by.
    pub precision: Option<f64>,
    pub recall: Option<f64>,
}
