//! How well the models of containers do.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;

use super::html;
use crate::error::PageError;
use crate::histogram::Bars;
use crate::outcome::{After, Outcome, Outcomes};
use crate::reader::Reader;
use crate::view::{GenerationReport, Listing, ModelReport, ModelRow, Time};
use crate::words;

const ROWS_MAX: usize = 500;
/// Figures of plugins that stand on the page, and what they are called there; the others are in the API.
const FIGURES: [(&str, &str); 5] = [
    ("templates", "templates"),
    ("tokens", "tokens"),
    ("columns", "columns"),
    ("trees", "trees"),
    ("depth_mean", "mean depth"),
];

#[derive(Template)]
#[template(path = "models.html")]
struct ListPage<'a> {
    models: &'a Listing<ModelRow>,
}

pub(super) async fn list_page(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let models = &reader.read(|source| source.models(ROWS_MAX)).await?;
    html(&ListPage { models })
}

/// A generation with its pictures.
struct ShownGeneration<'a> {
    report: &'a GenerationReport,
    serves: bool,
    trained: Option<Bars>,
    live: Option<Bars>,
    figures: Vec<(&'static str, String)>,
}

impl<'a> ShownGeneration<'a> {
    fn of(report: &'a GenerationReport, serving: Option<u64>) -> Self {
        let figure = |(key, called): (&str, &'static str)| {
            let (_, value) = report.stats.iter().find(|(name, _)| name == key)?;
            Some((called, words::figure(value)))
        };
        Self {
            report,
            serves: serving == Some(report.number),
            trained: Bars::of(&report.trained),
            live: Bars::of(&report.live),
            figures: FIGURES.into_iter().filter_map(figure).collect(),
        }
    }

    /// Windows over the threshold among a thousand.
    fn alarms_in_thousand(&self) -> Option<String> {
        let total = self.report.live.total();
        (total > 0).then(|| words::figure(&(self.report.alarms as f64 / total as f64 * 1e3)))
    }
}

#[derive(Template)]
#[template(path = "model.html")]
struct Page<'a> {
    now: Time,
    outcome: Option<Outcome>,
    path: String,
    report: &'a ModelReport,
    generations: Vec<ShownGeneration<'a>>,
}

pub(super) async fn page(
    Shared(reader): Shared<Reader>,
    Shared(outcomes): Shared<Outcomes>,
    Path(identity): Path<String>,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let read = reader.search(move |source| source.model(&identity)).await?;
    let report = &read.ok_or(PageError::NotFound("container"))?;
    html(&Page {
        now: Time::now(),
        outcome: outcomes.find(&after),
        path: words::path(&report.identity),
        generations: report.generations.iter().map(|one| ShownGeneration::of(one, report.serving)).collect(),
        report,
    })
}
